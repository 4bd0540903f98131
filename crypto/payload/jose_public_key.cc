#include "florin/payload/jose_public_key.h"

#include <utility>

#include "crypto/base/json.h"
#include "crypto/base/json_writer.h"
#include "crypto/payload/jose_public_key_parts.h"
#include "crypto/primitives/certificate.h"
#include "crypto/primitives/curve_key.h"
#include "crypto/primitives/hash.h"
#include "crypto/primitives/rsa_der.h"
#include "florin/base/base64.h"

namespace florin::payload {
namespace {

using primitives::RsaPublicKey;

constexpr std::size_t kMaxJwkBytes = 4096;
constexpr std::string_view kEcType = "EC";
constexpr std::string_view kOctetType = "OKP";
constexpr std::uint8_t kUncompressed = 4;  // SEC 1 2.3.3

// RFC 7518 6.2.2, 6.3.2, 6.4.1.
constexpr std::string_view kPrivateMembers[] = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"};

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

Result<std::string> WriteCurveJwk(const JwkCurveKey& key) {
  std::string json;
  JsonWriter writer(&json);
  writer.BeginObject();
  key.WriteMembers(writer);
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

Result<std::shared_ptr<const JosePublicKey::Parts>> PartsOf(JwkCurveKey key) {
  Bytes spki(kMaxCurveSpkiSize);
  FLORIN_TRY(const std::size_t size, primitives::WriteCurveSpki(key.curve(), key.bytes(), spki));
  spki.resize(size);
  FLORIN_TRY(std::string jwk, WriteCurveJwk(key));
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

Result<JwkCurveKey> JwkCurveKey::Create(Curve curve, ByteView bytes) {
  FLORIN_CHECK_OK(primitives::CheckPublicKey(curve, bytes));
  return JwkCurveKey(curve, bytes);
}

Result<JwkCurveKey> JwkCurveKey::FromJwk(const JsonObject& jwk) {
  FLORIN_TRY(const std::string_view type, jwk.GetString("kty"));
  FLORIN_TRY(const std::string_view name, jwk.GetString("crv"));
  const auto curve = CurveOfName(name);
  if (!curve.has_value() || type != (IsWeierstrass(*curve) ? kEcType : kOctetType)) {
    return Error(ErrorCode::kUnsupported, "JWK: no such curve, or not one of this type");
  }
  std::array<std::uint8_t, kMaxCurvePublicSize> bytes;
  const CurveInfo& info = InfoOf(*curve);
  const bool is_point = IsWeierstrass(*curve);
  std::size_t at = 0;
  if (is_point) bytes[at++] = kUncompressed;
  for (const char* member : {"x", "y"}) {
    if (at == info.public_size) break;
    FLORIN_TRY(const std::string_view text, jwk.GetString(member));
    const auto size =
        Base64Decode(text, Base64Form::kUrl, MutableBytes(bytes).subspan(at, info.private_size));
    if (!size.ok() || *size != info.private_size) {
      return Error(ErrorCode::kMalformed, "JWK: a coordinate is not as long as the curve's field");
    }
    at += *size;
  }
  return Create(*curve, ByteView(bytes).first(at));
}

void JwkCurveKey::WriteMembers(JsonWriter& writer) const {
  writer.String("crv", InfoOf(curve_).name);
  if (!IsWeierstrass(curve_)) {
    writer.String("kty", kOctetType);
    writer.String("x", Base64Encode(bytes(), Base64Form::kUrl));
    return;
  }
  const std::size_t field = InfoOf(curve_).private_size;
  writer.String("kty", kEcType);
  writer.String("x", Base64Encode(bytes().subspan(1, field), Base64Form::kUrl));
  writer.String("y", Base64Encode(bytes().subspan(1 + field), Base64Form::kUrl));
}

const JwkCurveKey* CurvePartOf(const JosePublicKey& key) {
  return std::get_if<JwkCurveKey>(&key.parts().key);
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
  if (type == kEcType || type == kOctetType) {
    FLORIN_TRY(const JwkCurveKey key, JwkCurveKey::FromJwk(jwk));
    FLORIN_TRY(auto parts, PartsOf(key));
    return JosePublicKey(std::move(parts));
  }
  if (type != "RSA") return Error(ErrorCode::kUnsupported, "JWK: kty is none of EC, OKP, RSA");
  FLORIN_TRY(RsaPublicKey key, RsaKeyOfJwk(jwk));
  FLORIN_TRY(auto parts, PartsOf(std::move(key)));
  return JosePublicKey(std::move(parts));
}

Result<JosePublicKey> JosePublicKey::FromSpki(ByteView der) {
  if (const auto view = primitives::ParseCurveSpki(der); view.ok()) {
    FLORIN_TRY(const JwkCurveKey key, JwkCurveKey::Create(view->curve, view->public_key));
    FLORIN_TRY(auto parts, PartsOf(key));
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
