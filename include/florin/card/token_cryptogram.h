// The cryptogram of this engine's own token domain: its inputs and its field of 20 bytes.
//
// The networks' TAVV and DTVV are not this: their algorithms are not public, and only the networks'
// token services make them. The bytes are in docs/formats/token_cryptogram.md.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "florin/base/bytes.h"
#include "florin/base/result.h"
#include "florin/card/card_data.h"

#pragma GCC visibility push(default)

namespace florin::card {

inline constexpr std::size_t kTokenCryptogramSize = 8;
inline constexpr std::size_t kTokenCryptogramFieldSize = 20;
inline constexpr std::uint64_t kMaxTokenAmount = 999'999'999'999;

// The eleven digits that name who asked for a token.
using TokenRequestor = FixedDigits<struct TokenRequestorTag, 11>;

// What a cryptogram is bound to, besides the token.
struct TokenTransaction {
  TokenRequestor requestor;
  std::uint64_t amount = 0;    // minor units; amount and currency 0 where it is not known yet
  std::uint16_t currency = 0;  // ISO 4217 number, 0..999
  std::array<std::uint8_t, 4> unpredictable_number{};
  std::uint16_t counter = 0;  // of the token's transactions; the verifier refuses one seen before
};

// The field that carries a cryptogram, 20 bytes, 28 characters of base64.
struct TokenCryptogramField {
  std::uint8_t key_index = 0;
  std::uint16_t counter = 0;
  std::array<std::uint8_t, 4> unpredictable_number{};
  std::array<std::uint8_t, kTokenCryptogramSize> cryptogram{};

  // Errors: kMalformed (length, version, reserved bytes).
  static Result<TokenCryptogramField> Parse(ByteView field);
  Status Write(std::span<std::uint8_t, kTokenCryptogramFieldSize> out) const;
};

}  // namespace florin::card

#pragma GCC visibility pop
