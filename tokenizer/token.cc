#include <algorithm>

#include "florin/tokenizer/vault.h"

namespace florin::tokenizer {

Result<Token> Token::Parse(std::string_view digits) {
  if (digits.size() < kMinLength || digits.size() > kMaxLength ||
      !std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; })) {
    return Error(ErrorCode::kMalformed, "a token has 12 to 19 decimal digits");
  }
  Token token;
  std::copy(digits.begin(), digits.end(), token.digits_);
  token.length_ = static_cast<std::uint8_t>(digits.size());
  return token;
}

}  // namespace florin::tokenizer
