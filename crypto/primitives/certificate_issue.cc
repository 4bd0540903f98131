#include <openssl/x509v3.h>

#include <array>

#include "crypto/base/ber_reader.h"
#include "crypto/primitives/certificate.h"
#include "crypto/primitives/ec_internal.h"
#include "crypto/primitives/hash.h"
#include "crypto/primitives/x509_internal.h"

namespace florin::primitives {
namespace {

using ExtensionPtr = std::unique_ptr<X509_EXTENSION, OpensslFree<X509_EXTENSION_free>>;

constexpr std::size_t kKeyIdSize = 20;
constexpr std::size_t kMaxNameText = 64;  // RFC 5280 upper bounds

Error IssueRefused() {
  return Error(ErrorCode::kInvalidArgument, "OpenSSL cannot build the certificate described");
}

// A value that goes into the extension's OCTET STRING as it is.
bool AddExtension(X509* x509, const char* oid, bool critical, ByteView value) {
  const ObjectPtr object(OBJ_txt2obj(oid, 1));
  const std::unique_ptr<ASN1_OCTET_STRING, OpensslFree<ASN1_OCTET_STRING_free>> octets(
      ASN1_OCTET_STRING_new());
  if (object == nullptr || octets == nullptr ||
      ASN1_OCTET_STRING_set(octets.get(), value.data(), static_cast<int>(value.size())) != 1) {
    return false;
  }
  const ExtensionPtr extension(
      X509_EXTENSION_create_by_OBJ(nullptr, object.get(), critical ? 1 : 0, octets.get()));
  return extension != nullptr && X509_add_ext(x509, extension.get(), -1) == 1;
}

// The leftmost 160 bits of SHA-256 over the bits of the key (RFC 7093 2, method 1): of an EC key,
// the point.
Result<Bytes> KeyId(ByteView key_bits) {
  std::array<std::uint8_t, 32> digest{};
  FLORIN_CHECK_OK(Digest(Hash::kSha256, key_bits, digest));
  return Bytes(digest.begin(), digest.begin() + kKeyIdSize);
}

// What stands in the BIT STRING of a SubjectPublicKeyInfo.
Result<ByteView> KeyBits(ByteView info) {
  BerReader outer(info, BerRules::kDer);
  FLORIN_TRY(BerReader fields, outer.Enter(asn1::kSequence));
  FLORIN_CHECK_OK(outer.ExpectEnd());
  FLORIN_CHECK_OK(fields.Read(asn1::kSequence));
  FLORIN_TRY(const BerElement bits, fields.Read(asn1::kBitString));
  FLORIN_CHECK_OK(fields.ExpectEnd());
  if (bits.content.size() < 2) return Error(ErrorCode::kMalformed, "there is no public key");
  return bits.content.subspan(1);
}

PkeyPtr ReadPublicPkey(ByteView info) {
  const std::uint8_t* next = info.data();
  return PkeyPtr(
      d2i_PUBKEY_ex(nullptr, &next, static_cast<long>(info.size()), Evp()->context, nullptr));
}

bool AddConstraints(X509* x509, const CertificateTemplate& contents) {
  Bytes constraints = {0x30, 0x00};  // SEQUENCE { cA DEFAULT FALSE }
  if (contents.is_ca) {
    constraints = {0x30, 0x03, 0x01, 0x01, 0xff};
    if (contents.path_length.has_value()) {
      if (*contents.path_length < 0 || *contents.path_length > 127) return false;
      constraints[1] = 0x06;
      constraints.insert(constraints.end(),
                         {0x02, 0x01, static_cast<std::uint8_t>(*contents.path_length)});
    }
  }
  // keyCertSign and cRLSign, or what the key encrypts by, or digitalSignature. The third byte is
  // the number of unused bits.
  Bytes usage = contents.is_ca ? Bytes{0x03, 0x02, 0x01, 0x06} : Bytes{0x03, 0x02, 0x07, 0x80};
  if (!contents.is_ca && (contents.key_agreement || contents.key_encipherment)) {
    usage[2] = contents.key_agreement ? 0x03 : 0x05;
    usage[3] = static_cast<std::uint8_t>((contents.key_agreement ? 0x08 : 0) |
                                         (contents.key_encipherment ? 0x20 : 0));
  }
  return AddExtension(x509, "2.5.29.19", true, constraints) &&
         AddExtension(x509, "2.5.29.15", true, usage);
}

bool AddKeyIds(X509* x509, ByteView subject_id, ByteView issuer_id) {
  if (issuer_id.size() > 100) return false;
  Bytes subject = {0x04, static_cast<std::uint8_t>(subject_id.size())};
  subject.insert(subject.end(), subject_id.begin(), subject_id.end());
  // AuthorityKeyIdentifier { [0] keyIdentifier }
  Bytes authority = {0x30, static_cast<std::uint8_t>(issuer_id.size() + 2), 0x80,
                     static_cast<std::uint8_t>(issuer_id.size())};
  authority.insert(authority.end(), issuer_id.begin(), issuer_id.end());
  return AddExtension(x509, "2.5.29.14", false, subject) &&
         AddExtension(x509, "2.5.29.35", false, authority);
}

bool SetName(X509* x509, const CertificateTemplate& contents) {
  X509_NAME* name = X509_get_subject_name(x509);
  const auto add = [name](const char* field, const std::string& text) {
    if (text.empty()) return true;
    if (text.size() > kMaxNameText) return false;
    return X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8, AsBytes(text).data(),
                                      static_cast<int>(text.size()), -1, 0) == 1;
  };
  return add("O", contents.organization) && add("CN", contents.common_name);
}

bool SetSerial(X509* x509, RandomSource& random) {
  std::array<std::uint8_t, 16> bytes{};
  if (!random.Fill(bytes).ok()) return false;
  bytes[0] = static_cast<std::uint8_t>((bytes[0] & 0x7f) | 0x40);  // positive, full length
  const BnPtr number(BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr));
  return number != nullptr &&
         BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(x509)) != nullptr;
}

