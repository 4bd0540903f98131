// DecodedFields: base64 of a payload, decoded into the caller's memory without allocating.
#pragma once

#include <cstddef>
#include <string_view>

#include "florin/base/base64.h"
#include "florin/base/bytes.h"
#include "florin/base/result.h"

namespace florin::payload {

// Decodes fields into scratch memory, one behind the other. Views live as long as the memory.
class DecodedFields {
 public:
  explicit DecodedFields(MutableBytes memory) : rest_(memory) {}

  Result<ByteView> DecodeBase64(std::string_view text) {
    FLORIN_TRY(const std::size_t size, Base64Decode(text, Base64Form::kStandard, rest_));
    const ByteView decoded = rest_.first(size);
    rest_ = rest_.subspan(size);
    return decoded;
  }

 private:
  MutableBytes rest_;
};

}  // namespace florin::payload
