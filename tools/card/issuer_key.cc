#include "tools/card/issuer_key.h"

#include <utility>

#include "florin/base/hex.h"
#include "florin/hsm/soft_session.h"
#include "tools/key/token_session.h"

namespace florin::tools {
namespace {

Result<IssuerKey> ImportTestKey(const ArqcOptions& options) {
  const auto material = HexDecodeSecret(options.test_key);
  if (!material.ok()) {
    return Error(ErrorCode::kInvalidArgument, "--test-key must be hex digits, two for each byte");
  }
  hsm::KeyTemplate key;
  key.rules.type = options.aes ? mechanisms::KeyType::kAes : mechanisms::KeyType::kDes3;
  key.rules.verbs = {mechanisms::Verb::kSign};
  FLORIN_TRY(key.rules.header, mechanisms::KeyBlockHeader::Parse(options.aes ? "D0000E0AV00N0000"
                                                                             : "D0000E0TV00N0000"));
  key.rules.emv = options.allowed;
  FLORIN_TRY(const hsm::SoftToken token, hsm::SoftToken::Create());
  FLORIN_TRY(auto session, token.OpenSession());
  FLORIN_TRY(const hsm::KeyHandle handle, session->Import(key, *material));
  return IssuerKey{std::move(session), handle};
}

Result<IssuerKey> ResolveTokenKey(const ArqcOptions& options) {
  FLORIN_TRY(TokenSession token, OpenTokenSession({options.module_path, options.token_label}));
  FLORIN_TRY(const auto name, hsm::KeyRef::Create(hsm::KeyClass::kSecret, options.key_label));
  FLORIN_TRY(const hsm::KeyHandle handle, token.session->Resolve(name));
  return IssuerKey{std::move(token.session), handle};
}

}  // namespace

Result<IssuerKey> OpenIssuerKey(const ArqcOptions& options) {
  return options.key_label.empty() ? ImportTestKey(options) : ResolveTokenKey(options);
}

}  // namespace florin::tools
