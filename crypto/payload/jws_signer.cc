#include <algorithm>
#include <array>
#include <utility>

#include "crypto/base/json_writer.h"
#include "crypto/payload/jose_public_key_parts.h"
#include "crypto/payload/jose_workspace.h"
#include "crypto/payload/jws_check.h"
#include "crypto/primitives/hash.h"
#include "florin/base/base64.h"
#include "florin/payload/jws.h"

namespace florin::payload {
namespace {

constexpr std::size_t kMaxPayload = std::size_t{2} << 20;
constexpr std::size_t kMaxSignature = 512;

}  // namespace

Curve CurveOf(const JwsAlgorithmRow& row) {
  switch (row.algorithm) {
    case JwsAlgorithm::kEs256: return Curve::kP256;
    case JwsAlgorithm::kEs384: return Curve::kP384;
    case JwsAlgorithm::kEs512: return Curve::kP521;
    default: return Curve::kEd25519;
  }
}

Status CheckProfile(const JwsProfile& profile) {
  if (profile.algorithms.empty()) {
    return Error(ErrorCode::kInvalidArgument, "a JWS profile names algorithms");
  }
  if (profile.unprotected && !profile.json) {
    return Error(ErrorCode::kInvalidArgument, "unprotected headers are a thing of JSON");
  }
  return OkStatus();
}

bool KeySuits(const JwsAlgorithmRow& row, const JwsKey& key) {
  const auto* public_key = std::get_if<JosePublicKey>(&key.key);
  switch (row.scheme) {
    case SignatureScheme::kHmac: {
      const auto* secret = std::get_if<hsm::KeyRef>(&key.key);
      return secret != nullptr && secret->key_class() == hsm::KeyClass::kSecret;
    }
    case SignatureScheme::kRsaPkcs1:
    case SignatureScheme::kRsaPss:
      return public_key != nullptr && RsaPartOf(*public_key) != nullptr;
    case SignatureScheme::kEcdsa:
    case SignatureScheme::kEdDsa: {
      const auto* key_part = public_key == nullptr ? nullptr : CurvePartOf(*public_key);
      return key_part != nullptr && key_part->curve() == CurveOf(row);
    }
  }
  return false;
}

namespace {

Result<std::size_t> SignText(hsm::Session& session, hsm::KeyHandle key, const JwsAlgorithmRow& row,
                             ByteView text, MutableBytes out) {
  switch (row.scheme) {
    case SignatureScheme::kHmac: return session.Sign(mechanisms::Hmac{row.hash, 0}, key, text, out);
    case SignatureScheme::kRsaPkcs1:
      return session.Sign(mechanisms::RsaPkcs1{row.hash}, key, text, out);
    case SignatureScheme::kRsaPss:
      return session.Sign(mechanisms::RsaPss{row.hash, false}, key, text, out);
    case SignatureScheme::kEdDsa: return session.Sign(mechanisms::Eddsa{}, key, text, out);
    case SignatureScheme::kEcdsa: break;
  }
  // Not every module hashes for ECDSA.
  std::array<std::uint8_t, primitives::kMaxDigestSize> storage;
  const MutableBytes digest = MutableBytes(storage).first(HashSize(row.hash));
  FLORIN_CHECK_OK(primitives::Digest(row.hash, text, digest));
  return session.Sign(mechanisms::Ecdsa{}, key, digest, out);
}

}  // namespace

struct JwsSigner::State {
  JwsProfile profile;
  hsm::KeyRef key;
  std::string kid;
  const JwsAlgorithmRow* algorithm;

  Result<std::string> WriteHeader() const;
};

// RFC 7515 5.1 step 4.
Result<std::string> JwsSigner::State::WriteHeader() const {
  std::string json;
  JsonWriter writer(&json);
  writer.BeginObject();
  writer.String("alg", algorithm->name);
  if (!kid.empty()) writer.String("kid", kid);
  for (const auto& [name, value] : profile.sent_members) writer.String(name, value);
  writer.EndObject();
  FLORIN_CHECK_OK(writer.Finish());
  return Base64Encode(AsBytes(json), Base64Form::kUrl);
}

Result<JwsSigner> JwsSigner::Create(JwsProfile profile, hsm::KeyRef key, std::string kid) {
  FLORIN_CHECK_OK(CheckProfile(profile));
  const JwsAlgorithmRow& row = RowOf(profile.algorithms.front());
  if ((row.scheme == SignatureScheme::kHmac) != (key.key_class() == hsm::KeyClass::kSecret) ||
      key.key_class() == hsm::KeyClass::kPublic) {
    return Error(ErrorCode::kInvalidArgument,
                 "HS* signs with a secret key, every other algorithm with a private one");
  }
  const auto& required = profile.required_members;
  if (kid.size() > kMaxKid ||
      (kid.empty() && std::find(required.begin(), required.end(), "kid") != required.end())) {
    return Error(ErrorCode::kInvalidArgument,
                 "the profile requires a key id, of at most 512 characters");
  }
  return JwsSigner(
      std::make_unique<State>(State{std::move(profile), std::move(key), std::move(kid), &row}));
}

JwsSigner::JwsSigner(std::unique_ptr<State> state) : state_(std::move(state)) {}
JwsSigner::JwsSigner(JwsSigner&&) noexcept = default;
JwsSigner& JwsSigner::operator=(JwsSigner&&) noexcept = default;
JwsSigner::~JwsSigner() = default;

Result<std::string> JwsSigner::Sign(hsm::Session& session, ByteView payload) const {
  FLORIN_INVARIANT(state_ != nullptr);
  if (payload.size() > kMaxPayload) {
    return Error(ErrorCode::kLimitExceeded, "JWS: the payload has at most 2 MiB");
  }
  FLORIN_TRY(std::string text, state_->WriteHeader());
  text += '.';
  text += Base64Encode(payload, Base64Form::kUrl);
  FLORIN_TRY(const hsm::KeyHandle key, session.Resolve(state_->key));
  std::array<std::uint8_t, kMaxSignature> signature;
  FLORIN_TRY(const std::size_t size,
             SignText(session, key, *state_->algorithm, AsBytes(text), signature));
  text += '.';
  text += Base64Encode(ByteView(signature).first(size), Base64Form::kUrl);
  return text;
}

}  // namespace florin::payload
