#include "florin/base/hex.h"

#include <array>
#include <cstdint>
#include <utility>

#include "crypto/base/constant_time.h"

namespace florin {
namespace {

constexpr std::uint8_t kNoDigit = 0xff;

constexpr std::array<std::uint8_t, 256> MakeDigitValues() {
  std::array<std::uint8_t, 256> values{};
  for (auto& value : values) value = kNoDigit;
  for (std::uint8_t i = 0; i < 10; ++i) values[std::size_t{'0'} + i] = i;
  for (std::uint8_t i = 0; i < 6; ++i) {
    values[std::size_t{'a'} + i] = static_cast<std::uint8_t>(10 + i);
    values[std::size_t{'A'} + i] = static_cast<std::uint8_t>(10 + i);
  }
  return values;
}

constexpr auto kDigitValues = MakeDigitValues();

constexpr Error kOddLength(ErrorCode::kMalformed,
                           "the hex text has an odd number of digits; send two per byte");
constexpr Error kNotHex(ErrorCode::kMalformed,
                        "the hex text has a character that is no hex digit; remove it");

void EncodeDigits(ByteView bytes, char* out, HexCase digits) {
  const char* alphabet = digits == HexCase::kLower ? "0123456789abcdef" : "0123456789ABCDEF";
  for (const std::uint8_t byte : bytes) {
    *out++ = alphabet[byte >> 4];
    *out++ = alphabet[byte & 0x0f];
  }
}

// `Value` maps a character to 0..15, or to a number with bits above the low four.
template <class Value>
Status DecodeDigits(std::string_view text, std::uint8_t* out, Value value) {
  std::uint32_t seen = 0;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
    const std::uint32_t high = value(static_cast<std::uint8_t>(text[i]));
    const std::uint32_t low = value(static_cast<std::uint8_t>(text[i + 1]));
    seen |= high | low;
    *out++ = static_cast<std::uint8_t>(high << 4 | low);
  }
  if (seen > 0x0f) return kNotHex;
  return OkStatus();
}

std::uint32_t ValueByTable(std::uint8_t character) { return kDigitValues[character]; }

std::uint32_t ValueByMask(std::uint8_t character) {
  const std::uint32_t x = character;
  const std::uint32_t lower = x | 0x20;
  const std::uint32_t digit = RangeMask(x, '0', '9');
  const std::uint32_t letter = RangeMask(lower, 'a', 'f');
  return (digit & (x - '0')) | (letter & (lower - 'a' + 10)) | (~(digit | letter) & kNoDigit);
}

}  // namespace

Result<std::size_t> HexEncode(ByteView bytes, std::span<char> out, HexCase digits) {
  if (bytes.size() > out.size() / 2) {
    return Error(ErrorCode::kBufferTooSmall,
                 "the span for hex text is too small; give two characters per byte");
  }
  EncodeDigits(bytes, out.data(), digits);
  return HexEncodedSize(bytes.size());
}

std::string HexEncode(ByteView bytes, HexCase digits) {
  std::string text(HexEncodedSize(bytes.size()), '\0');
  EncodeDigits(bytes, text.data(), digits);
  return text;
}

Result<std::size_t> HexDecode(std::string_view text, MutableBytes out) {
  if (text.size() % 2 != 0) return kOddLength;
  if (text.size() / 2 > out.size()) {
    return Error(ErrorCode::kBufferTooSmall,
                 "the span for bytes is too small; give one byte per two hex digits");
  }
  FLORIN_CHECK_OK(DecodeDigits(text, out.data(), ValueByTable));
  return text.size() / 2;
}

Result<Bytes> HexDecode(std::string_view text) {
  if (text.size() % 2 != 0) return kOddLength;
  Bytes bytes(text.size() / 2);
  FLORIN_CHECK_OK(DecodeDigits(text, bytes.data(), ValueByTable));
  return bytes;
}

Result<SecretBytes> HexDecodeSecret(std::string_view text) {
  if (text.size() % 2 != 0) return kOddLength;
  FLORIN_TRY(SecretBytes bytes, SecretBytes::Create(text.size() / 2));
  FLORIN_CHECK_OK(DecodeDigits(text, bytes.Write(SecretAccess{}).data(), ValueByMask));
  return bytes;
}

}  // namespace florin
