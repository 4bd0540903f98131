// DecodedFields: base64 of a payload, decoded into the caller's memory without allocating.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

#include "florin/base/base64.h"
#include "florin/base/bytes.h"
#include "florin/base/result.h"

namespace florin::payload {

// Decodes fields into scratch memory, one behind the other. Views live as long as the memory.
class DecodedFields {
 public:
  explicit DecodedFields(MutableBytes memory, Base64Form form = Base64Form::kStandard)
      : rest_(memory), form_(form) {}

  Result<ByteView> DecodeBase64(std::string_view text) {
    FLORIN_TRY(const std::size_t size, Base64Decode(text, form_, rest_));
    return Take(size);
  }

  // What is no base64, behind the fields before. kLimitExceeded where there is no room.
  Result<ByteView> Copy(ByteView bytes) {
    if (bytes.size() > rest_.size()) {
      return Error(ErrorCode::kLimitExceeded, "the text has more fields than there is room for");
    }
    std::copy(bytes.begin(), bytes.end(), rest_.begin());
    return Take(bytes.size());
  }

  // The memory that is not used yet.
  MutableBytes rest() const { return rest_; }

 private:
  ByteView Take(std::size_t size) {
    const ByteView taken = rest_.first(size);
    rest_ = rest_.subspan(size);
    return taken;
  }

  MutableBytes rest_;
  Base64Form form_;
};

}  // namespace florin::payload
