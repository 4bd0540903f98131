// JOSE with another implementation at the other end. Each line of standard input asks for one
// thing, by "do":
//   describe  a public key, in every form
//   pair      of "alg", for JWE or JWS: its public half, and the "key" that names it here
//   seal      "plaintext" for a public key, or under the bytes of "secret"
//   open      "text" with "key" or "secret"; "inner": who signed the JWS that is in it
//   sign      "payload" with "key" or "secret"
//   verify    "text" with a public key or "secret"; "detached": a payload that came beside it
#include <optional>
#include <utility>

#include "crypto/base/curve_table.h"
#include "crypto/payload/jose_tables.h"
#include "florin/base/hex.h"
#include "florin/payload/jwe.h"
#include "florin/payload/jwe_keys.h"
#include "florin/payload/jws.h"
#include "tests/interop/peer.h"

namespace florin::payload {
namespace {

using interop::Hex;
using interop::HexOf;
using interop::Json;
using interop::Text;
using mechanisms::KeyType;
using mechanisms::Verb;

const Error kUnknown(ErrorCode::kNotFound, "nothing is known by this name");

// What RFC 7516 and 7515 allow, with the one algorithm that the case is about.
template <class Profile>
Profile Open(Profile profile, const Json& request) {
  profile.optional_members = {"kid", "typ", "cty"};
  profile.json = request.value("json", false);
  profile.unprotected = request.value("unprotected", false);
  if (request.contains("cty")) profile.sent_members = {{"cty", Text(request, "cty")}};
  return profile;
}

Result<JweProfile> JweProfileOf(const Json& request) {
  const auto* algorithm = FindJweAlgorithm(Text(request, "alg"));
  const auto* encryption = FindJweEncryption(Text(request, "enc"));
  if (algorithm == nullptr || encryption == nullptr) return kUnknown;
  JweProfile profile;
  profile.name = "RFC 7516";
  profile.algorithms = {algorithm->algorithm};
  profile.encryptions = {encryption->encryption};
  return Open(std::move(profile), request);
}

Result<JwsProfile> JwsProfileOf(const Json& request) {
  const auto* algorithm = FindJwsAlgorithm(Text(request, "alg"));
  if (algorithm == nullptr) return kUnknown;
  JwsProfile profile;
  profile.name = "RFC 7515";
  profile.algorithms = {algorithm->algorithm};
  return Open(std::move(profile), request);
}

Result<hsm::KeyPairTemplate> SigningPair(const JwsAlgorithmRow& row, std::size_t rsa_length,
                                         Curve curve, const std::string& label) {
  const bool is_rsa =
      row.scheme == SignatureScheme::kRsaPkcs1 || row.scheme == SignatureScheme::kRsaPss;
  hsm::KeyPairTemplate pair;
  auto& priv = pair.private_key;
  auto& pub = pair.public_key;
  priv.rules.type = is_rsa ? KeyType::kRsaPrivate : KeyType::kEcPrivate;
  priv.rules.length = is_rsa ? rsa_length : InfoOf(curve).private_size;
  priv.rules.verbs = {Verb::kSign};
  pub.rules.type = is_rsa ? KeyType::kRsaPublic : KeyType::kEcPublic;
  pub.rules.length = is_rsa ? rsa_length : InfoOf(curve).public_size;
  pub.rules.verbs = {Verb::kVerify};
  pub.rules.sensitive = false;
  priv.rules.curve = pub.rules.curve = curve;
  FLORIN_TRY(priv.name, hsm::KeyRef::Create(hsm::KeyClass::kPrivate, label));
  FLORIN_TRY(pub.name, hsm::KeyRef::Create(hsm::KeyClass::kPublic, label));
  return pair;
}

// The keys of one process.
class Peer {
 public:
  Result<Json> Answer(const Json& request);

 private:
  Result<Json> Pair(const Json& request);
  Result<Json> Seal(const Json& request);
  Result<Json> Open(const Json& request);
  Result<Json> Sign(const Json& request);
  Result<Json> Verify(const Json& request);

  Result<hsm::KeyRef> Import(hsm::KeyTemplate key, const Json& request);
  Result<hsm::KeyRef> SharedKey(const JweProfile& profile, const Json& request,
                                JweDirection direction);
  // The private key that "key" names, or the secret of HMAC.
  Result<hsm::KeyRef> SigningKey(const Json& request);
  Result<JwsVerifier> VerifierOf(const Json& request);

