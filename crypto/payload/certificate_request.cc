#include "florin/payload/certificate_request.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "crypto/base/ber_reader.h"
#include "crypto/base/ber_writer.h"
#include "crypto/base/utf8.h"
#include "crypto/payload/apple_pay_seal.h"
#include "crypto/payload/oids.h"
#include "crypto/primitives/ec.h"
#include "crypto/primitives/hash.h"
#include "crypto/primitives/rsa.h"

namespace florin::payload {
namespace {

using Digest32 = std::array<std::uint8_t, 32>;

constexpr std::size_t kMaxRequest = 8192;
constexpr std::size_t kMaxNameText = 64;
constexpr std::size_t kRsaSignature = 256;
constexpr std::uint8_t kPrintableString = 0x13;

Error NotARequest() { return {ErrorCode::kMalformed, "this is no certificate request"}; }

Status CheckText(std::string_view text, bool required) {
  if (text.empty() && !required) return OkStatus();
  if (text.empty() || text.size() > kMaxNameText || !IsValidUtf8(text)) {
    return Error(ErrorCode::kInvalidArgument,
                 "a name in a certificate request has 1 to 64 characters of UTF-8");
  }
  return OkStatus();
}

Status CheckSubject(const CertificateSubject& subject) {
  FLORIN_CHECK_OK(CheckText(subject.common_name, true));
  FLORIN_CHECK_OK(CheckText(subject.organization, false));
  const auto is_letter = [](char c) { return c >= 'A' && c <= 'Z'; };
  if (!subject.country.empty() &&
      (subject.country.size() != 2 || !std::ranges::all_of(subject.country, is_letter))) {
    return Error(ErrorCode::kInvalidArgument, "a country is two capital letters, such as DE");
  }
  return OkStatus();
}

void PutName(BerWriter& writer, ByteView oid, std::uint8_t tag, std::string_view text) {
  if (text.empty()) return;
  writer.Begin(asn1::kSet).Begin(asn1::kSequence).Put(asn1::kOid, oid);
  writer.Put(tag, AsBytes(text)).End().End();
}

// RFC 2986 4.1: version 0, subject, key, and no attributes.
void PutInfo(BerWriter& writer, const CertificateSubject& subject, ByteView public_key_info) {
  const std::uint8_t zero = 0;
  writer.Begin(asn1::kSequence).Put(asn1::kInteger, ByteView(&zero, 1)).Begin(asn1::kSequence);
  PutName(writer, oids::kCountryName, kPrintableString, subject.country);
  PutName(writer, oids::kOrganizationName, asn1::kUtf8String, subject.organization);
  PutName(writer, oids::kCommonName, asn1::kUtf8String, subject.common_name);
  writer.End().PutRaw(public_key_info).Begin(asn1::kContext0).End().End();
}

void PutAlgorithm(BerWriter& writer, bool rsa) {
  writer.Begin(asn1::kSequence);
  if (rsa) {
    writer.Put(asn1::kOid, oids::kSha256WithRsa).Put(asn1::kNull, {});
  } else {
    writer.Put(asn1::kOid, oids::kEcdsaWithSha256);
  }
  writer.End();
}

// Whether the key of `info` is RSA; kUnsupported for what no merchant key is.
Result<bool> IsRsa(ByteView info) {
  FLORIN_TRY(const ApplePayVersion version, ApplePayVersionOf(info));
  return version == ApplePayVersion::kRsaV1;
}

// ECDSA signs the digest, which every module can do.
Result<Bytes> Sign(hsm::Session& session, hsm::KeyHandle key, bool rsa, ByteView message) {
  if (rsa) {
    Bytes signature(kRsaSignature);
    FLORIN_TRY(const std::size_t size,
               session.Sign(mechanisms::RsaPkcs1{Hash::kSha256}, key, message, signature));
    signature.resize(size);
    return signature;
  }
  Digest32 digest;
  FLORIN_CHECK_OK(primitives::Digest(Hash::kSha256, message, digest));
  std::array<std::uint8_t, primitives::RawSignatureSize(Curve::kP256)> raw;
  FLORIN_TRY(const std::size_t raw_size, session.Sign(mechanisms::Ecdsa{}, key, digest, raw));
  Bytes signature(primitives::kMaxDerSignatureSize);
  FLORIN_TRY(const std::size_t size,
             primitives::EcdsaRawToDer(Curve::kP256, ByteView(raw).first(raw_size), signature));
  signature.resize(size);
  return signature;
}

Status Verify(ByteView info, bool rsa, ByteView message, ByteView signature) {
  Digest32 digest;
  FLORIN_CHECK_OK(primitives::Digest(Hash::kSha256, message, digest));
  if (rsa) {
    FLORIN_TRY(const auto key, primitives::RsaPublicKey::FromSpki(info));
    return key.VerifyPkcs1(Hash::kSha256, digest, signature);
  }
  FLORIN_TRY(const auto key, primitives::EcPublicKey::FromSpki(info));
  return primitives::EcdsaVerify(key, digest, signature, primitives::SignatureForm::kDer);
}

Status CheckAlgorithm(BerReader algorithm, bool rsa) {
  FLORIN_TRY(const ByteView oid, algorithm.ReadOid());
  const ByteView expected = rsa ? ByteView(oids::kSha256WithRsa) : ByteView(oids::kEcdsaWithSha256);
  if (!SameBytes(oid, expected)) {
    return Error(ErrorCode::kUnsupported,
                 "the request is not signed with SHA-256 by the key that it is for");
  }
  if (rsa) FLORIN_CHECK_OK(algorithm.Read(asn1::kNull));
  return algorithm.ExpectEnd();
}

}  // namespace

Result<Bytes> MakeCertificateRequest(hsm::Session& session, hsm::KeyHandle private_key,
                                     hsm::KeyHandle public_key, const CertificateSubject& subject) {
  FLORIN_CHECK_OK(CheckSubject(subject));
  std::array<std::uint8_t, hsm::kMaxPublicKeyInfo> buffer;
  FLORIN_TRY(const std::size_t info_size, session.PublicKeyInfo(public_key, buffer));
  const ByteView public_key_info = ByteView(buffer).first(info_size);
  FLORIN_TRY(const bool rsa, IsRsa(public_key_info));
  Bytes info(1024);
  BerWriter info_writer(info);
  PutInfo(info_writer, subject, public_key_info);
  FLORIN_TRY(const std::size_t size, info_writer.Finish());
  info.resize(size);
  FLORIN_TRY(const Bytes signature, Sign(session, private_key, rsa, info));
  if (!Verify(public_key_info, rsa, info, signature).ok()) {
    return Error(ErrorCode::kVerificationFailed,
                 "the private key does not belong to the public one; name keys of one pair");
  }
  Bytes bits = {0};  // no unused bits
  bits.insert(bits.end(), signature.begin(), signature.end());
  Bytes request(info.size() + bits.size() + 64);
  BerWriter writer(request);
  writer.Begin(asn1::kSequence).PutRaw(info);
  PutAlgorithm(writer, rsa);
  writer.Put(asn1::kBitString, bits).End();
  FLORIN_TRY(const std::size_t request_size, writer.Finish());
  request.resize(request_size);
  return request;
}

Result<CertificateRequest> ReadCertificateRequest(ByteView der) {
  if (der.size() > kMaxRequest) {
    return Error(ErrorCode::kLimitExceeded, "a certificate request has at most 8 KiB");
  }
  BerReader outer(der, BerRules::kDer);
  FLORIN_TRY(BerReader request, outer.Enter(asn1::kSequence));
  FLORIN_CHECK_OK(outer.ExpectEnd());
  FLORIN_TRY(const BerElement info, request.Read(asn1::kSequence));
  FLORIN_TRY(BerReader algorithm, request.Enter(asn1::kSequence));
  FLORIN_TRY(const BerElement signature, request.Read(asn1::kBitString));
  FLORIN_CHECK_OK(request.ExpectEnd());
  if (signature.content.empty() || signature.content[0] != 0) return NotARequest();

  FLORIN_TRY(BerReader fields, request.Open(info));
  FLORIN_CHECK_OK(fields.ExpectInteger(0));
  FLORIN_TRY(const BerElement subject, fields.Read(asn1::kSequence));
  FLORIN_TRY(const BerElement key, fields.Read(asn1::kSequence));
  if (!fields.empty()) FLORIN_CHECK_OK(fields.Read(asn1::kContext0));
  FLORIN_CHECK_OK(fields.ExpectEnd());
  FLORIN_TRY(const bool rsa, IsRsa(key.whole));
  FLORIN_CHECK_OK(CheckAlgorithm(algorithm, rsa));
  FLORIN_CHECK_OK(Verify(key.whole, rsa, info.whole, signature.content.subspan(1)));
  return CertificateRequest{Bytes(subject.whole.begin(), subject.whole.end()),
                            Bytes(key.whole.begin(), key.whole.end())};
}

}  // namespace florin::payload
