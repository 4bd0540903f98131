#include "crypto/base/ber_reader.h"
#include "crypto/payload/apple_pay_seal.h"
#include "crypto/payload/oids.h"
#include "crypto/primitives/certificate.h"
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

// RFC 5280 4.2.1.12. An extension that cannot be read is not one for clients.
bool IsForTlsClients(const primitives::Certificate& certificate) {
  const auto extension = certificate.Extension(oids::kExtendedKeyUsage);
  if (!extension.ok()) return false;
  BerReader outer(*extension, BerRules::kDer);
  auto purposes = outer.Enter(asn1::kSequence);
  if (!purposes.ok()) return false;
  while (!purposes->empty()) {
    const auto purpose = purposes->ReadOid();
    if (!purpose.ok()) return false;
    if (SameBytes(*purpose, oids::kClientAuth)) return true;
  }
  return false;
}

// Apple names the two certificates of a merchant alike: "Apple Pay Payment Processing:merchant.x",
// and "Apple Pay Merchant Identity:merchant.x" or "Merchant ID: merchant.x". The bytes of such a
// name are found without reading the whole Name around them.
bool IsNamedForIdentity(const primitives::Certificate& certificate) {
  const std::string_view subject = AsText(certificate.subject());
  return subject.find("Merchant Identity:") != std::string_view::npos ||
         subject.find("Merchant ID:") != std::string_view::npos;
}

Status CheckIsForProcessing(const primitives::Certificate& certificate) {
  if (IsForTlsClients(certificate) || IsNamedForIdentity(certificate)) {
    return Error(ErrorCode::kInvalidArgument,
                 "this is the merchant identity certificate, with which a web server logs in at "
                 "Apple; tokens are encrypted to the payment processing certificate");
  }
  if (!certificate.HasExtension(oids::kAppleMerchant)) {
    return Error(ErrorCode::kInvalidArgument,
                 "this is no payment processing certificate: it lacks 1.2.840.113635.100.6.32");
  }
  return OkStatus();
}

}  // namespace

Status ApplePayMerchantKey::SetPublicKey(ByteView info) {
  FLORIN_TRY(version_, ApplePayVersionOf(info));
  public_key_info_.assign(info.begin(), info.end());
  return primitives::Digest(Hash::kSha256, info, public_key_hash_);
}

Result<ApplePayMerchantKey> ApplePayMerchantKey::FromCertificate(hsm::KeyRef private_key,
                                                                 ByteView certificate_der) {
  FLORIN_CHECK_OK(CheckKeyClass(private_key));
  FLORIN_TRY(const primitives::Certificate certificate,
             primitives::Certificate::FromDer(certificate_der));
  FLORIN_CHECK_OK(CheckIsForProcessing(certificate));
  FLORIN_TRY(const ByteView extension, certificate.Extension(oids::kAppleMerchant));
  ApplePayMerchantKey key(std::move(private_key));
  FLORIN_TRY(key.merchant_id_hash_, MerchantIdHash(extension));
  FLORIN_CHECK_OK(key.SetPublicKey(certificate.spki()));
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
    hsm::KeyRef private_key, std::string_view merchant_identifier, ByteView public_key) {
  FLORIN_CHECK_OK(CheckKeyClass(private_key));
  FLORIN_CHECK_OK(CheckMerchantIdentifier(merchant_identifier));
  ApplePayMerchantKey key(std::move(private_key));
  FLORIN_CHECK_OK(
      primitives::Digest(Hash::kSha256, AsBytes(merchant_identifier), key.merchant_id_hash_));
  FLORIN_TRY(const Bytes info, ApplePayPublicKeyInfo(public_key));
  FLORIN_CHECK_OK(key.SetPublicKey(info));
  return key;
}

}  // namespace florin::payload
