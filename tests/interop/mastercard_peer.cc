// Mastercard's client encryption with their own library at the other end. Each line of standard
// input asks for one thing, by "do":
//   pair         of RSA: its public half, and the "key" that names it here
//   describe     a public key, in every form
//   seal_jwe     "plaintext" by "enc" with an IV of "iv_length" bytes
//   open_jwe     "text" with "key"
//   seal_fields  "plaintext" by the profile that the request describes
//   open_fields  "text", an object, or "parts" that came in HTTP headers, with "key"
#include <algorithm>
#include <utility>

#include "crypto/payload/jose_tables.h"
#include "florin/base/hex.h"
#include "florin/payload/field_level_encryption.h"
#include "florin/payload/jwe.h"
#include "florin/payload/jwe_keys.h"
#include "tests/interop/peer.h"

namespace florin::payload {
namespace {

using interop::Hex;
using interop::HexOf;
using interop::Json;
using interop::Text;

const Error kUnknown(ErrorCode::kNotFound, "nothing is known by this name");

// The profile as it is, and for sending with another of its encryptions first.
Result<JweProfile> SendingProfile(const Json& request) {
  JweProfile profile = MastercardJweProfile();
  const auto* encryption = FindJweEncryption(Text(request, "enc"));
  auto& all = profile.encryptions;
  const auto chosen =
      encryption == nullptr ? all.end() : std::find(all.begin(), all.end(), encryption->encryption);
  if (chosen == all.end()) return kUnknown;
  std::iter_swap(all.begin(), chosen);
  profile.gcm_iv_lengths = {request.at("iv_length").get<std::size_t>()};
  return profile;
}

FieldLevelProfile FieldsOf(const Json& request) {
  FieldLevelProfile profile;
  if (Text(request, "encoding") == "base64") {
    profile.encoding = FieldLevelProfile::Encoding::kBase64;
  }
  if (request.value("oaep", 256) == 512) profile.default_oaep_hash = Hash::kSha512;
  if (request.contains("value_name")) profile.encrypted_value = Text(request, "value_name");
  return profile;
}

class Peer {
 public:
  Result<Json> Answer(const Json& request);

 private:
  Result<Json> Pair(const Json& request);
  Result<Json> OpenJwe(const Json& request);
  Result<Json> OpenFields(const Json& request);

  std::unique_ptr<hsm::Session> session_ = interop::OpenSession();
};

Result<hsm::KeyRef> KeyOf(const Json& request) {
  return hsm::KeyRef::Create(hsm::KeyClass::kPrivate, Text(request, "key"));
}

Result<Json> Peer::Pair(const Json& request) {
  const std::string label = interop::NewLabel();
  JweKeySize size;
  size.rsa_length = request.at("rsa_length").get<std::size_t>();
  FLORIN_TRY(auto pair, JweKeyPair(label, JweAlgorithm::kRsaOaep256, size));
  FLORIN_TRY(const JosePublicKey key, interop::MakePair(*session_, std::move(pair)));
  Json answer = interop::Describe(key);
  answer["key"] = label;
  return answer;
}

Result<Json> SealJwe(const Json& request) {
  FLORIN_TRY(JweProfile profile, SendingProfile(request));
  FLORIN_TRY(JosePublicKey key, interop::PublicKeyOf(request));
  const std::string kid = HexEncode(key.SpkiHash());
  FLORIN_TRY(const auto sender, JweSender::ToPublicKey(std::move(profile), std::move(key), kid));
  FLORIN_TRY(std::string text, sender.Seal(Hex(request, "plaintext")));
  return Json{{"text", std::move(text)}};
}

Result<Json> Peer::OpenJwe(const Json& request) {
  FLORIN_TRY(hsm::KeyRef key, KeyOf(request));
  FLORIN_TRY(const Jwe jwe,
             Jwe::Create(MastercardJweProfile(), {{std::move(key), Text(request, "kid")}}));
  FLORIN_TRY(const JweMessage message, jwe.Open(*session_, Text(request, "text")));
  return Json{{"plaintext", HexOf(message.plaintext)}, {"kid", message.kid}};
}

Result<Json> SealFields(const Json& request) {
  FLORIN_TRY(const JosePublicKey key, interop::PublicKeyOf(request));
  FLORIN_TRY(std::string text, SealFieldLevel(FieldsOf(request), key, Hex(request, "plaintext")));
  return Json{{"text", std::move(text)}};
}

Result<Json> Peer::OpenFields(const Json& request) {
  FLORIN_TRY(hsm::KeyRef key, KeyOf(request));
  FLORIN_TRY(const auto opener,
             FieldLevelDecryptor::Create(FieldsOf(request),
                                         {{std::move(key), Text(request, "fingerprint")}}));
  if (request.contains("text")) {
    FLORIN_TRY(const SecretBytes opened, opener.Open(*session_, Text(request, "text")));
    return Json{{"plaintext", HexOf(opened)}};
  }
  const Json& parts = request.at("parts");
  const std::string value = Text(parts, "value"), wrapped = Text(parts, "key");
  const std::string iv = Text(parts, "iv"), oaep = Text(parts, "oaep");
  const std::string fingerprint = Text(parts, "fingerprint");
  FLORIN_TRY(const SecretBytes opened,
             opener.Open(*session_, FieldLevelText{value, wrapped, iv, oaep, fingerprint}));
  return Json{{"plaintext", HexOf(opened)}};
}

Result<Json> Peer::Answer(const Json& request) {
  const std::string what = Text(request, "do");
  if (what == "pair") return Pair(request);
  if (what == "seal_jwe") return SealJwe(request);
  if (what == "open_jwe") return OpenJwe(request);
  if (what == "seal_fields") return SealFields(request);
  if (what == "open_fields") return OpenFields(request);
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
