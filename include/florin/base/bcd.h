// Packed BCD: two decimal digits per byte, the first in the high nibble. One function per way
// that payment formats justify and pad, so that a call names its format.
//
// Digits are the characters '0'..'9'. Every pack function fills all of `out`.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "florin/base/bytes.h"
#include "florin/base/result.h"

#pragma GCC visibility push(default)

namespace florin {

constexpr std::size_t BcdPackedSize(std::size_t digits) { return (digits + 1) / 2; }

// Digits first, the rest of `out` padded with F nibbles (EMV format "cn", tag 5A).
// Errors: kInvalidArgument (a character is no digit), kBufferTooSmall.
Status BcdPackLeftPadF(std::string_view digits, MutableBytes out);

// Digits first, the rest of `out` padded with 0 nibbles. Errors: as above.
Status BcdPackLeftPad0(std::string_view digits, MutableBytes out);

// Digits last, `out` padded in front with F nibbles. Errors: as above.
Status BcdPackRightPadF(std::string_view digits, MutableBytes out);

// Digits last, `out` padded in front with 0 nibbles (EMV format "n", tag 9F02). Errors: as above.
Status BcdPackRightPad0(std::string_view digits, MutableBytes out);

// Writes the digits in front of the F padding to the start of `out`, returns how many they are.
// Errors: kMalformed (a nibble A..E, or a digit after F), kBufferTooSmall.
Result<std::size_t> BcdUnpackLeftPadF(ByteView packed, std::span<char> out);

// Writes the digits behind the F padding to the start of `out`, returns how many they are.
// Errors: kMalformed (a nibble A..E, or F after a digit), kBufferTooSmall.
Result<std::size_t> BcdUnpackRightPadF(ByteView packed, std::span<char> out);

// Writes the first out.size() digits; all nibbles behind them must be 0.
// Errors: kMalformed (a nibble A..F, or padding that is not 0), kInvalidArgument (`out` asks for
// more digits than `packed` has).
Status BcdUnpackLeftPad0(ByteView packed, std::span<char> out);

// Writes the last out.size() digits; all nibbles in front of them must be 0. Errors: as above.
Status BcdUnpackRightPad0(ByteView packed, std::span<char> out);

}  // namespace florin

#pragma GCC visibility pop
