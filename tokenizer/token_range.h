// TokenRange: the digits that tokens of one domain may have.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "florin/base/random.h"
#include "florin/base/result.h"
#include "florin/tokenizer/vault.h"

namespace florin::tokenizer {

inline constexpr std::size_t kMinTokenBin = 6;
inline constexpr std::size_t kMaxTokenBin = 8;

// BIN, free digits, Luhn check digit. Immutable; safe for many threads.
class TokenRange {
 public:
  // kInvalidArgument where a field of `domain` is outside its documented bounds.
  static Result<TokenRange> Create(const TokenDomain& domain);

  const std::string& bin() const { return bin_; }
  std::size_t token_length() const { return token_length_; }

  // How many tokens there are: 10 to the number of free digits.
  std::uint64_t capacity() const { return capacity_; }

  // A token, each with the same probability. Errors: those of `random`.
  Result<Token> Draw(RandomSource& random) const;

 private:
  TokenRange(std::string bin, std::size_t token_length);

  std::string bin_;
  std::size_t token_length_;
  std::uint64_t capacity_ = 1;
};

}  // namespace florin::tokenizer
