#include "crypto/payload/google_workspace.h"

#include "crypto/payload/google_token.h"

namespace florin::payload {

Result<std::unique_ptr<GoogleWorkspace>> GoogleWorkspace::Create(std::size_t max_bytes) {
  FLORIN_TRY(JsonParser token, JsonParser::Create(GoogleTokenLimits(max_bytes)));
  FLORIN_TRY(JsonParser inner, JsonParser::Create(GoogleTokenLimits(max_bytes)));
  return std::make_unique<GoogleWorkspace>(max_bytes, std::move(token), std::move(inner));
}

void GoogleWorkspace::Clear() {
  token_parser.Clear();
  inner_parser.Clear();
}

}  // namespace florin::payload