bool SetValidity(X509* x509, const Validity& validity) {
  return ASN1_TIME_set(X509_getm_notBefore(x509), static_cast<time_t>(validity.not_before.value)) !=
             nullptr &&
         ASN1_TIME_set(X509_getm_notAfter(x509), static_cast<time_t>(validity.not_after.value)) !=
             nullptr;
}

struct Issuer {
  const Certificate* certificate;  // null: self-signed
  const EcPrivateKey& key;
};

Result<Certificate> Issue(const CertificateTemplate& contents, ByteView subject_info,
                          const Issuer& issuer, RandomSource& random) {
  ErrorQueueScope errors;
  FLORIN_TRY(const ByteView subject_bits, KeyBits(subject_info));
  const X509Ptr x509(X509_new_ex(Evp()->context, nullptr));
  const PkeyPtr subject_pkey = ReadPublicPkey(subject_info);
  EVP_PKEY* signing_key = EcKeyAccess::Of(issuer.key).Pkey();
  if (x509 == nullptr || subject_pkey == nullptr || signing_key == nullptr) return IssueRefused();
  FLORIN_TRY(const Bytes subject_id, KeyId(subject_bits));
  FLORIN_TRY(Bytes issuer_id, KeyId(issuer.key.public_key().point()));
  if (issuer.certificate != nullptr) {
    auto id = issuer.certificate->SubjectKeyId();
    if (id.ok()) issuer_id.assign(id->begin(), id->end());
  }
  X509* x = x509.get();
  if (X509_set_version(x, X509_VERSION_3) != 1 || !SetSerial(x, random) || !SetName(x, contents) ||
      !SetValidity(x, contents.validity) || X509_set_pubkey(x, subject_pkey.get()) != 1 ||
      !AddConstraints(x, contents) || !AddKeyIds(x, subject_id, issuer_id)) {
    return IssueRefused();
  }
  const X509_NAME* issuer_name = X509_get_subject_name(
      issuer.certificate == nullptr ? x : CertificateAccess::X509Of(*issuer.certificate));
  if (X509_set_issuer_name(x, issuer_name) != 1) return IssueRefused();
  for (const CertificateTemplate::Extension& extension : contents.extensions) {
    if (!AddExtension(x, extension.oid.c_str(), extension.critical, extension.value)) {
      return IssueRefused();
    }
  }
  // RFC 5480 4: a hash as strong as the curve.
  constexpr std::array<Hash, kWeierstrassCurves> kHashes = {Hash::kSha256, Hash::kSha384,
                                                            Hash::kSha512};
  const Hash hash = kHashes[static_cast<std::size_t>(issuer.key.curve())];
  if (X509_sign(x, signing_key, Evp()->md(hash)) <= 0) return IssueRefused();
  return CertificateFromX509(x);
}

}  // namespace

Result<Certificate> IssueCertificate(const CertificateTemplate& contents,
                                     const EcPublicKey& subject_key, const Certificate& issuer,
                                     const EcPrivateKey& issuer_key, RandomSource& random) {
  std::array<std::uint8_t, kMaxSpkiSize> info{};
  const MutableBytes spki = MutableBytes(info).first(SpkiSize(subject_key.curve()));
  FLORIN_CHECK_OK(subject_key.ToSpki(spki));
  return IssueCertificate(contents, ByteView(spki), issuer, issuer_key, random);
}

Result<Certificate> IssueCertificate(const CertificateTemplate& contents, ByteView subject_info,
                                     const Certificate& issuer, const EcPrivateKey& issuer_key,
                                     RandomSource& random) {
  FLORIN_TRY(const EcPublicKey expected, issuer.EcKey());
  if (!expected.SameAs(issuer_key.public_key())) {
    return Error(ErrorCode::kInvalidArgument, "the key is not the issuer certificate's");
  }
  return Issue(contents, subject_info, Issuer{&issuer, issuer_key}, random);
}

Result<Certificate> IssueSelfSigned(const CertificateTemplate& contents, const EcPrivateKey& key,
                                    RandomSource& random) {
  std::array<std::uint8_t, kMaxSpkiSize> info{};
  const MutableBytes spki = MutableBytes(info).first(SpkiSize(key.curve()));
  FLORIN_CHECK_OK(key.public_key().ToSpki(spki));
  return Issue(contents, spki, Issuer{nullptr, key}, random);
}

}  // namespace florin::primitives
