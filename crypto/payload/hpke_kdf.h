// LabeledExtract and LabeledExpand of HPKE (RFC 9180 4), over keys of a session.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "crypto/payload/hpke_suites.h"
#include "florin/base/bytes.h"
#include "florin/base/hash.h"
#include "florin/base/result.h"
#include "florin/hsm/session.h"

namespace florin::payload {

// The longest input beside a label: what an exporter takes; the KEM's has 399 bytes at most.
inline constexpr std::size_t kMaxLabelledInput = kMaxHpkeExportContext;

// Bytes put together on the stack.
class LabelledBytes {
 public:
  // "HPKE-v1" || suite_id || label: what goes before the secret in an extraction.
  static LabelledBytes Prefix(ByteView suite_id, std::string_view label);
  // L as two bytes || "HPKE-v1" || suite_id || label || input: the info of an expansion.
  static Result<LabelledBytes> Info(ByteView suite_id, std::string_view label, ByteView input,
                                    std::size_t length);

  ByteView view() const { return ByteView(bytes_).first(size_); }
  Status Append(ByteView more);

 private:
  std::array<std::uint8_t, kMaxLabelledInput + 64> bytes_{};
  std::size_t size_ = 0;
};

// LabeledExtract with an empty salt, in this process: of what is public, or a key that was never in
// a token. `out` has the digest's length.
Status LabelledExtract(Hash hash, ByteView suite_id, std::string_view label, ByteView input,
                       MutableBytes out);

}  // namespace florin::payload
