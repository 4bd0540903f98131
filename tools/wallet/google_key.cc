#include "tools/wallet/google_key.h"

#include <array>
#include <cstdio>

#include "florin/base/base64.h"
#include "florin/hsm/key_templates.h"
#include "tools/command_io.h"
#include "tools/key/exchange.h"

namespace florin::tools {
namespace {

Result<hsm::KeyHandle> MakePair(hsm::Session& session, const std::string& label) {
  FLORIN_CHECK_OK(CheckLabelIsFree(session, hsm::KeyClass::kPrivate, label));
  FLORIN_TRY(const auto pair, hsm::PaymentProcessingKeyPair(label));
  FLORIN_TRY(const hsm::KeyPair made, session.GeneratePair(pair));
  return made.public_key;
}

Result<std::string> PublicKeyText(const GooglePublicKeyOptions& options) {
  FLORIN_TRY(const TokenSession token, OpenTokenSession(options.token));
  hsm::Session& session = *token.session;
  FLORIN_TRY(const hsm::KeyHandle key,
             options.create ? MakePair(session, options.label)
                            : FindKey(session, hsm::KeyClass::kPublic, options.label));
  std::array<std::uint8_t, 97> point;
  FLORIN_TRY(const std::size_t size, session.PublicPoint(key, point));
  if (size != 65) return Bad("the key is not on P-256; Google Pay takes no other");
  return Base64Encode(ByteView(point).first(size), Base64Form::kStandard);
}

}  // namespace

int RunGooglePublicKey(const GooglePublicKeyOptions& options) {
  const auto text = PublicKeyText(options);
  if (!text.ok()) {
    std::fprintf(stderr, "florin wallet google public-key: %s\n", text.error().message());
    return kNotJudged;
  }
  if (options.json) {
    std::puts(Json{{"label", options.label}, {"public_key", *text}}.dump().c_str());
  } else {
    std::puts(text->c_str());
  }
  return kDone;
}

}  // namespace florin::tools
