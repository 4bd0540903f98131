#include "crypto/card/tr34_token.h"

#include <algorithm>

#include "crypto/base/asn1_time.h"
#include "crypto/card/tr34_cms.h"
#include "crypto/primitives/hash.h"
#include "florin/base/secret.h"
#include "florin/card/tr34_options.h"

namespace florin::card {
namespace {

using Sha256Digest = std::array<std::uint8_t, 32>;

Error NotASignature() {
  return Error(ErrorCode::kVerificationFailed, "the signature of the TR-34 token does not match");
}

// AlgorithmIdentifier, whose parameters are absent or NULL.
Result<ByteView> ReadAlgorithm(BerReader& reader) {
  FLORIN_TRY(BerReader fields, reader.Enter(asn1::kSequence));
  FLORIN_TRY(const ByteView oid, fields.ReadOid());
  if (!fields.empty()) {
    FLORIN_TRY(const BerElement parameters, fields.Read(asn1::kNull));
    if (!parameters.content.empty()) {
      return Error(ErrorCode::kMalformed, "an algorithm has parameters that are not NULL");
    }
  }
  FLORIN_CHECK_OK(fields.ExpectEnd());
  return oid;
}

Status ExpectAlgorithm(BerReader& reader, ByteView one, ByteView other) {
  FLORIN_TRY(const ByteView oid, ReadAlgorithm(reader));
  if (SameBytes(oid, one) || SameBytes(oid, other)) return OkStatus();
  return Error(ErrorCode::kUnsupported, "TR-34 tokens are signed with RSA and SHA-256");
}

Status TakeOnce(ByteView& field, ByteView value) {
  if (field.data() != nullptr) {
    return Error(ErrorCode::kMalformed, "a signed attribute of the token occurs twice");
  }
  field = value;
  return OkStatus();
}

Status ReadAttribute(BerReader& attributes, Tr34Token& token) {
  FLORIN_TRY(BerReader attribute, attributes.Enter(asn1::kSequence));
  FLORIN_TRY(const ByteView oid, attribute.ReadOid());
  FLORIN_TRY(BerReader values, attribute.Enter(asn1::kSet));
  FLORIN_CHECK_OK(attribute.ExpectEnd());
  if (SameBytes(oid, oids::kContentType)) {
    FLORIN_TRY(const ByteView value, values.ReadOid());
    FLORIN_CHECK_OK(TakeOnce(token.signed_content_type, value));
  } else if (SameBytes(oid, oids::kSigningTime)) {
    FLORIN_TRY(const UnixSeconds value, values.ReadTime());
    if (token.time) return Error(ErrorCode::kMalformed, "the token has two signing times");
    token.time = value;
  } else {
    ByteView unknown;
    ByteView& field = SameBytes(oid, oids::kMessageDigest) ? token.message_digest
                      : SameBytes(oid, oids::kRandomNonce) ? token.random
                      : SameBytes(oid, oids::kData)        ? token.header
                                                           : unknown;
    if (&field == &unknown) return OkStatus();
    FLORIN_TRY(const ByteView value, values.ReadOctets());
    FLORIN_CHECK_OK(TakeOnce(field, value));
  }
  return values.ExpectEnd();
}

Status ReadSigner(BerReader& signers, Tr34Token& token) {
  FLORIN_TRY(BerReader signer, signers.Enter(asn1::kSequence));
  FLORIN_CHECK_OK(signer.ExpectInteger(1));
  FLORIN_TRY(const BerElement id, signer.Read(asn1::kSequence));
  token.signer = id.whole;
  FLORIN_CHECK_OK(ExpectAlgorithm(signer, oids::kSha256, oids::kSha256));
  if (signer.NextIs(asn1::kContext0)) {
    FLORIN_TRY(const BerElement attributes, signer.Read());
    token.attributes = attributes.whole;
    FLORIN_TRY(BerReader reader, signer.Open(attributes));
    while (!reader.empty()) FLORIN_CHECK_OK(ReadAttribute(reader, token));
  }
  FLORIN_CHECK_OK(ExpectAlgorithm(signer, oids::kRsaEncryption, oids::kSha256WithRsa));
  FLORIN_TRY(token.signature, signer.ReadOctets());
  return signer.ExpectEnd();
}

Status ReadContent(BerReader& signed_data, Tr34Token& token) {
  FLORIN_TRY(BerReader encapsulated, signed_data.Enter(asn1::kSequence));
  FLORIN_TRY(token.content_type, encapsulated.ReadOid());
  FLORIN_TRY(BerReader content, encapsulated.Enter(asn1::kContext0));
  FLORIN_TRY(token.content, content.ReadOctets());
  FLORIN_CHECK_OK(content.ExpectEnd());
  return encapsulated.ExpectEnd();
}

Result<Bytes> OctetsAttribute(ByteView oid, ByteView value) {
  Bytes buffer(value.size() + 64);
  BerWriter writer(buffer);
  writer.Begin(asn1::kSequence).Put(asn1::kOid, oid);
  writer.Begin(asn1::kSet).Put(asn1::kOctetString, value).End().End();
  return WrittenDer(writer, buffer);
}

Result<Bytes> ContentTypeAttribute(ByteView type) {
  Bytes buffer(64);
  BerWriter writer(buffer);
  writer.Begin(asn1::kSequence).Put(asn1::kOid, oids::kContentType);
  writer.Begin(asn1::kSet).Put(asn1::kOid, type).End().End();
  return WrittenDer(writer, buffer);
}

// All attributes as a SET in DER order (X.690 11.6).
Result<Bytes> AttributeSet(const Tr34Signing& contents) {
  Sha256Digest digest{};
  FLORIN_CHECK_OK(primitives::Digest(Hash::kSha256, contents.content, digest));
  std::vector<Bytes> all = contents.attributes;
  FLORIN_TRY(Bytes type, ContentTypeAttribute(contents.content_type));
  FLORIN_TRY(Bytes message_digest, OctetsAttribute(oids::kMessageDigest, digest));
  all.push_back(std::move(type));
  all.push_back(std::move(message_digest));
  std::ranges::sort(all);
  std::size_t size = 8;
  for (const Bytes& attribute : all) size += attribute.size();
  Bytes buffer(size);
  BerWriter writer(buffer);
  writer.Begin(asn1::kSet);
  for (const Bytes& attribute : all) writer.PutRaw(attribute);
  writer.End();
  return WrittenDer(writer, buffer);
}

void PutAlgorithm(BerWriter& writer, ByteView oid, bool null) {
  writer.Begin(asn1::kSequence).Put(asn1::kOid, oid);
  if (null) writer.Put(asn1::kNull, {});
  writer.End();
}

}  // namespace

Result<Tr34Token> Tr34Token::Parse(ByteView der) {
  FLORIN_TRY(BerReader signed_data, EnterTr34SignedData(der));
  FLORIN_CHECK_OK(signed_data.ExpectInteger(1));
  FLORIN_TRY(BerReader digests, signed_data.Enter(asn1::kSet));
  FLORIN_CHECK_OK(ExpectAlgorithm(digests, oids::kSha256, oids::kSha256));
  FLORIN_CHECK_OK(digests.ExpectEnd());
  Tr34Token token;
  FLORIN_CHECK_OK(ReadContent(signed_data, token));
  // Certificates are known already, by binding: those of a message say nothing.
  if (signed_data.NextIs(asn1::kContext0)) FLORIN_CHECK_OK(signed_data.Read());
  if (signed_data.NextIs(asn1::kContext1)) {
    FLORIN_TRY(BerReader lists, signed_data.Enter(asn1::kContext1));
    FLORIN_TRY(const BerElement list, lists.Read(asn1::kSequence));
    FLORIN_CHECK_OK(lists.ExpectEnd());
    token.crl = list.whole;
  }
  FLORIN_TRY(BerReader signers, signed_data.Enter(asn1::kSet));
  FLORIN_CHECK_OK(signed_data.ExpectEnd());
  FLORIN_CHECK_OK(ReadSigner(signers, token));
  FLORIN_CHECK_OK(signers.ExpectEnd());
  return token;
}

Status VerifyTr34Signature(const Tr34Token& token, const primitives::RsaPublicKey& key) {
  Sha256Digest content{};
  FLORIN_CHECK_OK(primitives::Digest(Hash::kSha256, token.content, content));
  if (token.attributes.empty()) return key.VerifyPkcs1(Hash::kSha256, content, token.signature);
  // RFC 5652 5.4: the attributes are signed with the tag of a SET.
  const std::uint8_t set = asn1::kSet;
  Sha256Digest signed_digest{};
  FLORIN_CHECK_OK(primitives::Digest(
      Hash::kSha256, {ByteView(&set, 1), token.attributes.subspan(1)}, signed_digest));
  FLORIN_CHECK_OK(key.VerifyPkcs1(Hash::kSha256, signed_digest, token.signature));
  if (!ConstantTimeEqual(token.message_digest, content) ||
      !SameBytes(token.signed_content_type, token.content_type)) {
    return NotASignature();
  }
  return OkStatus();
}

Result<Bytes> SignTr34(const Tr34Signing& contents, const primitives::RsaPrivateKey& key) {
  Bytes attributes;
  Sha256Digest digest{};
  if (contents.sign_attributes) {
    FLORIN_TRY(attributes, AttributeSet(contents));
  }
  FLORIN_CHECK_OK(primitives::Digest(
      Hash::kSha256, contents.sign_attributes ? ByteView(attributes) : contents.content, digest));
  Bytes signature(key.modulus_size());
  FLORIN_CHECK_OK(key.SignPkcs1(Hash::kSha256, digest, signature));
  if (contents.sign_attributes) attributes[0] = asn1::kContext0;

  Bytes buffer(kMaxTr34TokenSize);
  BerWriter writer(buffer);
  const std::uint8_t one = 1;
  writer.Begin(asn1::kSequence).Put(asn1::kOid, oids::kSignedData);
  writer.Begin(asn1::kContext0).Begin(asn1::kSequence).Put(asn1::kInteger, {&one, 1});
  writer.Begin(asn1::kSet);
  PutAlgorithm(writer, oids::kSha256, false);
  writer.End();
  writer.Begin(asn1::kSequence).Put(asn1::kOid, contents.content_type);
  writer.Begin(asn1::kContext0).Put(asn1::kOctetString, contents.content).End().End();
  if (!contents.crl.empty()) writer.Begin(asn1::kContext1).PutRaw(contents.crl).End();
  writer.Begin(asn1::kSet).Begin(asn1::kSequence).Put(asn1::kInteger, {&one, 1});
  writer.PutRaw(contents.signer);
  PutAlgorithm(writer, oids::kSha256, false);
  writer.PutRaw(attributes);
  PutAlgorithm(writer, oids::kRsaEncryption, true);
  writer.Put(asn1::kOctetString, signature).End().End();
  writer.End().End().End();
  return WrittenDer(writer, buffer);
}

Result<Bytes> IssuerAndSerialOf(const primitives::Certificate& certificate) {
  Bytes buffer(certificate.issuer().size() + certificate.serial().size() + 16);
  BerWriter writer(buffer);
  writer.Begin(asn1::kSequence).PutRaw(certificate.issuer());
  writer.Put(asn1::kInteger, certificate.serial()).End();
  return WrittenDer(writer, buffer);
}

Result<Bytes> Tr34RandomAttribute(ByteView random) {
  if (random.size() < kMinTr34Random || random.size() > kMaxTr34Random) {
    return Error(ErrorCode::kInvalidArgument, "a KRD's random number has 8 to 16 bytes");
  }
  return OctetsAttribute(oids::kRandomNonce, random);
}

Result<Bytes> Tr34TimeAttribute(UnixSeconds time) {
  std::array<std::uint8_t, 15> text{};
  std::uint8_t tag = 0;
  FLORIN_TRY(const std::size_t size, FormatAsn1Time(time, tag, text));
  Bytes buffer(64);
  BerWriter writer(buffer);
  writer.Begin(asn1::kSequence).Put(asn1::kOid, oids::kSigningTime);
  writer.Begin(asn1::kSet).Put(tag, ByteView(text).first(size)).End().End();
  return WrittenDer(writer, buffer);
}

Result<Bytes> Tr34HeaderAttribute(ByteView header) { return OctetsAttribute(oids::kData, header); }

Result<ByteView> ReadTr34RandomToken(ByteView der) {
  BerReader outer(der, BerRules::kDer);
  FLORIN_TRY(BerReader attribute, outer.Enter(asn1::kSequence));
  FLORIN_CHECK_OK(outer.ExpectEnd());
  FLORIN_TRY(const ByteView oid, attribute.ReadOid());
  FLORIN_TRY(BerReader values, attribute.Enter(asn1::kSet));
  FLORIN_CHECK_OK(attribute.ExpectEnd());
  FLORIN_TRY(const ByteView random, values.ReadOctets());
  FLORIN_CHECK_OK(values.ExpectEnd());
  if (!SameBytes(oid, oids::kRandomNonce) || random.size() < kMinTr34Random ||
      random.size() > kMaxTr34Random) {
    return Error(ErrorCode::kMalformed, "not a TR-34 random number of 8 to 16 bytes");
  }
  return random;
}

}  // namespace florin::card
