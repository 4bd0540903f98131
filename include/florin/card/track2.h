// Track 2: the reader and writer of ISO/IEC 7813 track 2 and of EMV's equivalent data (tag 57).
#pragma once

#include <cstddef>
#include <string_view>

#include "florin/base/bytes.h"
#include "florin/base/pan.h"
#include "florin/base/result.h"
#include "florin/card/card_data.h"

#pragma GCC visibility push(default)

namespace florin::card {

inline constexpr std::size_t kMaxTrack2Characters = 37;  // without sentinels
inline constexpr std::size_t kMaxTrack2Bytes = 19;       // tag 57

// What stands behind the service code. It holds the CVV, so it is as secret as that.
using DiscretionaryData = SecretDigits<struct DiscretionaryDataTag, 0, 17>;

// PAN, separator, expiry YYMM, service code, discretionary data. Move-only. Thread-compatible.
struct Track2 {
  Pan pan;
  Expiry expiry;
  ServiceCode service_code;
  DiscretionaryData discretionary_data;

  // Reads characters: '=' or 'D' separates. Either both sentinels ';' and '?' are there or none;
  // a longitudinal redundancy check is not. Errors: kMalformed, with one text whatever is wrong.
  static Result<Track2> Parse(std::string_view text);

  // Reads packed nibbles: D separates, one F fills an odd number up. Errors: as Parse.
  static Result<Track2> ParseEquivalent(ByteView packed);

  // Writes the packed nibbles to the start of `out`, returns how many bytes. Errors:
  // kBufferTooSmall, kInvalidArgument (no PAN, or more than 37 characters in all).
  Result<std::size_t> WriteEquivalent(MutableBytes out) const;
};

}  // namespace florin::card

#pragma GCC visibility pop
