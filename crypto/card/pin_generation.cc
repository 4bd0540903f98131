#include "crypto/card/pin_generation.h"

#include <string_view>

namespace florin::card {
namespace {

constexpr int kMaxTries = 200;  // a list of a tenth of all PINs refuses 200 with 10^-200

// Whether every digit is the one before it plus `step`, modulo ten.
bool IsRun(std::string_view digits, int step) {
  int differing = 0;
  for (std::size_t i = 1; i < digits.size(); ++i) {
    const int expected = (digits[i - 1] - '0' + step) % 10;
    differing |= (digits[i] - '0') ^ expected;
  }
  return differing == 0;
}

// Draws bytes until one is below the greatest multiple of ten that a byte holds.
Result<std::uint8_t> RandomDigit(RandomBatch& random) {
  for (int i = 0; i < kMaxTries; ++i) {
    SecretArray<1> byte;
    FLORIN_CHECK_OK(random.Take(byte.Write(SecretAccess{})));
    const std::uint8_t value = byte.Read(SecretAccess{})[0];
    if (value < 250) return static_cast<std::uint8_t>(value % 10);
  }
  return Error(ErrorCode::kInternal, "the random source gives no usable bytes");
}

}  // namespace

Status CheckPinStrength(const Pin& pin, std::span<const Pin> excluded) {
  if (excluded.size() > kMaxExcludedPins) {
    return Error(ErrorCode::kInvalidArgument, "a list of excluded PINs has at most 1000");
  }
  const std::string_view digits = pin.Read(SecretAccess{});
  bool weak = false;
  for (const int step : {0, 1, 9}) weak |= IsRun(digits, step);
  for (const Pin& other : excluded) weak |= pin.EqualTo(other);
  if (!weak) return OkStatus();
  return Error(ErrorCode::kInvalidArgument, "the PIN is too easy to guess; choose another");
}

Result<Pin> GeneratePin(RandomBatch& random, std::size_t length, std::span<const Pin> excluded) {
  if (length < kMinPinDigits || length > kMaxPinDigits) {
    return Error(ErrorCode::kInvalidArgument, "a PIN has 4 to 12 digits");
  }
  if (excluded.size() > kMaxExcludedPins) {
    return Error(ErrorCode::kInvalidArgument, "a list of excluded PINs has at most 1000");
  }
  for (int i = 0; i < kMaxTries; ++i) {
    SecretArray<kMaxPinDigits> characters;
    const MutableBytes digits = characters.Write(SecretAccess{}).first(length);
    for (std::uint8_t& digit : digits) {
      FLORIN_TRY(const std::uint8_t value, RandomDigit(random));
      digit = static_cast<std::uint8_t>('0' + value);
    }
    FLORIN_TRY(Pin pin, Pin::Parse(AsText(digits)));
    if (CheckPinStrength(pin, excluded).ok()) return pin;
  }
  return Error(ErrorCode::kInternal, "no PIN was left that the list does not exclude");
}

}  // namespace florin::card
