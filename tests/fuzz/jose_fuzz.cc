// Fuzzes the texts of JWE and JWS, compact and JSON, up to and with their keys: profiles that take
// everything, and those of schemes. Nothing that comes is opened by a key that nobody has; what
// ReadJweText reads lies within the text.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "crypto/payload/jwe_text.h"
#include "florin/hsm/soft_session.h"
#include "florin/payload/jwe.h"
#include "florin/payload/jwe_keys.h"
#include "florin/payload/jws.h"

namespace florin::payload {
namespace {

constexpr std::size_t kMaxBytes = 16 * 1024;

struct Sides {
  std::unique_ptr<hsm::Session> session;
  std::vector<Jwe> openers;
  std::vector<JwsVerifier> verifiers;
};

void AddShared(Sides& sides, JweProfile profile, const char* label) {
  auto key = JweSharedKey(label, profile.algorithms.front(), profile.encryptions.front(),
                          JweDirection::kReceive)
                 .value();
  key.persistent = false;
  FLORIN_INVARIANT(sides.session->Generate(key).ok());
  JweOptions options;
  options.max_bytes = kMaxBytes;
  sides.openers.push_back(Jwe::Create(std::move(profile), {{*key.name}}, options).value());
}

void AddPair(Sides& sides, JweProfile profile, const char* label) {
  auto pair = JweKeyPair(label, profile.algorithms.front()).value();
  pair.private_key.persistent = false;
  pair.public_key.persistent = false;
  FLORIN_INVARIANT(sides.session->GeneratePair(pair).ok());
  JweOptions options;
  options.max_bytes = kMaxBytes;
  sides.openers.push_back(
      Jwe::Create(std::move(profile), {{*pair.private_key.name}}, options).value());
}

JweProfile Everything(JweAlgorithm algorithm, JweEncryption encryption) {
  JweProfile profile;
  profile.name = "everything";
  profile.algorithms = {algorithm};
  profile.encryptions = {encryption, JweEncryption::kA128Gcm};
  profile.any_member = true;
  profile.json = true;
  profile.unprotected = true;
  return profile;
}

Sides MakeSides() {
  Sides sides;
  sides.session = hsm::SoftToken::Create().value().OpenSession().value();
  AddShared(sides, Everything(JweAlgorithm::kA128Kw, JweEncryption::kA128CbcHs256), "kw");
  AddShared(sides, Everything(JweAlgorithm::kDirect, JweEncryption::kA128Gcm), "dir");
  AddShared(sides, VisaTokenServiceProfile(), "vts");
  AddPair(sides, Everything(JweAlgorithm::kEcdhEs, JweEncryption::kA256CbcHs512), "es");
  AddPair(sides, Everything(JweAlgorithm::kEcdhEsA128Kw, JweEncryption::kA256Gcm), "es-kw");
  JwsProfile profile;
  profile.name = "everything";
  profile.algorithms = {JwsAlgorithm::kEs256};
  profile.any_member = true;
  profile.json = true;
  profile.unprotected = true;
  const auto key = JosePublicKey::FromJwk(
      R"({"kty":"EC","crv":"P-256","x":"gI0GAILBdu7T53akrFmMyGcsF3n5dO7MmwNBHKW5SV0",)"
      R"("y":"SLW_xSffzlPWrHEVI30DHM_4egVwt3NQqeUD7nMFpps"})");
  JwsOptions options;
  options.max_bytes = kMaxBytes;
  sides.verifiers.push_back(JwsVerifier::Create(profile, {{key.value()}}, options).value());
  return sides;
}

void FuzzText(std::string_view text) {
  static const auto workspace = JoseWorkspace::Create(kMaxBytes).value();
  DecodedFields fields(workspace->fields, Base64Form::kUrl);
  const auto read = ReadJweText(*workspace, text, true, fields);
  if (!read.ok()) return;
  FLORIN_INVARIANT(read->recipient_count >= 1 && read->recipient_count <= kMaxRecipients);
  const auto profile = Everything(JweAlgorithm::kEcdhEs, JweEncryption::kA256Gcm);
  for (std::size_t i = 0; i < read->recipient_count; ++i) {
    const auto header = ReadJweHeader(profile, *read, read->recipients[i], fields);
    if (header.ok()) FLORIN_INVARIANT(header->epk.has_value());
  }
}

void FuzzOpen(std::string_view text) {
  static const auto& sides = *new const Sides(MakeSides());
  for (const Jwe& jwe : sides.openers) {
    FLORIN_INVARIANT(jwe.Open(*sides.session, text).code() == ErrorCode::kVerificationFailed);
  }
  for (const JwsVerifier& verifier : sides.verifiers) {
    FLORIN_INVARIANT(verifier.Verify(text).code() == ErrorCode::kVerificationFailed);
  }
  const auto jwk = JosePublicKey::FromJwk(text);
  if (!jwk.ok()) return;
  const auto again = JosePublicKey::FromJwk(jwk->ToJwk());
  FLORIN_INVARIANT(again.ok() && again->Thumbprint() == jwk->Thumbprint());
}

}  // namespace
}  // namespace florin::payload

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = florin::AsText(florin::ByteView(data, size));
  florin::payload::FuzzText(text);
  florin::payload::FuzzOpen(text);
  return 0;
}
