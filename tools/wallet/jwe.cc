#include "tools/wallet/jwe.h"

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <utility>

#include "florin/base/base64.h"
#include "florin/hsm/soft_session.h"
#include "florin/payload/jwe.h"
#include "florin/payload/jwe_keys.h"
#include "florin/payload/jws.h"
#include "tools/command_io.h"
#include "tools/key/der_file.h"
#include "tools/key/exchange.h"
#include "tools/wallet/payload_io.h"

namespace florin::tools {
namespace {

using payload::JosePublicKey;
using payload::JweAlgorithm;
using payload::JweProfile;

struct NamedProfile {
  const char* name;
  JweProfile (*make)();
};
constexpr NamedProfile kProfiles[] = {
    {"mastercard", payload::MastercardJweProfile},  {"visa-mle", payload::VisaMessageLevelProfile},
    {"visa-vts", payload::VisaTokenServiceProfile}, {"amex", payload::AmexTokenServiceProfile},
    {"samsung", payload::SamsungProfile},           {"click-to-pay", payload::ClickToPayProfile},
    {"cybersource", payload::CybersourceProfile},
};

JweProfile ProfileOf(const std::string& name) {
  const auto* found = std::find_if(std::begin(kProfiles), std::end(kProfiles),
                                   [&name](const NamedProfile& row) { return row.name == name; });
  FLORIN_INVARIANT(found != std::end(kProfiles));
  return found->make();
}

bool HasPair(JweAlgorithm algorithm) { return payload::JweKeyPair("any", algorithm).ok(); }

Result<JosePublicKey> ReadPublicKey(const std::string& path) {
  FLORIN_TRY(const std::string text, ReadTextFile(path, 64 * 1024));
  if (!text.empty() && text.front() == '{') return JosePublicKey::FromJwk(text);
  FLORIN_TRY(const Bytes der, ReadDerFile(path, 16 * 1024));
  if (auto key = JosePublicKey::FromSpki(der); key.ok()) return key;
  return JosePublicKey::FromCertificate(der);
}

Result<hsm::KeyHandle> MakePair(hsm::Session& session, const JwePublicKeyOptions& options) {
  FLORIN_CHECK_OK(CheckLabelIsFree(session, hsm::KeyClass::kPrivate, options.label));
  payload::JweKeySize size;
  size.rsa_length = options.rsa_bits / 8;
  const auto pair = payload::JweKeyPair(session, options.label,
                                        ProfileOf(options.profile).algorithms.front(), size);
  if (!pair.ok()) return Bad("this profile has shared keys; there is no public key to print");
  FLORIN_TRY(const hsm::KeyPair made, session.GeneratePair(*pair));
  return made.public_key;
}

Result<JosePublicKey> PublicKeyOf(const JwePublicKeyOptions& options) {
  FLORIN_TRY(const TokenSession token, OpenTokenSession(options.token));
  FLORIN_TRY(const hsm::KeyHandle key,
             options.create ? MakePair(*token.session, options)
                            : FindKey(*token.session, hsm::KeyClass::kPublic, options.label));
  Bytes info(hsm::kMaxPublicKeyInfo);
  FLORIN_TRY(const std::size_t size, token.session->PublicKeyInfo(key, info));
  return JosePublicKey::FromSpki(ByteView(info).first(size));
}

// What the observer of an Open heard.
class Heard final : public Observer {
 public:
  void OnEvent(const Event& event) override { events.push_back(event); }
  std::vector<Event> events;
};

Json Described(const payload::JweMessage& message) {
  return Json{{"algorithm", payload::JoseName(message.algorithm)},
              {"encryption", payload::JoseName(message.encryption)},
              {"kid", message.kid},
              {"header", message.protected_header},
              {"content_bytes", message.plaintext.size()}};
}

Result<Json> Decrypt(const JweDecryptOptions& options) {
  FLORIN_TRY(const std::string text, TextArgument(options.text));
  const JweProfile profile = ProfileOf(options.profile);
  const auto key_class =
      HasPair(profile.algorithms.front()) ? hsm::KeyClass::kPrivate : hsm::KeyClass::kSecret;
  FLORIN_TRY(const hsm::KeyRef name, hsm::KeyRef::Create(key_class, options.label));
  FLORIN_TRY(const auto jwe, payload::Jwe::Create(profile, {{name}}));
  FLORIN_TRY(const TokenSession token, OpenTokenSession(options.token));
  FLORIN_TRY(const payload::JweMessage message, jwe.Open(*token.session, text));
  FLORIN_CHECK_OK(WritePayload(options.out, message.plaintext.Read(SecretAccess{})));
  return Described(message);
}

Result<std::string> Make(const JweMakeOptions& options) {
  const JweProfile profile = ProfileOf(options.profile);
  if (!HasPair(profile.algorithms.front())) return Bad("this profile has shared keys; see --help");
  FLORIN_TRY(JosePublicKey key, ReadPublicKey(options.public_key));
  FLORIN_TRY(const auto sender,
             payload::JweSender::ToPublicKey(profile, std::move(key), options.kid));
  FLORIN_TRY(const SecretBytes content, ReadSecretPayload(options.in, 1024 * 1024));
  return sender.Seal(content.Read(SecretAccess{}));
}

Result<Json> Verify(const JweVerifyOptions& options) {
  payload::JwsProfile profile;
  profile.name = "one algorithm";
  profile.any_member = true;
  for (int i = 0; i <= static_cast<int>(payload::JwsAlgorithm::kEdDsa); ++i) {
    const auto algorithm = static_cast<payload::JwsAlgorithm>(i);
    if (payload::JoseName(algorithm) == options.algorithm) profile.algorithms = {algorithm};
  }
  FLORIN_TRY(JosePublicKey key, ReadPublicKey(options.public_key));
  FLORIN_TRY(const auto verifier,
             payload::JwsVerifier::Create(std::move(profile), {{std::move(key)}}));
  FLORIN_TRY(const std::string text, TextArgument(options.text));
  FLORIN_TRY(const payload::JwsMessage message, verifier.Verify(text));
  FLORIN_CHECK_OK(WritePayload(options.out, message.payload.Read(SecretAccess{})));
  return Json{{"algorithm", payload::JoseName(message.algorithm)},
              {"kid", message.kid},
              {"header", message.protected_header},
              {"content_bytes", message.payload.size()}};
}

// A key of the right class that nobody has: what is checked before a key is checked with it.
Result<hsm::KeyRef> MakeStandIn(hsm::Session& session, const JweProfile& profile) {
  const JweAlgorithm algorithm = profile.algorithms.front();
  if (auto pair = payload::JweKeyPair("stand-in", algorithm); pair.ok()) {
    pair->private_key.persistent = false;
    pair->public_key.persistent = false;
    FLORIN_CHECK_OK(session.GeneratePair(*pair));
    return *pair->private_key.name;
  }
  FLORIN_TRY(auto key, payload::JweSharedKey("stand-in", algorithm, profile.encryptions.front(),
                                             payload::JweDirection::kReceive));
  key.persistent = false;
  FLORIN_CHECK_OK(session.Generate(key));
  return *key.name;
}

// The parts of the compact form, and how long each is.
Json PartsOf(const std::string& text) {
  static constexpr const char* kNames[] = {"header", "encrypted_key", "iv", "ciphertext", "tag"};
  Json parts = Json::object();
  std::size_t at = 0;
  for (const char* name : kNames) {
    const std::size_t dot = std::min(text.find('.', at), text.size());
    const auto bytes = Base64Decode(text.substr(at, dot - at), Base64Form::kUrl);
    if (std::string_view(name) == "header") {
      parts["header"] = bytes.ok() ? std::string(AsText(*bytes)) : "not base64url";
    } else {
      parts[std::string(name) + "_bytes"] =
          bytes.ok() ? Json(bytes->size()) : Json("not base64url");
    }
    if (dot == text.size()) break;
    at = dot + 1;
  }
  return parts;
}

struct Opener {
  std::unique_ptr<hsm::Session> session;
  hsm::KeyRef key;
};

Result<Opener> OpenerOf(const JweExplainOptions& options, const JweProfile& profile) {
  if (options.label.empty()) {
    FLORIN_TRY(auto token, hsm::SoftToken::Create());
    FLORIN_TRY(auto session, token.OpenSession());
    FLORIN_TRY(hsm::KeyRef key, MakeStandIn(*session, profile));
    return Opener{std::move(session), std::move(key)};
  }
  FLORIN_TRY(TokenSession token, OpenTokenSession(options.token));
  const auto key_class =
      HasPair(profile.algorithms.front()) ? hsm::KeyClass::kPrivate : hsm::KeyClass::kSecret;
  FLORIN_TRY(hsm::KeyRef key, hsm::KeyRef::Create(key_class, options.label));
  return Opener{std::move(token.session), std::move(key)};
}

Result<Json> Explain(const JweExplainOptions& options, bool& wrong) {
  FLORIN_TRY(const std::string text, TextArgument(options.text));
  const JweProfile profile = ProfileOf(options.profile);
  FLORIN_TRY(const Opener opener, OpenerOf(options, profile));
  Heard heard;
  payload::JweOptions jwe_options;
  jwe_options.observer = &heard;
  FLORIN_TRY(const auto jwe, payload::Jwe::Create(profile, {{opener.key}}, jwe_options));
  const auto message = jwe.Open(*opener.session, text);
  if (!message.ok() && message.error().code() != ErrorCode::kVerificationFailed) {
    return message.error();
  }
  Json out = PartsOf(text);
  const Event& last = heard.events.back();
  const std::string_view stage = last.stage;
  const bool up_to_key = options.label.empty() && (stage == "encrypted_key" || stage == "decrypt");
  wrong = !message.ok() && !up_to_key;
  out["profile"] = profile.name;
  out["refused_at"] = wrong ? Json(last.stage) : Json(nullptr);
  out["why"] = wrong       ? Json(last.outcome.message())
               : up_to_key ? Json(
                                 "nothing is wrong up to the key; give --token and --key for the "
                                 "rest")
                           : Json("it opens");
  return out;
}

}  // namespace

std::vector<std::string> JweProfileNames() {
  std::vector<std::string> names;
  for (const NamedProfile& row : kProfiles) names.emplace_back(row.name);
  return names;
}

int RunJwePublicKey(const JwePublicKeyOptions& options) {
  const auto key = PublicKeyOf(options);
  if (!key.ok()) return ReportFailure("wallet jwe public-key", key.error());
  if (options.json) {
    std::puts(Json{{"jwk", Json::parse(key->ToJwk())},
                   {"thumbprint", Base64Encode(key->Thumbprint(), Base64Form::kUrl)},
                   {"spki_sha256", HexEncode(key->SpkiHash())}}
                  .dump()
                  .c_str());
  } else {
    std::puts(key->ToJwk().c_str());
  }
  return kDone;
}

int RunJweDecrypt(const JweDecryptOptions& options) {
  return Finish("wallet jwe decrypt", options.json, Decrypt(options));
}

int RunJweMake(const JweMakeOptions& options) {
  const auto text = Make(options);
  if (!text.ok()) return ReportFailure("wallet jwe make", text.error());
  std::puts(text->c_str());
  return kDone;
}

int RunJweVerify(const JweVerifyOptions& options) {
  return Finish("wallet jwe verify", options.json, Verify(options));
}

int RunJweExplain(const JweExplainOptions& options) {
  bool wrong = false;
  const int status = Finish("wallet jwe explain", options.json, Explain(options, wrong));
  return status == kDone && wrong ? kWrong : status;
}

}  // namespace florin::tools
