// Hexadecimal text, strict in both directions: no prefix, no spaces, an even number of digits.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "florin/base/bytes.h"
#include "florin/base/result.h"
#include "florin/base/secret.h"

#pragma GCC visibility push(default)

namespace florin {

enum class HexCase { kLower, kUpper };

constexpr std::size_t HexEncodedSize(std::size_t bytes) { return 2 * bytes; }

// Writes two digits per byte to the start of `out` and returns how many characters that is.
// Errors: kBufferTooSmall.
Result<std::size_t> HexEncode(ByteView bytes, std::span<char> out, HexCase digits);

// The same as a new string. Not for secrets: a std::string is not wiped.
std::string HexEncode(ByteView bytes, HexCase digits = HexCase::kLower);

// Reads digits of either case into the start of `out` and returns how many bytes that is.
// Errors: kMalformed (odd length, or a character that is no hex digit), kBufferTooSmall. On an
// error the contents of `out` are unspecified.
Result<std::size_t> HexDecode(std::string_view text, MutableBytes out);

// The same into new bytes.
Result<Bytes> HexDecode(std::string_view text);

// The same into secret memory, in time that depends on the length only, unless the text is
// malformed. Errors: also kResourceExhausted, kLimitExceeded (SecretBytes::Create).
Result<SecretBytes> HexDecodeSecret(std::string_view text);

}  // namespace florin

#pragma GCC visibility pop
