// Pin and what verifies it: PVV, IBM 3624 offset, the policy of lengths.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "florin/base/result.h"
#include "florin/card/digits.h"

#pragma GCC visibility push(default)

namespace florin::card {

inline constexpr std::size_t kMinPinDigits = 4;  // ISO 9564-1
inline constexpr std::size_t kMaxPinDigits = 12;

// A clear PIN, 4 to 12 digits. Only code below the seam ever holds one.
using Pin = SecretDigits<struct PinTag, kMinPinDigits, kMaxPinDigits>;

// The PIN verification value of Visa's method: four digits.
using Pvv = SecretDigits<struct PvvTag, 4, 4>;

// What IBM 3624 adds to the natural PIN, digit by digit without carry.
using PinOffset = SecretDigits<struct PinOffsetTag, kMinPinDigits, kMaxPinDigits>;

// Hosts send offsets left justified in 12 characters, filled with F. Reads 4 to 12 digits with or
// without that filling. Errors: kMalformed.
Result<PinOffset> ParsePaddedOffset(std::string_view text);

// Which lengths an issuer or a network accepts, within 4..12.
struct PinLengths {
  std::uint8_t min = kMinPinDigits;
  std::uint8_t max = kMaxPinDigits;

  bool Valid() const { return kMinPinDigits <= min && min <= max && max <= kMaxPinDigits; }
};

}  // namespace florin::card

#pragma GCC visibility pop
