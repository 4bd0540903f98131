// Base64 (RFC 4648 sections 4 and 5), strict in both directions: no white space, no line breaks,
// padding exactly as the form says, unused bits of the last character zero (RFC 4648 3.5), so
// that every byte string has one text and every accepted text is that one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "florin/base/bytes.h"
#include "florin/base/result.h"
#include "florin/base/secret.h"

#pragma GCC visibility push(default)

namespace florin {

enum class Base64Form : std::uint8_t {
  kStandard,   // "+/", padding required
  kUrl,        // "-_", padding refused (RFC 7515 section 2)
  kUrlPadded,  // "-_", padding required
};

// Characters that encode `bytes` bytes.
std::size_t Base64EncodedSize(std::size_t bytes, Base64Form form);

// An upper bound, reached without padding, for the bytes that `characters` characters decode to.
constexpr std::size_t Base64DecodedSizeBound(std::size_t characters) {
  return characters / 4 * 3 + characters % 4 * 3 / 4;
}

// Writes the text to the start of `out` and returns its length. Errors: kBufferTooSmall.
Result<std::size_t> Base64Encode(ByteView bytes, Base64Form form, std::span<char> out);

// The same as a new string. Not for secrets: a std::string is not wiped.
std::string Base64Encode(ByteView bytes, Base64Form form);

// Writes the decoded bytes to the start of `out` and returns how many they are.
// Errors: kMalformed (length, padding, alphabet or unused bits), kBufferTooSmall (exact need, not
// the bound). On an error the contents of `out` are unspecified.
Result<std::size_t> Base64Decode(std::string_view text, Base64Form form, MutableBytes out);

// The same into new bytes.
Result<Bytes> Base64Decode(std::string_view text, Base64Form form);

// The same into secret memory, in time that depends on the length only, unless the text is
// malformed. Errors: also kResourceExhausted, kLimitExceeded (SecretBytes::Create).
Result<SecretBytes> Base64DecodeSecret(std::string_view text, Base64Form form);

}  // namespace florin

#pragma GCC visibility pop
