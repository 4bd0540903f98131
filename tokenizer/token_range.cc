#include "tokenizer/token_range.h"

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

#include "florin/base/pan.h"

namespace florin::tokenizer {

TokenRange::TokenRange(std::string bin, std::size_t token_length)
    : bin_(std::move(bin)), token_length_(token_length) {
  for (std::size_t i = bin_.size() + 1; i < token_length_; ++i) capacity_ *= 10;
}

Result<TokenRange> TokenRange::Create(const TokenDomain& domain) {
  const std::string& bin = domain.token_bin;
  if (domain.id == 0) return Error(ErrorCode::kInvalidArgument, "domain ids begin at 1");
  if (bin.size() < kMinTokenBin || bin.size() > kMaxTokenBin ||
      !std::all_of(bin.begin(), bin.end(), [](char c) { return c >= '0' && c <= '9'; })) {
    return Error(ErrorCode::kInvalidArgument, "a token BIN has 6 to 8 decimal digits");
  }
  if (domain.token_length < Token::kMinLength || domain.token_length > Token::kMaxLength) {
    return Error(ErrorCode::kInvalidArgument, "a token has 12 to 19 digits");
  }
  return TokenRange(bin, domain.token_length);
}

Result<Token> TokenRange::Draw(RandomSource& random) const {
  // Rejection, not a remainder: a remainder would favour the low numbers.
  const std::uint64_t mask = ~std::uint64_t{0} >> std::countl_zero(capacity_ - 1);
  std::uint64_t number = 0;
  do {
    std::array<std::uint8_t, 8> bytes;
    FLORIN_CHECK_OK(random.Fill(bytes));
    for (const std::uint8_t byte : bytes) number = number << 8 | byte;
    number &= mask;
  } while (number >= capacity_);

  std::array<char, Token::kMaxLength> digits;
  std::copy(bin_.begin(), bin_.end(), digits.begin());
  for (std::size_t i = token_length_ - 1; i-- > bin_.size(); number /= 10) {
    digits[i] = static_cast<char>('0' + number % 10);
  }
  FLORIN_TRY(digits[token_length_ - 1], LuhnCheckDigit({digits.data(), token_length_ - 1}));
  return Token::Parse({digits.data(), token_length_});
}

}  // namespace florin::tokenizer
