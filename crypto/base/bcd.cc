#include "florin/base/bcd.h"

#include <cstdint>

namespace florin {
namespace {

constexpr std::uint8_t kPadF = 0x0f;

constexpr Error kBadDigit(ErrorCode::kMalformed,
                          "a BCD nibble is no decimal digit; send digits 0 to 9 only");
constexpr Error kBadPadding(ErrorCode::kMalformed,
                            "the BCD padding is not what the field's format asks for");
constexpr Error kSpanTooSmall(ErrorCode::kBufferTooSmall,
                              "the span cannot hold the digits; pass a larger one");

std::uint8_t Nibble(ByteView packed, std::size_t index) {
  const std::uint8_t byte = packed[index / 2];
  return index % 2 == 0 ? static_cast<std::uint8_t>(byte >> 4)
                        : static_cast<std::uint8_t>(byte & 0x0f);
}

enum class Justify { kLeft, kRight };

Status Pack(std::string_view digits, Justify justify, std::uint8_t pad, MutableBytes out) {
  if (digits.size() > out.size() * 2) return kSpanTooSmall;
  for (const char digit : digits) {
    if (digit < '0' || digit > '9') {
      return Error(ErrorCode::kInvalidArgument, "only the digits 0 to 9 can be packed as BCD");
    }
  }
  const std::size_t first = justify == Justify::kLeft ? 0 : out.size() * 2 - digits.size();
  const auto nibble = [&](std::size_t index) {
    const std::size_t at = index - first;  // wraps in front of the first digit
    return at < digits.size() ? static_cast<std::uint8_t>(digits[at] - '0') : pad;
  };
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] = static_cast<std::uint8_t>(nibble(2 * i) << 4 | nibble(2 * i + 1));
  }
  return OkStatus();
}

// Writes the digits [first, first + out.size()) of `packed`.
Status WriteDigits(ByteView packed, std::size_t first, std::span<char> out) {
  for (std::size_t i = 0; i < out.size(); ++i) {
    const std::uint8_t nibble = Nibble(packed, first + i);
    if (nibble > 9) return kBadDigit;
    out[i] = static_cast<char>('0' + nibble);
  }
  return OkStatus();
}

Status ExpectNibbles(ByteView packed, std::size_t first, std::size_t last, std::uint8_t value) {
  for (std::size_t i = first; i < last; ++i) {
    if (Nibble(packed, i) != value) return kBadPadding;
  }
  return OkStatus();
}

Status CheckDigitCount(ByteView packed, std::span<char> out) {
  if (out.size() <= packed.size() * 2) return OkStatus();
  return Error(ErrorCode::kInvalidArgument,
               "more digits are asked for than the packed field has; ask for fewer");
}

}  // namespace

Status BcdPackLeftPadF(std::string_view digits, MutableBytes out) {
  return Pack(digits, Justify::kLeft, kPadF, out);
}

Status BcdPackLeftPad0(std::string_view digits, MutableBytes out) {
  return Pack(digits, Justify::kLeft, 0, out);
}

Status BcdPackRightPadF(std::string_view digits, MutableBytes out) {
  return Pack(digits, Justify::kRight, kPadF, out);
}

Status BcdPackRightPad0(std::string_view digits, MutableBytes out) {
  return Pack(digits, Justify::kRight, 0, out);
}

Result<std::size_t> BcdUnpackLeftPadF(ByteView packed, std::span<char> out) {
  const std::size_t nibbles = packed.size() * 2;
  std::size_t count = 0;
  while (count < nibbles && Nibble(packed, count) != kPadF) ++count;
  FLORIN_CHECK_OK(ExpectNibbles(packed, count, nibbles, kPadF));
  if (count > out.size()) return kSpanTooSmall;
  FLORIN_CHECK_OK(WriteDigits(packed, 0, out.first(count)));
  return count;
}

Result<std::size_t> BcdUnpackRightPadF(ByteView packed, std::span<char> out) {
  const std::size_t nibbles = packed.size() * 2;
  std::size_t first = 0;
  while (first < nibbles && Nibble(packed, first) == kPadF) ++first;
  const std::size_t count = nibbles - first;
  if (count > out.size()) return kSpanTooSmall;
  FLORIN_CHECK_OK(WriteDigits(packed, first, out.first(count)));
  return count;
}

Status BcdUnpackLeftPad0(ByteView packed, std::span<char> out) {
  FLORIN_CHECK_OK(CheckDigitCount(packed, out));
  FLORIN_CHECK_OK(ExpectNibbles(packed, out.size(), packed.size() * 2, 0));
  return WriteDigits(packed, 0, out);
}

Status BcdUnpackRightPad0(ByteView packed, std::span<char> out) {
  FLORIN_CHECK_OK(CheckDigitCount(packed, out));
  const std::size_t first = packed.size() * 2 - out.size();
  FLORIN_CHECK_OK(ExpectNibbles(packed, 0, first, 0));
  return WriteDigits(packed, first, out);
}

}  // namespace florin
