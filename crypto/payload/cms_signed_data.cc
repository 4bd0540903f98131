#include "crypto/payload/cms_signed_data.h"

#include <optional>
#include <span>

#include "crypto/base/asn1_time.h"
#include "crypto/base/ber_reader.h"
#include "crypto/base/ber_writer.h"
#include "crypto/payload/oids.h"
#include "crypto/primitives/hash.h"
#include "florin/base/hash.h"

namespace florin::payload {
namespace {

Error Malformed(const char* message) { return Error(ErrorCode::kMalformed, message); }
Error Unsupported(const char* message) { return Error(ErrorCode::kUnsupported, message); }

// RFC 5754 2: parameters absent, or NULL as some writers have it.
Status ReadSha256(BerReader algorithm) {
  FLORIN_TRY(const ByteView oid, algorithm.ReadOid());
  if (!SameBytes(oid, oids::kSha256)) return Unsupported("the digest algorithm is not SHA-256");
  if (algorithm.empty()) return OkStatus();
  FLORIN_TRY(const BerElement parameters, algorithm.Read(asn1::kNull));
  if (!parameters.content.empty()) return Malformed("a NULL has content");
  return algorithm.ExpectEnd();
}

// RFC 5754 3.3: ECDSA has no parameters; 3.2: those of RSA are NULL.
Result<CmsSignature> ReadSignatureAlgorithm(BerReader algorithm) {
  FLORIN_TRY(const ByteView oid, algorithm.ReadOid());
  if (SameBytes(oid, oids::kEcdsaWithSha256)) {
    FLORIN_CHECK_OK(algorithm.ExpectEnd());
    return CmsSignature::kEcdsa;
  }
  if (!SameBytes(oid, oids::kSha256WithRsa)) {
    return Unsupported(
        "the signature algorithm is neither ecdsa-with-SHA256 nor "
        "sha256WithRSAEncryption");
  }
  FLORIN_TRY(const BerElement parameters, algorithm.Read(asn1::kNull));
  if (!parameters.content.empty()) return Malformed("a NULL has content");
  FLORIN_CHECK_OK(algorithm.ExpectEnd());
  return CmsSignature::kRsaPkcs1;
}

// The issuer (whole Name) and serial number (content octets) that name a certificate.
struct IssuerAndSerial {
  ByteView issuer;
  ByteView serial;
};

bool Same(const IssuerAndSerial& a, const IssuerAndSerial& b) {
  return SameBytes(a.serial, b.serial) && SameBytes(a.issuer, b.issuer);
}

// RFC 5280 4.1: version [0], serialNumber, signature, issuer.
Result<IssuerAndSerial> NameOfCertificate(ByteView der) {
  BerReader outer(der, BerRules::kDer);
  FLORIN_TRY(BerReader certificate, outer.Enter(asn1::kSequence));
  FLORIN_CHECK_OK(outer.ExpectEnd());
  FLORIN_TRY(BerReader tbs, certificate.Enter(asn1::kSequence));
  if (tbs.NextIs(asn1::kContext0)) FLORIN_CHECK_OK(tbs.Read());
  IssuerAndSerial name;
  FLORIN_TRY(name.serial, tbs.ReadInteger());
  FLORIN_CHECK_OK(tbs.Read(asn1::kSequence));
  FLORIN_TRY(const BerElement issuer, tbs.Read(asn1::kSequence));
  name.issuer = issuer.whole;
  return name;
}

// The signed attributes that were seen, to refuse a second one of a kind.
class SeenAttributes {
 public:
  Status Add(ByteView oid) {
    for (const ByteView seen : std::span(oids_).first(size_)) {
      if (SameBytes(seen, oid)) return Malformed("a signed attribute occurs twice");
    }
    if (size_ == oids_.size()) {
      return Error(ErrorCode::kLimitExceeded, "there are more than 16 signed attributes");
    }
    oids_[size_++] = oid;
    return OkStatus();
  }

 private:
  std::array<ByteView, 16> oids_;
  std::size_t size_ = 0;
};

// X.690 11.6: the elements of a DER SET OF ascend as octet strings, the shorter one padded with
// zeros.
bool Ascends(ByteView a, ByteView b) { return AsText(a) < AsText(b); }

}  // namespace

// Walks one message front to back and notes the stage it is in.
class CmsReader {
 public:
  CmsReader(CmsSignedData& message, CmsStage& stage) : message_(message), stage_(stage) {}

