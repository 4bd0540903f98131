// UTCTime and GeneralizedTime, read and written in the one form RFC 5280 4.1.2.5 leaves.
#pragma once

#include <cstddef>
#include <cstdint>

#include "florin/base/bytes.h"
#include "florin/base/clock.h"
#include "florin/base/result.h"

namespace florin {

// Reads the content octets of a UTCTime (tag 17) or GeneralizedTime (tag 18). kMalformed.
Result<UnixSeconds> ParseAsn1Time(std::uint8_t tag, ByteView text);

// Writes 13 or 15 characters to the start of `out`, returns how many, and sets `tag`.
// kInvalidArgument outside the years 1 to 9999, kBufferTooSmall.
Result<std::size_t> FormatAsn1Time(UnixSeconds time, std::uint8_t& tag, MutableBytes out);

}  // namespace florin
