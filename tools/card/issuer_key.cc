#include "tools/card/issuer_key.h"

#include <cstdlib>
#include <utility>

#include "florin/base/hex.h"
#include "florin/hsm/soft_session.h"
#include "florin/pkcs11/pkcs11_session.h"

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
  const char* pin_text = std::getenv("FLORIN_PIN");
  if (pin_text == nullptr) {
    return Error(ErrorCode::kInvalidArgument,
                 "put the token's user PIN into the environment variable FLORIN_PIN");
  }
  FLORIN_TRY(const SecretBytes pin, SecretBytes::CopyOf(AsBytes(pin_text)));
  FLORIN_TRY(const auto module, pkcs11::Module::Load(options.module_path));
  FLORIN_TRY(const auto token, module->FindToken(options.token_label));
  FLORIN_TRY(auto session, module->OpenSession(token, pin));
  FLORIN_TRY(const auto name, hsm::KeyRef::Create(hsm::KeyClass::kSecret, options.key_label));
  FLORIN_TRY(const hsm::KeyHandle handle, session->Resolve(name));
  return IssuerKey{std::move(session), handle};
}

}  // namespace

Result<IssuerKey> OpenIssuerKey(const ArqcOptions& options) {
  return options.key_label.empty() ? ImportTestKey(options) : ResolveTokenKey(options);
}

}  // namespace florin::tools