  Status ReadContentInfo(ByteView cms);

 private:
  Status ReadSignedData(BerReader signed_data);
  Status ReadCertificates(BerReader certificates);
  Status ReadSignerInfo(BerReader signer);
  Status FindLeaf(const IssuerAndSerial& signer);
  Status ReadSignedAttributes(BerReader attributes);
  Status ReadAttribute(BerReader attribute);
  Status ReadAlgorithmProtection(BerReader protection);

  CmsSignedData& message_;
  CmsStage& stage_;
  SeenAttributes seen_;
  bool has_content_type_ = false;
  bool has_signing_time_ = false;
  std::optional<CmsSignature> protected_algorithm_;
};

Status CmsReader::ReadContentInfo(ByteView cms) {
  stage_ = CmsStage::kContentInfo;
  BerReader outer(cms);
  FLORIN_TRY(BerReader info, outer.Enter(asn1::kSequence));
  FLORIN_CHECK_OK(outer.ExpectEnd());
  FLORIN_TRY(const ByteView type, info.ReadOid());
  if (!SameBytes(type, oids::kSignedData)) return Malformed("the content type is not signedData");
  FLORIN_TRY(BerReader content, info.Enter(asn1::kContext0));
  FLORIN_CHECK_OK(info.ExpectEnd());
  FLORIN_TRY(BerReader signed_data, content.Enter(asn1::kSequence));
  FLORIN_CHECK_OK(content.ExpectEnd());
  return ReadSignedData(signed_data);
}

Status CmsReader::ReadSignedData(BerReader signed_data) {
  stage_ = CmsStage::kVersion;
  FLORIN_CHECK_OK(signed_data.ExpectInteger(1));

  stage_ = CmsStage::kDigestAlgorithms;
  FLORIN_TRY(BerReader digests, signed_data.Enter(asn1::kSet));
  FLORIN_TRY(BerReader digest, digests.Enter(asn1::kSequence));
  FLORIN_CHECK_OK(ReadSha256(digest));
  FLORIN_CHECK_OK(digests.ExpectEnd());

  stage_ = CmsStage::kEncapsulatedContent;
  FLORIN_TRY(BerReader content, signed_data.Enter(asn1::kSequence));
  FLORIN_TRY(const ByteView type, content.ReadOid());
  if (!SameBytes(type, oids::kData)) return Malformed("the encapsulated content type is not data");
  if (!content.empty()) return Malformed("the message carries content; it must be detached");

  stage_ = CmsStage::kCertificates;
  FLORIN_TRY(BerReader certificates, signed_data.Enter(asn1::kContext0));
  FLORIN_CHECK_OK(ReadCertificates(certificates));
  if (signed_data.NextIs(asn1::kContext1)) return Malformed("the message carries CRLs");

  stage_ = CmsStage::kSignerInfo;
  FLORIN_TRY(BerReader signers, signed_data.Enter(asn1::kSet));
  FLORIN_CHECK_OK(signed_data.ExpectEnd());
  FLORIN_TRY(BerReader signer, signers.Enter(asn1::kSequence));
  if (!signers.empty()) return Malformed("there is more than one SignerInfo");
  return ReadSignerInfo(signer);
}

Status CmsReader::ReadCertificates(BerReader certificates) {
  std::size_t count = 0;
  while (!certificates.empty()) {
    if (count == CmsSignedData::kCertificates) {
      return Malformed("there are more than two certificates");
    }
    FLORIN_TRY(const BerElement certificate, certificates.Read(asn1::kSequence));
    message_.certificates_[count++] = certificate.whole;
  }
  if (count != CmsSignedData::kCertificates) {
    return Malformed("there are fewer than two certificates");
  }
  if (SameBytes(message_.certificates_[0], message_.certificates_[1])) {
    return Malformed("the same certificate occurs twice");
  }
  return OkStatus();
}

Status CmsReader::ReadSignerInfo(BerReader signer) {
  FLORIN_CHECK_OK(signer.ExpectInteger(1));
  FLORIN_TRY(BerReader name, signer.Enter(asn1::kSequence));
  IssuerAndSerial signed_by;
  FLORIN_TRY(const BerElement issuer, name.Read(asn1::kSequence));
  signed_by.issuer = issuer.whole;
  FLORIN_TRY(signed_by.serial, name.ReadInteger());
  FLORIN_CHECK_OK(name.ExpectEnd());
  FLORIN_CHECK_OK(FindLeaf(signed_by));

  stage_ = CmsStage::kSignerDigestAlgorithm;
  FLORIN_TRY(BerReader digest, signer.Enter(asn1::kSequence));
  FLORIN_CHECK_OK(ReadSha256(digest));

  stage_ = CmsStage::kSignedAttributes;
  FLORIN_TRY(const BerElement attributes, signer.Read(asn1::kContext0));
  message_.signed_attributes_ = attributes.whole;
  // RFC 5652 5.3: signedAttrs are DER even where the rest is BER.
  FLORIN_TRY(BerReader in_der, signer.Open(attributes, BerRules::kDer));
  FLORIN_CHECK_OK(ReadSignedAttributes(in_der));

  stage_ = CmsStage::kSignatureAlgorithm;
  FLORIN_TRY(BerReader algorithm, signer.Enter(asn1::kSequence));
  FLORIN_TRY(message_.signature_algorithm_, ReadSignatureAlgorithm(algorithm));
  if (protected_algorithm_ && *protected_algorithm_ != message_.signature_algorithm_) {
    stage_ = CmsStage::kAlgorithmProtection;
    return Malformed("the protected signature algorithm is not that of the SignerInfo");
  }

  stage_ = CmsStage::kSignature;
  FLORIN_TRY(message_.signature_, signer.ReadOctets(message_.signature_scratch_));
  return signer.ExpectEnd();  // no unsigned attributes
}

Status CmsReader::FindLeaf(const IssuerAndSerial& signer) {
  std::size_t matches = 0;
  for (std::size_t i = 0; i < CmsSignedData::kCertificates; ++i) {
    FLORIN_TRY(const IssuerAndSerial name, NameOfCertificate(message_.certificates_[i]));
    if (!Same(name, signer)) continue;
    message_.leaf_index_ = i;
    ++matches;
  }
  if (matches == 1) return OkStatus();
  return Malformed("the SignerInfo does not name exactly one of the certificates");
}

Status CmsReader::ReadSignedAttributes(BerReader attributes) {
  ByteView previous;
  while (!attributes.empty()) {
    stage_ = CmsStage::kSignedAttributes;
    FLORIN_TRY(const BerElement attribute, attributes.Read(asn1::kSequence));
    if (!previous.empty() && !Ascends(previous, attribute.whole)) {
      return Malformed("the signed attributes are not in DER order");
    }
    previous = attribute.whole;
    FLORIN_TRY(BerReader content, attributes.Open(attribute));
    FLORIN_CHECK_OK(ReadAttribute(content));
  }
  stage_ = CmsStage::kContentType;
  if (!has_content_type_) return Malformed("the contentType attribute is missing");
  stage_ = CmsStage::kSigningTime;
  if (!has_signing_time_) return Malformed("the signingTime attribute is missing");
  stage_ = CmsStage::kMessageDigest;
  if (message_.message_digest_.empty()) return Malformed("the messageDigest is missing");
  return OkStatus();
}

Status CmsReader::ReadAttribute(BerReader attribute) {
  FLORIN_TRY(const ByteView type, attribute.ReadOid());
  FLORIN_CHECK_OK(seen_.Add(type));
  FLORIN_TRY(BerReader values, attribute.Enter(asn1::kSet));
  FLORIN_CHECK_OK(attribute.ExpectEnd());
  if (SameBytes(type, oids::kContentType)) {
    stage_ = CmsStage::kContentType;
    FLORIN_TRY(const ByteView content_type, values.ReadOid());
    if (!SameBytes(content_type, oids::kData)) return Malformed("the contentType is not data");
    has_content_type_ = true;
  } else if (SameBytes(type, oids::kSigningTime)) {
    stage_ = CmsStage::kSigningTime;
    FLORIN_TRY(message_.signing_time_, values.ReadTime());
    has_signing_time_ = true;
  } else if (SameBytes(type, oids::kMessageDigest)) {
    stage_ = CmsStage::kMessageDigest;
    FLORIN_TRY(message_.message_digest_, values.ReadOctets());
    if (message_.message_digest_.size() != 32)
      return Malformed("the messageDigest has not 32 bytes");
  } else if (SameBytes(type, oids::kAlgorithmProtection)) {
    stage_ = CmsStage::kAlgorithmProtection;
    FLORIN_TRY(BerReader protection, values.Enter(asn1::kSequence));
    FLORIN_CHECK_OK(ReadAlgorithmProtection(protection));
  } else {
    return OkStatus();
  }
  return values.ExpectEnd();  // exactly one value
}

// RFC 6211 2: { digestAlgorithm, signatureAlgorithm [1] IMPLICIT }. The profile leaves one choice
// for the digest, so what agrees with the profile agrees with the SignerInfo.
Status CmsReader::ReadAlgorithmProtection(BerReader protection) {
  FLORIN_TRY(BerReader digest, protection.Enter(asn1::kSequence));
  FLORIN_CHECK_OK(ReadSha256(digest));
  FLORIN_TRY(BerReader signature, protection.Enter(asn1::kContext1));
  FLORIN_TRY(protected_algorithm_, ReadSignatureAlgorithm(signature));
  return protection.ExpectEnd();
}

Status CmsSignedData::Read(ByteView cms, CmsStage& stage) {
  message_digest_ = {};
  return CmsReader(*this, stage).ReadContentInfo(cms);
}

Status CmsSignedData::SignedAttributesDigest(std::span<std::uint8_t, 32> digest) const {
  FLORIN_INVARIANT(!signed_attributes_.empty());
  const std::uint8_t set_of = asn1::kSet;
  return primitives::Digest(Hash::kSha256, {ByteView(&set_of, 1), signed_attributes_.subspan(1)},
                            digest);
}

const char* CmsStageName(CmsStage stage) {
  switch (stage) {
    case CmsStage::kContentInfo: return "cms.content_info";
    case CmsStage::kVersion: return "cms.version";
    case CmsStage::kDigestAlgorithms: return "cms.digest_algorithms";
    case CmsStage::kEncapsulatedContent: return "cms.encapsulated_content";
    case CmsStage::kCertificates: return "cms.certificates";
    case CmsStage::kSignerInfo: return "cms.signer_info";
    case CmsStage::kSignerDigestAlgorithm: return "cms.signer_digest_algorithm";
    case CmsStage::kSignedAttributes: return "cms.signed_attributes";
    case CmsStage::kContentType: return "cms.content_type";
    case CmsStage::kSigningTime: return "cms.signing_time";
    case CmsStage::kMessageDigest: return "cms.message_digest";
    case CmsStage::kAlgorithmProtection: return "cms.algorithm_protection";
    case CmsStage::kSignatureAlgorithm: return "cms.signature_algorithm";
    case CmsStage::kSignature: return "cms.signature";
  }
  return "cms";
}

namespace {

void PutSha256(BerWriter& writer, std::uint8_t tag, bool null_parameters) {
  writer.Begin(tag).Put(asn1::kOid, oids::kSha256);
  if (null_parameters) writer.Put(asn1::kNull, {});
  writer.End();
}

void PutSignatureAlgorithm(BerWriter& writer, std::uint8_t tag, CmsSignature algorithm) {
  writer.Begin(tag);
  if (algorithm == CmsSignature::kEcdsa) {
    writer.Put(asn1::kOid, oids::kEcdsaWithSha256);
  } else {
    writer.Put(asn1::kOid, oids::kSha256WithRsa).Put(asn1::kNull, {});
  }
  writer.End();
}

// The attributes, without the tag that goes around them. Their lengths ascend in this order, so it
// is the order of DER for every form of the algorithms' parameters.
void PutSignedAttributes(BerWriter& writer, const CmsToSign& message, CmsSignature algorithm,
                         std::uint8_t time_tag, ByteView time) {
  writer.Begin(asn1::kSequence).Put(asn1::kOid, oids::kContentType);
  writer.Begin(asn1::kSet).Put(asn1::kOid, oids::kData).End().End();
  writer.Begin(asn1::kSequence).Put(asn1::kOid, oids::kSigningTime);
  writer.Begin(asn1::kSet).Put(time_tag, time).End().End();
  writer.Begin(asn1::kSequence).Put(asn1::kOid, oids::kAlgorithmProtection);
  writer.Begin(asn1::kSet).Begin(asn1::kSequence);
  PutSha256(writer, asn1::kSequence, message.digest_parameters_null);
  PutSignatureAlgorithm(writer, asn1::kContext1, algorithm);
  writer.End().End().End();
  writer.Begin(asn1::kSequence).Put(asn1::kOid, oids::kMessageDigest);
  writer.Begin(asn1::kSet).Put(asn1::kOctetString, message.content_digest).End().End();
}

// Returns the signature's length.
Result<std::size_t> SignDigest(const CmsSigningKey& key, ByteView digest,
                               std::span<std::uint8_t, CmsSignedData::kMaxSignature> out) {
  if (const auto* ec = std::get_if<const primitives::EcPrivateKey*>(&key)) {
    return primitives::EcdsaSignDer(**ec, digest, out);
  }
  const primitives::RsaPrivateKey& rsa = *std::get<const primitives::RsaPrivateKey*>(key);
  if (rsa.modulus_size() != out.size()) return Unsupported("the RSA key has not 2048 bits");
  FLORIN_CHECK_OK(rsa.SignPkcs1(Hash::kSha256, digest, out));
  return out.size();
}

}  // namespace

Result<std::size_t> WriteCmsSignedData(const CmsToSign& message, const CmsSigningKey& key,
                                       MutableBytes out) {
  const CmsSignature algorithm = std::holds_alternative<const primitives::EcPrivateKey*>(key)
                                     ? CmsSignature::kEcdsa
                                     : CmsSignature::kRsaPkcs1;
  std::array<std::uint8_t, 15> time{};
  std::uint8_t time_tag = 0;
  FLORIN_TRY(const std::size_t time_size, FormatAsn1Time(message.signing_time, time_tag, time));
  std::array<std::uint8_t, 256> attributes{};
  BerWriter attribute_writer(attributes);
  attribute_writer.Begin(asn1::kSet);
  PutSignedAttributes(attribute_writer, message, algorithm, time_tag,
                      ByteView(time).first(time_size));
  attribute_writer.End();
  FLORIN_TRY(const std::size_t attributes_size, attribute_writer.Finish());

  std::array<std::uint8_t, 32> digest{};
  FLORIN_CHECK_OK(
      primitives::Digest(Hash::kSha256, ByteView(attributes).first(attributes_size), digest));
  std::array<std::uint8_t, CmsSignedData::kMaxSignature> signature{};
  FLORIN_TRY(const std::size_t signature_size, SignDigest(key, digest, signature));
  attributes[0] = asn1::kContext0;
  FLORIN_TRY(const IssuerAndSerial leaf, NameOfCertificate(message.leaf));

  const std::uint8_t one = 1;
  BerWriter writer(out);
  writer.BeginIndefinite(asn1::kSequence).Put(asn1::kOid, oids::kSignedData);
  writer.BeginIndefinite(asn1::kContext0).BeginIndefinite(asn1::kSequence);
  writer.Put(asn1::kInteger, ByteView(&one, 1)).Begin(asn1::kSet);
  PutSha256(writer, asn1::kSequence, message.digest_parameters_null);
  writer.End();
  writer.BeginIndefinite(asn1::kSequence).Put(asn1::kOid, oids::kData).End();
  writer.BeginIndefinite(asn1::kContext0).PutRaw(message.leaf).PutRaw(message.intermediate).End();
  writer.Begin(asn1::kSet).Begin(asn1::kSequence).Put(asn1::kInteger, ByteView(&one, 1));
  writer.Begin(asn1::kSequence).PutRaw(leaf.issuer).Put(asn1::kInteger, leaf.serial).End();
  PutSha256(writer, asn1::kSequence, message.digest_parameters_null);
  writer.PutRaw(ByteView(attributes).first(attributes_size));
  PutSignatureAlgorithm(writer, asn1::kSequence, algorithm);
  writer.Put(asn1::kOctetString, ByteView(signature).first(signature_size)).End().End();
  writer.End().End().End();
  return writer.Finish();
}

}  // namespace florin::payload
