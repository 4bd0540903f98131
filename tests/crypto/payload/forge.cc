#include "tests/crypto/payload/forge.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "crypto/base/asn1_time.h"
#include "crypto/base/ber_reader.h"
#include "crypto/payload/apple_pay_kdf.h"
#include "crypto/payload/oids.h"
#include "crypto/primitives/aes.h"
#include "crypto/primitives/hash.h"
#include "crypto/primitives/kdf.h"
#include "florin/base/base64.h"
#include "florin/base/hex.h"
#include "florin/base/random.h"

namespace florin::payload {
namespace {

using primitives::Certificate;
using primitives::EcPrivateKey;

// What cannot fail here stops the test program.
template <class T>
T Must(Result<T> result) {
  FLORIN_INVARIANT(result.ok());
  return std::move(result).value();
}
void Must(const Status& status) { FLORIN_INVARIANT(status.ok()); }

Bytes Copy(ByteView view) { return Bytes(view.begin(), view.end()); }

primitives::CertificateTemplate Template(const char* name, UnixSeconds not_after) {
  primitives::CertificateTemplate contents;
  contents.common_name = name;
  contents.organization = "Florin tests";
  contents.validity = {UnixSeconds{kForgeNow.value - 86400}, not_after};
  return contents;
}

Bytes Attribute(ByteView oid, const Bytes& value) {
  return Element(asn1::kSequence, {Element(asn1::kOid, {Copy(oid)}), Element(asn1::kSet, {value})});
}

Bytes Indefinite(std::uint8_t tag, std::initializer_list<Bytes> parts) {
  Bytes out = {tag, 0x80};
  for (const Bytes& part : parts) out.insert(out.end(), part.begin(), part.end());
  out.insert(out.end(), {0x00, 0x00});
  return out;
}

Bytes JoinAll(const std::vector<Bytes>& parts) {
  Bytes out;
  for (const Bytes& part : parts) out.insert(out.end(), part.begin(), part.end());
  return out;
}

Bytes BuildSigner(const ForgedSigner& signer, bool segmented) {
  std::vector<Bytes> attributes = signer.attributes;
  if (signer.sort_attributes) std::sort(attributes.begin(), attributes.end());
  Bytes signed_attributes = Element(asn1::kSet, {JoinAll(attributes)});
  if (signer.sign_as_sent) signed_attributes[0] = asn1::kContext0;
  std::array<std::uint8_t, 32> digest;
  Must(primitives::Digest(Hash::kSha256, ByteView(signed_attributes), digest));
  std::array<std::uint8_t, CmsSignedData::kMaxSignature> made;
  std::size_t size = made.size();
  if (const auto* ec = std::get_if<const EcPrivateKey*>(&signer.key)) {
    size = Must(primitives::EcdsaSignDer(**ec, digest, made));
  } else {
    Must(std::get<const primitives::RsaPrivateKey*>(signer.key)
             ->SignPkcs1(Hash::kSha256, digest, made));
  }
  signed_attributes[0] = asn1::kContext0;
  const ByteView signature = ByteView(made).first(size);
  Bytes octets = Element(asn1::kOctetString, {Copy(signature)});
  if (segmented) {
    octets = Indefinite(asn1::kConstructedOctetString,
                        {Element(asn1::kOctetString, {Copy(signature.first(10))}),
                         Element(asn1::kOctetString, {Copy(signature.subspan(10))})});
  }
  return Element(asn1::kSequence,
                 {signer.version, signer.name, signer.digest_algorithm, signed_attributes,
                  signer.signature_algorithm, octets, signer.unsigned_attributes});
}

}  // namespace

Bytes DerOf(const Certificate& certificate) { return Copy(certificate.der()); }

ForgedPki MakePki(const PkiOptions& options) {
  RandomSource& random = SystemRandom();
  const UnixSeconds far{kForgeNow.value + 10 * 365 * 86400LL};
  const Bytes null = {0x05, 0x00};

  auto root_contents = Template(options.root_name, far);
  root_contents.is_ca = true;
  EcPrivateKey root_key = Must(EcPrivateKey::Generate(Curve::kP384, random));
  Certificate root = Must(primitives::IssueSelfSigned(root_contents, root_key, random));

  auto ca_contents = Template("Test Application Integration CA - G3", far);
  ca_contents.is_ca = options.intermediate_is_ca;
  if (options.intermediate_marker) {
    ca_contents.extensions.push_back({oids::kAppleIntermediate, null, false});
  }
  EcPrivateKey ca_key = Must(EcPrivateKey::Generate(Curve::kP256, random));
  Certificate ca =
      Must(primitives::IssueCertificate(ca_contents, ca_key.public_key(), root, root_key, random));

  auto leaf_contents = Template("ecc-smp-broker-sign_TEST", options.leaf_not_after);
  if (options.leaf_marker) leaf_contents.extensions.push_back({oids::kAppleLeaf, null, false});
  EcPrivateKey leaf_key = Must(EcPrivateKey::Generate(options.leaf_curve, random));
  Certificate leaf =
      Must(primitives::IssueCertificate(leaf_contents, leaf_key.public_key(), ca, ca_key, random));
  auto rsa_contents = Template("rsa-smp-broker-sign_TEST", options.leaf_not_after);
  if (options.rsa_leaf_marker) rsa_contents.extensions.push_back({oids::kAppleLeaf, null, false});
  const Bytes rsa_info = InfoOf(SignerRsaKey());
  Certificate rsa_leaf =
      Must(primitives::IssueCertificate(rsa_contents, ByteView(rsa_info), ca, ca_key, random));
  return ForgedPki{{std::move(root), std::move(root_key)},
                   {std::move(ca), std::move(ca_key)},
                   {std::move(leaf), std::move(leaf_key)},
                   std::move(rsa_leaf)};
}

const primitives::RsaPrivateKey& SignerRsaKey() {
  static const auto& key =
      *new primitives::RsaPrivateKey(Must(primitives::RsaPrivateKey::Generate(2048)));
  return key;
}

const primitives::RsaPrivateKey& MerchantRsaKey() {
  static const auto& key =
      *new primitives::RsaPrivateKey(Must(primitives::RsaPrivateKey::Generate(2048)));
  return key;
}

Bytes InfoOf(const primitives::RsaPrivateKey& key) { return Must(Must(key.PublicKey()).ToSpki()); }

Bytes Join(std::initializer_list<ByteView> parts) {
  Bytes out;
  for (const ByteView part : parts) out.insert(out.end(), part.begin(), part.end());
  return out;
}

Bytes Element(std::uint8_t tag, std::initializer_list<Bytes> parts) {
  Bytes content;
  for (const Bytes& part : parts) content.insert(content.end(), part.begin(), part.end());
  Bytes out = {tag};
  if (content.size() < 0x80) {
    out.push_back(static_cast<std::uint8_t>(content.size()));
  } else if (content.size() < 0x100) {
    out.insert(out.end(), {0x81, static_cast<std::uint8_t>(content.size())});
  } else {
    out.insert(out.end(), {0x82, static_cast<std::uint8_t>(content.size() >> 8),
                           static_cast<std::uint8_t>(content.size())});
  }
  out.insert(out.end(), content.begin(), content.end());
  return out;
}

Bytes Sha256Algorithm(bool null_parameters) {
  return Element(asn1::kSequence, {Element(asn1::kOid, {Copy(oids::kSha256)}),
                                   null_parameters ? Bytes{0x05, 0x00} : Bytes{}});
}

Bytes EcdsaAlgorithm() {
  return Element(asn1::kSequence, {Element(asn1::kOid, {Copy(oids::kEcdsaWithSha256)})});
}

Bytes RsaAlgorithm() {
  return Element(asn1::kSequence,
                 {Element(asn1::kOid, {Copy(oids::kSha256WithRsa)}), Bytes{0x05, 0x00}});
}

Bytes ContentTypeAttribute() {
  return Attribute(oids::kContentType, Element(asn1::kOid, {Copy(oids::kData)}));
}

Bytes SigningTimeAttribute(UnixSeconds time) {
  std::array<std::uint8_t, 15> text;
  std::uint8_t tag = 0;
  const std::size_t size = Must(FormatAsn1Time(time, tag, text));
  return Attribute(oids::kSigningTime, Element(tag, {Copy(ByteView(text).first(size))}));
}

Bytes MessageDigestAttribute(ByteView digest) {
  return Attribute(oids::kMessageDigest, Element(asn1::kOctetString, {Copy(digest)}));
}

Bytes AlgorithmProtectionAttribute(const Bytes& digest_algorithm,
                                   const Bytes& signature_algorithm) {
  Bytes signature = signature_algorithm;
  signature[0] = asn1::kContext1;
  return Attribute(oids::kAlgorithmProtection,
                   Element(asn1::kSequence, {digest_algorithm, signature}));
}

ForgedCms MakeCms(const ForgedPki& pki, const std::array<std::uint8_t, 32>& content_digest,
                  UnixSeconds time, bool null_parameters) {
  ForgedCms cms;
  cms.version = {0x02, 0x01, 0x01};
  cms.digest_algorithms = {Sha256Algorithm(null_parameters)};
  cms.encapsulated_content =
      Indefinite(asn1::kSequence, {Element(asn1::kOid, {Copy(oids::kData)})});
  cms.certificates = {DerOf(pki.leaf.certificate), DerOf(pki.intermediate.certificate)};
  ForgedSigner signer;
  signer.version = {0x02, 0x01, 0x01};
  signer.name =
      Element(asn1::kSequence, {Copy(pki.leaf.certificate.issuer()),
                                Element(asn1::kInteger, {Copy(pki.leaf.certificate.serial())})});
  signer.digest_algorithm = Sha256Algorithm(null_parameters);
  signer.attributes = {
      ContentTypeAttribute(), SigningTimeAttribute(time), MessageDigestAttribute(content_digest),
      AlgorithmProtectionAttribute(Sha256Algorithm(null_parameters), EcdsaAlgorithm())};
  signer.signature_algorithm = EcdsaAlgorithm();
  signer.key = &pki.leaf.key;
  cms.signers.push_back(std::move(signer));
  return cms;
}

ForgedCms MakeRsaCms(const ForgedPki& pki, const std::array<std::uint8_t, 32>& content_digest,
                     UnixSeconds time) {
  ForgedCms cms = MakeCms(pki, content_digest, time);
  cms.certificates[0] = DerOf(pki.rsa_leaf);
  ForgedSigner& signer = cms.signers[0];
  signer.name = Element(asn1::kSequence, {Copy(pki.rsa_leaf.issuer()),
                                          Element(asn1::kInteger, {Copy(pki.rsa_leaf.serial())})});
  signer.attributes[3] = AlgorithmProtectionAttribute(Sha256Algorithm(), RsaAlgorithm());
  signer.signature_algorithm = RsaAlgorithm();
  signer.key = &SignerRsaKey();
  return cms;
}

Bytes BuildCms(const ForgedCms& cms) {
  std::vector<Bytes> signers;
  for (const ForgedSigner& signer : cms.signers) {
    signers.push_back(BuildSigner(signer, cms.segmented_signature));
  }
  const Bytes signed_data = Indefinite(
      asn1::kSequence,
      {cms.version, Element(asn1::kSet, {JoinAll(cms.digest_algorithms)}), cms.encapsulated_content,
       Indefinite(asn1::kContext0, {JoinAll(cms.certificates)}), cms.crls,
       Element(asn1::kSet, {JoinAll(signers)})});
  return Indefinite(asn1::kSequence, {Element(asn1::kOid, {Copy(oids::kSignedData)}),
                                      Indefinite(asn1::kContext0, {signed_data})});
}

namespace {

// A token without its key and its signature.
ForgedToken SealUnder(ByteView key, std::string_view plaintext, ByteView public_key_info) {
  ForgedToken token;
  token.data.resize(plaintext.size() + kApplePayTagSize);
  const MutableBytes out(token.data);
  Must(primitives::AesGcmSealOnce(key, kApplePayIv, {}, AsBytes(plaintext),
                                  out.first(plaintext.size()), out.last(kApplePayTagSize)));
  token.public_key_hash.resize(32);
  Must(primitives::Digest(Hash::kSha256, public_key_info, token.public_key_hash));
  token.transaction_id.resize(32);
  Must(SystemRandom().Fill(token.transaction_id));
  return token;
}

}  // namespace

ForgedToken Encrypt(std::string_view plaintext, ByteView merchant_point,
                    std::string_view merchant_identifier) {
  const EcPrivateKey ephemeral = Must(EcPrivateKey::Generate(Curve::kP256, SystemRandom()));
  std::array<std::uint8_t, 32> id_hash;
  Must(primitives::Digest(Hash::kSha256, AsBytes(merchant_identifier), id_hash));
  std::array<std::uint8_t, 32> z;
  Must(primitives::Ecdh(ephemeral, merchant_point, z));
  std::array<std::uint8_t, 32> key;
  const ApplePaySharedInfo info = MakeApplePaySharedInfo(id_hash);
  Must(primitives::OneStepKdf(Hash::kSha256, z, ByteView(info), key));

  std::array<std::uint8_t, 91> spki;
  Must(Must(primitives::EcPublicKey::FromPoint(Curve::kP256, merchant_point)).ToSpki(spki));
  ForgedToken token = SealUnder(key, plaintext, spki);
  token.key.resize(primitives::SpkiSize(Curve::kP256));
  Must(ephemeral.public_key().ToSpki(token.key));
  return token;
}

ForgedToken EncryptToRsa(std::string_view plaintext, const primitives::RsaPrivateKey& merchant,
                         std::size_t key_size) {
  Bytes key(key_size);
  Must(SystemRandom().Fill(key));
  ForgedToken token = SealUnder(key, plaintext, InfoOf(merchant));
  token.version = "RSA_v1";
  token.key.resize(merchant.modulus_size());
  Must(Must(merchant.PublicKey()).EncryptOaep(Hash::kSha256, key, token.key));
  return token;
}

std::array<std::uint8_t, 32> ContentDigest(const ForgedToken& token) {
  const Bytes application = token.application_data.value_or(Bytes{});
  std::array<std::uint8_t, 32> digest;
  Must(primitives::Digest(Hash::kSha256, {token.key, token.data, token.transaction_id, application},
                          digest));
  return digest;
}

std::string ToJson(const ForgedToken& token) {
  const auto base64 = [](const Bytes& bytes) {
    return "\"" + Base64Encode(bytes, Base64Form::kStandard) + "\"";
  };
  std::string json = "{\"version\":\"" + token.version + "\",\"data\":" + base64(token.data) +
                     ",\"signature\":" + base64(token.signature) + ",\"header\":{\"" +
                     (token.version == "RSA_v1" ? "wrappedKey" : "ephemeralPublicKey") +
                     "\":" + base64(token.key) +
                     ",\"publicKeyHash\":" + base64(token.public_key_hash) +
                     ",\"transactionId\":\"" + HexEncode(token.transaction_id) + "\"";
  if (token.application_data) {
    json += ",\"applicationData\":\"" + HexEncode(*token.application_data) + "\"";
  }
  return json + "}}";
}

std::string SamplePlaintext() {
  return R"({"applicationPrimaryAccountNumber":"4111111111111111",)"
         R"("applicationExpirationDate":"291231","currencyCode":"978","transactionAmount":1234,)"
         R"("cardholderName":"TEST CARD","deviceManufacturerIdentifier":"040010030273",)"
         R"("paymentDataType":"3DSecure","paymentData":{)"
         R"("onlinePaymentCryptogram":"AAECAwQFBgcICQoLDA0ODxAREhM=","eciIndicator":"7"}})";
}

}  // namespace florin::payload
