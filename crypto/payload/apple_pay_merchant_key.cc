#include <algorithm>

#include "crypto/base/ber_reader.h"
#include "crypto/payload/oids.h"
#include "crypto/primitives/certificate.h"
#include "crypto/primitives/ec.h"
#include "crypto/primitives/hash.h"
#include "florin/base/hex.h"
#include "florin/payload/apple_pay.h"

namespace florin::payload {
namespace {

constexpr std::size_t kMaxMerchantIdentifier = 255;

Status CheckKeyClass(const hsm::KeyRef& key) {
  if (key.key_class() == hsm::KeyClass::kPrivate) return OkStatus();
  return Error(ErrorCode::kInvalidArgument, "a merchant key must name a private key");
}

Status CheckMerchantIdentifier(std::string_view merchant_identifier) {
  if (!merchant_identifier.empty() && merchant_identifier.size() <= kMaxMerchantIdentifier) {
    return OkStatus();
  }
  return Error(ErrorCode::kInvalidArgument,
               "a merchant identifier has 1 to 255 characters, such as merchant.com.example");
}

Status CopyPoint(const primitives::EcPublicKey& key, std::array<std::uint8_t, 65>& point) {
  if (key.curve() != Curve::kP256) {
    return Error(ErrorCode::kUnsupported, "the merchant key is not on P-256; EC_v1 needs that");
  }
  std::copy(key.point().begin(), key.point().end(), point.begin());
  return OkStatus();
}

Result<std::array<std::uint8_t, 32>> PublicKeyHash(const primitives::EcPublicKey& key) {
  std::array<std::uint8_t, primitives::SpkiSize(Curve::kP256)> spki;
  FLORIN_CHECK_OK(key.ToSpki(spki));
  std::array<std::uint8_t, 32> hash;
  FLORIN_CHECK_OK(primitives::Digest(Hash::kSha256, ByteView(spki), hash));
  return hash;
}

// The extension's value is UTF8String, 64 upper-case hexadecimal digits.
Result<std::array<std::uint8_t, 32>> MerchantIdHash(ByteView extension) {
  const Error malformed(ErrorCode::kMalformed,
                        "the extension 1.2.840.113635.100.6.32 does not hold a SHA-256 value");
  BerReader reader(extension, BerRules::kDer);
  FLORIN_TRY(const BerElement text, reader.Read(asn1::kUtf8String));
  FLORIN_CHECK_OK(reader.ExpectEnd());
  std::array<std::uint8_t, 32> hash;
  if (text.content.size() != HexEncodedSize(hash.size())) return malformed;
  if (!HexDecode(AsText(text.content), hash).ok()) return malformed;
  return hash;
}

}  // namespace

Result<ApplePayMerchantKey> ApplePayMerchantKey::FromCertificate(hsm::KeyRef private_key,
                                                                 ByteView certificate_der) {
  FLORIN_CHECK_OK(CheckKeyClass(private_key));
  FLORIN_TRY(const primitives::Certificate certificate,
             primitives::Certificate::FromDer(certificate_der));
  auto extension = certificate.Extension(oids::kAppleMerchant);
  if (!extension.ok()) {
    return Error(ErrorCode::kInvalidArgument,
                 "this is no payment processing certificate: it lacks 1.2.840.113635.100.6.32 (was "
                 "the merchant identity certificate given?)");
  }
  ApplePayMerchantKey key(std::move(private_key));
  FLORIN_TRY(key.merchant_id_hash_, MerchantIdHash(*extension));
  FLORIN_TRY(const primitives::EcPublicKey public_key, certificate.EcKey());
  FLORIN_CHECK_OK(CopyPoint(public_key, key.public_point_));
  FLORIN_TRY(key.public_key_hash_, PublicKeyHash(public_key));
  return key;
}

Result<ApplePayMerchantKey> ApplePayMerchantKey::FromCertificate(
    hsm::KeyRef private_key, ByteView certificate_der, std::string_view merchant_identifier) {
  FLORIN_CHECK_OK(CheckMerchantIdentifier(merchant_identifier));
  FLORIN_TRY(ApplePayMerchantKey key, FromCertificate(std::move(private_key), certificate_der));
  std::array<std::uint8_t, 32> hash;
  FLORIN_CHECK_OK(primitives::Digest(Hash::kSha256, AsBytes(merchant_identifier), hash));
  if (hash != key.merchant_id_hash_) {
    return Error(ErrorCode::kInvalidArgument,
                 "the certificate was issued for another merchant identifier: its extension "
                 "1.2.840.113635.100.6.32 is not the SHA-256 of the one given");
  }
  return key;
}

Result<ApplePayMerchantKey> ApplePayMerchantKey::FromMerchantIdentifier(
    hsm::KeyRef private_key, std::string_view merchant_identifier, ByteView public_point) {
  FLORIN_CHECK_OK(CheckKeyClass(private_key));
  FLORIN_CHECK_OK(CheckMerchantIdentifier(merchant_identifier));
  ApplePayMerchantKey key(std::move(private_key));
  FLORIN_CHECK_OK(
      primitives::Digest(Hash::kSha256, AsBytes(merchant_identifier), key.merchant_id_hash_));
  FLORIN_TRY(const primitives::EcPublicKey public_key,
             primitives::EcPublicKey::FromPoint(Curve::kP256, public_point));
  FLORIN_CHECK_OK(CopyPoint(public_key, key.public_point_));
  FLORIN_TRY(key.public_key_hash_, PublicKeyHash(public_key));
  return key;
}

}  // namespace florin::payload
