#include "tools/wallet/google_keys.h"

#include <array>
#include <utility>

#include "florin/base/hex.h"
#include "florin/hsm/key_templates.h"
#include "florin/hsm/soft_session.h"
#include "tools/command_io.h"
#include "tools/key/der_file.h"
#include "tools/key/exchange.h"

namespace florin::tools {
namespace {

constexpr std::size_t kMaxFile = 64 * 1024;
constexpr char kTestLabel[] = "test-key";

Result<GooglePrivateKeys> OpenTestKey(const std::string& hex) {
  const auto scalar = HexDecodeSecret(hex);
  if (!scalar.ok() || scalar->size() != 32) {
    return Bad("--test-key is a private key of P-256: 64 hex digits");
  }
  FLORIN_TRY(const hsm::SoftToken soft, hsm::SoftToken::Create());
  GooglePrivateKeys keys;
  FLORIN_TRY(keys.session, soft.OpenSession());
  FLORIN_TRY(auto pair, hsm::PaymentProcessingKeyPair(kTestLabel));
  pair.private_key.persistent = false;
  FLORIN_CHECK_OK(keys.session->Import(pair.private_key, *scalar));
  keys.names.push_back(*pair.private_key.name);
  return keys;
}

}  // namespace

Result<GooglePrivateKeys> OpenGoogleKeys(const GoogleDecryptOptions& options) {
  if (!options.test_key.empty()) return OpenTestKey(options.test_key);
  GooglePrivateKeys keys;
  if (options.labels.empty()) return keys;
  if (options.hsm.token_label.empty()) return Bad("say with --token where the private keys are");
  FLORIN_TRY(TokenSession opened, OpenTokenSession(options.hsm));
  keys.session = std::move(opened.session);
  for (const std::string& label : options.labels) {
    FLORIN_TRY(auto name, hsm::KeyRef::Create(hsm::KeyClass::kPrivate, label));
    keys.names.push_back(std::move(name));
  }
  return keys;
}

Result<std::vector<payload::GooglePayKey>> GooglePayKeysOf(const GooglePrivateKeys& keys) {
  std::vector<payload::GooglePayKey> list;
  for (const hsm::KeyRef& name : keys.names) {
    FLORIN_TRY(const hsm::KeyHandle private_key, keys.session->Resolve(name));
    std::array<std::uint8_t, 97> point;
    auto size = keys.session->PublicPoint(private_key, point);
    if (!size.ok() && size.code() == ErrorCode::kUnsupported) {
      FLORIN_TRY(const hsm::KeyHandle public_key,
                 FindKey(*keys.session, hsm::KeyClass::kPublic, std::string(name.label())));
      size = keys.session->PublicPoint(public_key, point);
    }
    if (!size.ok()) return size.error();
    FLORIN_TRY(auto key, payload::GooglePayKey::Create(name, ByteView(point).first(*size)));
    list.push_back(std::move(key));
  }
  return list;
}

Result<std::unique_ptr<payload::GoogleRootKeys>> ReadGoogleRootKeys(const std::string& path) {
  FLORIN_TRY(const std::string text, ReadTextFile(path, kMaxFile));
  return payload::GoogleRootKeys::Pinned(AsBytes(text));
}

Result<std::string> ReadGoogleTokenFile(const std::string& path) {
  FLORIN_TRY(std::string text, ReadTextFile(path, kMaxFile));
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' ')) {
    text.pop_back();
  }
  return text;
}

}  // namespace florin::tools