  std::unique_ptr<hsm::Session> session_ = interop::OpenSession();
};

Result<hsm::KeyRef> Peer::Import(hsm::KeyTemplate key, const Json& request) {
  key.persistent = false;
  FLORIN_TRY(const SecretBytes material, HexDecodeSecret(Text(request, "secret")));
  FLORIN_CHECK_OK(session_->Import(key, material));
  return *key.name;
}

Result<hsm::KeyRef> Peer::SharedKey(const JweProfile& profile, const Json& request,
                                    JweDirection direction) {
  FLORIN_TRY(auto key, JweSharedKey(interop::NewLabel(), profile.algorithms.front(),
                                    profile.encryptions.front(), direction));
  return Import(std::move(key), request);
}

Result<hsm::KeyRef> Peer::SigningKey(const Json& request) {
  if (request.contains("key")) {
    return hsm::KeyRef::Create(hsm::KeyClass::kPrivate, Text(request, "key"));
  }
  hsm::KeyTemplate key;
  key.rules.type = KeyType::kHmac;
  key.rules.length = Text(request, "secret").size() / 2;
  key.rules.verbs = {Verb::kSign, Verb::kVerify};
  FLORIN_TRY(key.name, hsm::KeyRef::Create(hsm::KeyClass::kSecret, interop::NewLabel()));
  return Import(std::move(key), request);
}

Result<Json> Peer::Pair(const Json& request) {
  const std::string label = interop::NewLabel();
  JweKeySize size;
  size.rsa_length = request.value("rsa_length", std::size_t{256});
  if (request.contains("curve")) size.curve = CurveOfName(Text(request, "curve")).value();
  const auto* jws = FindJwsAlgorithm(Text(request, "alg"));
  hsm::KeyPairTemplate pair;
  if (jws != nullptr) {
    FLORIN_TRY(pair, SigningPair(*jws, size.rsa_length, size.curve, label));
  } else {
    const auto* jwe = FindJweAlgorithm(Text(request, "alg"));
    if (jwe == nullptr) return kUnknown;
    FLORIN_TRY(pair, JweKeyPair(label, jwe->algorithm, size));
  }
  FLORIN_TRY(const JosePublicKey key, interop::MakePair(*session_, std::move(pair)));
  Json answer = interop::Describe(key);
  answer["key"] = label;
  return answer;
}

Result<Json> Peer::Seal(const Json& request) {
  FLORIN_TRY(JweProfile profile, JweProfileOf(request));
  const Bytes plaintext = Hex(request, "plaintext");
  JweSenderOptions options;
  options.apu = Hex(request, "apu");
  options.apv = Hex(request, "apv");
  const std::string kid = Text(request, "kid");
  if (request.contains("secret")) {
    FLORIN_TRY(const hsm::KeyRef key, SharedKey(profile, request, JweDirection::kSend));
    FLORIN_TRY(const auto sender, JweSender::UnderSharedKey(std::move(profile), key, kid, options));
    FLORIN_TRY(std::string text, sender.Seal(*session_, plaintext));
    return Json{{"text", std::move(text)}};
  }
  FLORIN_TRY(JosePublicKey key, interop::PublicKeyOf(request));
  FLORIN_TRY(const auto sender,
             JweSender::ToPublicKey(std::move(profile), std::move(key), kid, options));
  FLORIN_TRY(std::string text, sender.Seal(plaintext));
  return Json{{"text", std::move(text)}};
}

Result<Json> Peer::Open(const Json& request) {
  FLORIN_TRY(JweProfile profile, JweProfileOf(request));
  const bool shared = request.contains("secret");
  FLORIN_TRY(auto key, shared ? SharedKey(profile, request, JweDirection::kReceive)
                              : hsm::KeyRef::Create(hsm::KeyClass::kPrivate, Text(request, "key")));
  FLORIN_TRY(const Jwe jwe,
             Jwe::Create(std::move(profile), {{std::move(key), Text(request, "kid")}}));
  const std::string text = Text(request, "text");
  if (request.contains("inner")) {
    FLORIN_TRY(const JwsVerifier verifier, VerifierOf(request.at("inner")));
    FLORIN_TRY(const NestedMessage nested, OpenNested(jwe, verifier, *session_, text));
    return Json{{"plaintext", HexOf(nested.inner.payload)}, {"kid", nested.outer.kid}};
  }
  FLORIN_TRY(const JweMessage message, jwe.Open(*session_, text));
  return Json{{"plaintext", HexOf(message.plaintext)}, {"kid", message.kid}};
}

Result<Json> Peer::Sign(const Json& request) {
  FLORIN_TRY(JwsProfile profile, JwsProfileOf(request));
  FLORIN_TRY(hsm::KeyRef key, SigningKey(request));
  FLORIN_TRY(const JwsSigner signer,
             JwsSigner::Create(std::move(profile), std::move(key), Text(request, "kid")));
  FLORIN_TRY(std::string text, signer.Sign(*session_, Hex(request, "payload")));
  return Json{{"text", std::move(text)}};
}

Result<JwsVerifier> Peer::VerifierOf(const Json& request) {
  FLORIN_TRY(JwsProfile profile, JwsProfileOf(request));
  if (request.contains("secret")) {
    FLORIN_TRY(const hsm::KeyRef key, SigningKey(request));
    return JwsVerifier::Create(std::move(profile), {{key, Text(request, "kid")}});
  }
  FLORIN_TRY(const JosePublicKey key, interop::PublicKeyOf(request));
  return JwsVerifier::Create(std::move(profile), {{key, Text(request, "kid")}});
}

Result<Json> Peer::Verify(const Json& request) {
  FLORIN_TRY(const JwsVerifier verifier, VerifierOf(request));
  const std::string text = Text(request, "text");
  const Bytes detached = Hex(request, "detached");
  FLORIN_TRY(const JwsMessage message, request.contains("detached")
                                           ? verifier.VerifyDetached(*session_, text, detached)
                                           : verifier.Verify(*session_, text));
  return Json{{"payload", HexOf(message.payload)}, {"kid", message.kid}};
}

Result<Json> Peer::Answer(const Json& request) {
  const std::string what = Text(request, "do");
  if (what == "pair") return Pair(request);
  if (what == "seal") return Seal(request);
  if (what == "open") return Open(request);
  if (what == "sign") return Sign(request);
  if (what == "verify") return Verify(request);
  if (what != "describe") return kUnknown;
  FLORIN_TRY(const JosePublicKey key, interop::PublicKeyOf(request));
  return interop::Describe(key);
}

}  // namespace
}  // namespace florin::payload

int main() {
  florin::payload::Peer peer;
  return florin::interop::Serve([&peer](const auto& request) { return peer.Answer(request); });
}
