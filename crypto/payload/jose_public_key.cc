#include "florin/payload/jose_public_key.h"

#include <algorithm>
#include <utility>

#include "crypto/base/json.h"
#include "crypto/base/json_writer.h"
#include "crypto/payload/jose_public_key_parts.h"
#include "crypto/primitives/certificate.h"
#include "crypto/primitives/hash.h"
#include "crypto/primitives/rsa_der.h"
#include "florin/base/base64.h"

namespace florin::payload {
namespace {

using primitives::EcPublicKey;
using primitives::RsaPublicKey;

constexpr std::size_t kMaxJwkBytes = 4096;

// RFC 7518 6.2.2, 6.3.2, 6.4.1.
constexpr std::string_view kPrivateMembers[] = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"};

struct CurveName {
  Curve curve;
  std::string_view name;
};
constexpr CurveName kCurves[] = {{Curve::kP256, "P-256"}, {Curve::kP384, "P-384"}};

std::array<std::uint8_t, 32> Sha256(ByteView bytes) {
  std::array<std::uint8_t, 32> digest;
  FLORIN_INVARIANT(primitives::Digest(Hash::kSha256, bytes, digest).ok());
  return digest;
}

// RFC 7518 2, Base64urlUInt: without leading zeros, which RSA's numbers have none of.
Result<RsaPublicKey> RsaKeyOfJwk(const JsonObject& jwk) {
  FLORIN_TRY(const std::string_view n, jwk.GetString("n"));
  FLORIN_TRY(const std::string_view e, jwk.GetString("e"));
  FLORIN_TRY(const Bytes modulus, Base64Decode(n, Base64Form::kUrl));
  FLORIN_TRY(const Bytes exponent, Base64Decode(e, Base64Form::kUrl));
  return RsaPublicKey::FromNumbers(modulus, exponent);
}

// RFC 7638 3.2: members in the order of their names, no white space.
Result<std::string> WriteJwk(const EcPublicKey& key) {
  std::string json;
  JsonWriter writer(&json);
  writer.BeginObject();
  writer.String("crv", JwkCurveName(key.curve()));
  writer.String("kty", "EC");
  writer.String("x", Base64Encode(key.x(), Base64Form::kUrl));
  writer.String("y", Base64Encode(key.y(), Base64Form::kUrl));
  writer.EndObject();
  FLORIN_CHECK_OK(writer.Finish());
  return json;
}

Result<std::string> WriteRsaJwk(ByteView spki) {
  FLORIN_TRY(const auto numbers, primitives::ParseRsaSpki(spki));
  std::string json;
  JsonWriter writer(&json);
  writer.BeginObject();
  writer.String("e", Base64Encode(numbers.exponent, Base64Form::kUrl));
  writer.String("kty", "RSA");
  writer.String("n", Base64Encode(numbers.modulus, Base64Form::kUrl));
  writer.EndObject();
  FLORIN_CHECK_OK(writer.Finish());
  return json;
}

Result<std::shared_ptr<const JosePublicKey::Parts>> PartsOf(EcPublicKey key) {
  Bytes spki(primitives::SpkiSize(key.curve()));
  FLORIN_CHECK_OK(key.ToSpki(spki));
  FLORIN_TRY(std::string jwk, WriteJwk(key));
  return std::make_shared<const JosePublicKey::Parts>(
      JosePublicKey::Parts{key, std::move(spki), std::move(jwk)});
}

Result<std::shared_ptr<const JosePublicKey::Parts>> PartsOf(RsaPublicKey key) {
  FLORIN_TRY(Bytes spki, key.ToSpki());
  FLORIN_TRY(std::string jwk, WriteRsaJwk(spki));
  return std::make_shared<const JosePublicKey::Parts>(
      JosePublicKey::Parts{std::move(key), std::move(spki), std::move(jwk)});
}

}  // namespace

std::string_view JwkCurveName(Curve curve) {
  const auto* found = std::find_if(std::begin(kCurves), std::end(kCurves),
                                   [curve](const CurveName& row) { return row.curve == curve; });
  FLORIN_INVARIANT(found != std::end(kCurves));
  return found->name;
}

Result<EcPublicKey> EcKeyOfJwk(const JsonObject& jwk) {
  FLORIN_TRY(const std::string_view name, jwk.GetString("crv"));
  const auto* found = std::find_if(std::begin(kCurves), std::end(kCurves),
                                   [name](const CurveName& row) { return row.name == name; });
  if (found == std::end(kCurves)) {
    return Error(ErrorCode::kUnsupported, "JWK: the curve is neither P-256 nor P-384");
  }
  const std::size_t field = primitives::FieldSize(found->curve);
  std::array<std::uint8_t, primitives::kMaxPointSize> point;
  point[0] = 4;
  for (const auto& [member, at] : {std::pair("x", std::size_t{1}), std::pair("y", 1 + field)}) {
    FLORIN_TRY(const std::string_view text, jwk.GetString(member));
    const auto size = Base64Decode(text, Base64Form::kUrl, MutableBytes(point).subspan(at, field));
    if (!size.ok() || *size != field) {
      return Error(ErrorCode::kMalformed, "JWK: a coordinate is not as long as the curve's field");
    }
  }
  return EcPublicKey::FromPoint(found->curve, ByteView(point).first(1 + 2 * field));
}

const EcPublicKey* EcPartOf(const JosePublicKey& key) {
  return std::get_if<EcPublicKey>(&key.parts().key);
}
const RsaPublicKey* RsaPartOf(const JosePublicKey& key) {
  return std::get_if<RsaPublicKey>(&key.parts().key);
}

Result<JosePublicKey> JosePublicKey::FromJwk(std::string_view json) {
  JsonLimits limits;
  limits.max_bytes = kMaxJwkBytes;
  FLORIN_TRY(JsonParser parser, JsonParser::Create(limits));
  FLORIN_TRY(const JsonObject jwk, parser.ParseObject(json));
  for (const std::string_view member : kPrivateMembers) {
    if (jwk.Find(member).has_value()) {
      return Error(ErrorCode::kInvalidArgument, "JWK: the private part of a key has no place here");
    }
  }
  FLORIN_TRY(const std::string_view type, jwk.GetString("kty"));
  if (type == "EC") {
    FLORIN_TRY(const EcPublicKey key, EcKeyOfJwk(jwk));
    FLORIN_TRY(auto parts, PartsOf(key));
    return JosePublicKey(std::move(parts));
  }
  if (type != "RSA") return Error(ErrorCode::kUnsupported, "JWK: kty is neither EC nor RSA");
  FLORIN_TRY(RsaPublicKey key, RsaKeyOfJwk(jwk));
  FLORIN_TRY(auto parts, PartsOf(std::move(key)));
  return JosePublicKey(std::move(parts));
}

Result<JosePublicKey> JosePublicKey::FromSpki(ByteView der) {
  if (auto key = EcPublicKey::FromSpki(der); key.ok()) {
    FLORIN_TRY(auto parts, PartsOf(*key));
    return JosePublicKey(std::move(parts));
  }
  FLORIN_TRY(RsaPublicKey key, RsaPublicKey::FromSpki(der));
  FLORIN_TRY(auto parts, PartsOf(std::move(key)));
  return JosePublicKey(std::move(parts));
}

Result<JosePublicKey> JosePublicKey::FromCertificate(ByteView der) {
  FLORIN_TRY(const auto certificate, primitives::Certificate::FromDer(der));
  return FromSpki(certificate.spki());
}

std::string JosePublicKey::ToJwk() const { return parts_->jwk; }
ByteView JosePublicKey::spki() const { return parts_->spki; }
std::array<std::uint8_t, 32> JosePublicKey::Thumbprint() const {
  return Sha256(AsBytes(parts_->jwk));
}
std::array<std::uint8_t, 32> JosePublicKey::SpkiHash() const { return Sha256(parts_->spki); }

}  // namespace florin::payload
