#include <algorithm>
#include <array>

#include "crypto/primitives/ec.h"

namespace florin::primitives {
namespace {

constexpr std::uint8_t kSequence = 0x30;
constexpr std::uint8_t kInteger = 0x02;
constexpr std::size_t kLongestShortForm = 127;
constexpr std::uint8_t kOneLengthByte = 0x81;  // X.690 8.1.3.5

// Takes one minimal non-negative INTEGER off the front of `der` and writes it right-aligned.
bool TakeInteger(ByteView& der, MutableBytes out) {
  if (der.size() < 3 || der[0] != kInteger) return false;
  const std::size_t size = der[1];
  if (size == 0 || size > kLongestShortForm || size > der.size() - 2) return false;
  ByteView value = der.subspan(2, size);
  der = der.subspan(2 + size);
  if ((value[0] & 0x80) != 0) return false;  // negative
  if (value[0] == 0 && value.size() > 1) {
    if ((value[1] & 0x80) == 0) return false;  // not minimal (X.690 8.3.2)
    value = value.subspan(1);
  }
  if (value.size() > out.size()) return false;
  const std::size_t zeros = out.size() - value.size();
  std::fill_n(out.begin(), zeros, std::uint8_t{0});
  std::copy(value.begin(), value.end(), out.begin() + static_cast<std::ptrdiff_t>(zeros));
  return true;
}

// Writes `value` as a minimal INTEGER; returns its length.
std::size_t PutInteger(ByteView value, MutableBytes out) {
  while (value.size() > 1 && value[0] == 0) value = value.subspan(1);
  const std::size_t sign = (value[0] & 0x80) != 0 ? 1 : 0;
  out[0] = kInteger;
  out[1] = static_cast<std::uint8_t>(value.size() + sign);
  out[2] = 0;
  std::copy(value.begin(), value.end(), out.begin() + 2 + static_cast<std::ptrdiff_t>(sign));
  return 2 + sign + value.size();
}

}  // namespace

Status EcdsaDerToRaw(Curve curve, ByteView der, MutableBytes raw) {
  if (raw.size() != RawSignatureSize(curve)) {
    return Error(ErrorCode::kInvalidArgument, "a raw signature has 64, 96 or 132 bytes");
  }
  const Error malformed(ErrorCode::kMalformed, "not a DER ECDSA-Sig-Value");
  if (der.size() < 2 || der[0] != kSequence) return malformed;
  // Signatures of P-521 may need the long form, with one byte; the others fit the short one.
  const bool long_form = der[1] == kOneLengthByte;
  const std::size_t header = long_form ? 3 : 2;
  if (der.size() < header || der[header - 1] != der.size() - header ||
      long_form != (der[header - 1] > kLongestShortForm)) {
    return malformed;
  }
  ByteView rest = der.subspan(header);
  const std::size_t field = FieldSize(curve);
  if (!TakeInteger(rest, raw.first(field)) || !TakeInteger(rest, raw.last(field)) ||
      !rest.empty()) {
    return malformed;
  }
  return OkStatus();
}

Result<std::size_t> EcdsaRawToDer(Curve curve, ByteView raw, MutableBytes out) {
  if (raw.size() != RawSignatureSize(curve)) {
    return Error(ErrorCode::kInvalidArgument, "a raw signature has 64, 96 or 132 bytes");
  }
  if (out.size() < kMaxDerSignatureSize) {
    return Error(ErrorCode::kBufferTooSmall, "a DER signature has up to 141 bytes");
  }
  const std::size_t field = FieldSize(curve);
  std::array<std::uint8_t, kMaxDerSignatureSize> numbers;
  std::size_t size = PutInteger(raw.first(field), numbers);
  size += PutInteger(raw.last(field), MutableBytes(numbers).subspan(size));
  std::size_t header = 0;
  out[header++] = kSequence;
  if (size > kLongestShortForm) out[header++] = kOneLengthByte;
  out[header++] = static_cast<std::uint8_t>(size);
  std::copy_n(numbers.begin(), size, out.begin() + static_cast<std::ptrdiff_t>(header));
  return header + size;
}

}  // namespace florin::primitives
