#include "crypto/payload/hpke_kdf.h"

#include <algorithm>

#include "crypto/primitives/kdf.h"

namespace florin::payload {
namespace {

constexpr std::string_view kVersion = "HPKE-v1";

}  // namespace

Status LabelledBytes::Append(ByteView more) {
  if (more.size() > bytes_.size() - size_) {
    return Error(ErrorCode::kLimitExceeded, "HPKE: an input of the key schedule is too long");
  }
  std::copy(more.begin(), more.end(), bytes_.begin() + static_cast<std::ptrdiff_t>(size_));
  size_ += more.size();
  return OkStatus();
}

LabelledBytes LabelledBytes::Prefix(ByteView suite_id, std::string_view label) {
  LabelledBytes prefix;
  for (const ByteView part : {AsBytes(kVersion), suite_id, AsBytes(label)}) {
    const Status fits = prefix.Append(part);
    FLORIN_INVARIANT(fits.ok());
  }
  return prefix;
}

Result<LabelledBytes> LabelledBytes::Info(ByteView suite_id, std::string_view label, ByteView input,
                                          std::size_t length) {
  LabelledBytes info;
  const std::array<std::uint8_t, 2> size = {static_cast<std::uint8_t>(length >> 8),
                                            static_cast<std::uint8_t>(length)};
  for (const ByteView part : {ByteView(size), AsBytes(kVersion), suite_id, AsBytes(label), input}) {
    FLORIN_CHECK_OK(info.Append(part));
  }
  return info;
}

Status LabelledExtract(Hash hash, ByteView suite_id, std::string_view label, ByteView input,
                       MutableBytes out) {
  const LabelledBytes prefix = LabelledBytes::Prefix(suite_id, label);
  return primitives::HkdfExtract(hash, {}, {prefix.view(), input}, out);
}

}  // namespace florin::payload
