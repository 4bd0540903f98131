// TokenKey and FingerprintKey: the two unique names of a record, and their bytes in a store.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "florin/base/bytes.h"
#include "florin/base/result.h"
#include "florin/tokenizer/vault.h"

namespace florin::tokenizer {

inline constexpr std::size_t kFingerprintLength = 16;
inline constexpr std::size_t kTokenKeyLength = 11;
inline constexpr std::size_t kFingerprintKeyLength = 26;
inline constexpr std::size_t kIndexValueLength = 12;

// The bucket of records whose token carries none. See docs/formats/vault_records.md.
inline constexpr std::uint16_t kNoBucket = 0;

// Unique among all records. A value type.
struct TokenKey {
  std::uint16_t bucket = kNoBucket;
  std::uint8_t length = 0;   // digits, 12..19
  std::uint64_t number = 0;  // the digits as a number; `length` restores leading zeros

  static TokenKey Of(const Token& token);

  // kCorrupted where length and number are not those of a token.
  Result<Token> ToToken() const;

  friend bool operator==(const TokenKey&, const TokenKey&) = default;
};

// Unique among all records too. A value type; no secret, since the fingerprint is keyed.
struct FingerprintKey {
  std::uint16_t bucket = kNoBucket;
  std::array<std::uint8_t, kFingerprintLength> fingerprint{};
  std::uint32_t domain = 0;
  std::uint32_t instance = 0;  // 0: the token that makes tokenize idempotent
};

void EncodeTokenKey(const TokenKey& key, std::span<std::uint8_t, kTokenKeyLength> out);
// kCorrupted.
Result<TokenKey> DecodeTokenKey(ByteView key);
void EncodeFingerprintKey(const FingerprintKey& key,
                          std::span<std::uint8_t, kFingerprintKeyLength> out);

// What the fingerprint index holds: the key of the token record.
void EncodeIndexValue(const TokenKey& key, std::span<std::uint8_t, kIndexValueLength> out);
// kCorrupted.
Result<TokenKey> DecodeIndexValue(ByteView value);

}  // namespace florin::tokenizer
