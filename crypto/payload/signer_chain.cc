#include "crypto/payload/signer_chain.h"

#include <algorithm>
#include <array>

#include "crypto/base/ber_reader.h"
#include "crypto/payload/oids.h"
#include "crypto/primitives/hash.h"

namespace florin::payload {
namespace {

using primitives::Certificate;

constexpr char kComponent[] = "payload.apple_pay";

// RFC 5280 4.1: what lies outside tbsCertificate, the part that is signed, must be the one DER form
// (the values of an ECDSA signature are, or OpenSSL does not take it), and 4.1.1.2: the algorithm
// must be the signed one, byte for byte.
Status CheckOutsideOfSignature(ByteView der) {
  BerReader outer(der, BerRules::kDer);
  FLORIN_TRY(BerReader certificate, outer.Enter(asn1::kSequence));
  FLORIN_CHECK_OK(outer.ExpectEnd());
  FLORIN_TRY(const BerElement signed_part, certificate.Read(asn1::kSequence));
  FLORIN_TRY(const BerElement algorithm, certificate.Read(asn1::kSequence));
  FLORIN_TRY(const BerElement signature, certificate.Read(asn1::kBitString));
  FLORIN_CHECK_OK(certificate.ExpectEnd());
  FLORIN_TRY(BerReader fields, certificate.Open(signed_part));
  if (fields.NextIs(asn1::kContext0)) FLORIN_CHECK_OK(fields.Read());  // version
  FLORIN_CHECK_OK(fields.ReadInteger());                               // serial number
  FLORIN_TRY(const BerElement signed_algorithm, fields.Read(asn1::kSequence));
  if (!SameBytes(algorithm.whole, signed_algorithm.whole)) {
    return Error(ErrorCode::kMalformed,
                 "a certificate's signatureAlgorithm is not the one inside it");
  }
  if (signature.content.empty() || signature.content[0] != 0) {
    return Error(ErrorCode::kMalformed, "a certificate's signature is no whole number of bytes");
  }
  return OkStatus();
}

// RFC 5280 4.2.1.3: a key usage, where present, must allow digitalSignature (bit 0).
Status CheckMaySign(const Certificate& leaf) {
  auto usage = leaf.Extension(oids::kKeyUsage);
  if (!usage.ok()) {
    return usage.code() == ErrorCode::kNotFound ? OkStatus() : Status(usage.error());
  }
  BerReader reader(*usage, BerRules::kDer);
  FLORIN_TRY(const BerElement bits, reader.Read(asn1::kBitString));
  FLORIN_CHECK_OK(reader.ExpectEnd());
  if (bits.content.size() < 2 || (bits.content[1] & 0x80U) == 0) {
    return Error(ErrorCode::kVerificationFailed,
                 "the key usage of the leaf certificate does not allow signatures");
  }
  return OkStatus();
}

Status CheckMarkers(const Certificate& leaf, const Certificate& intermediate) {
  if (!leaf.HasExtension(oids::kAppleLeaf)) {
    return Error(ErrorCode::kVerificationFailed,
                 "the leaf certificate lacks the extension 1.2.840.113635.100.6.29");
  }
  if (!intermediate.HasExtension(oids::kAppleIntermediate)) {
    return Error(ErrorCode::kVerificationFailed,
                 "the intermediate certificate lacks the extension 1.2.840.113635.100.6.2.14");
  }
  return OkStatus();
}

}  // namespace

Result<std::unique_ptr<SignerChains>> SignerChains::Create(std::vector<Certificate> roots,
                                                           Observer& observer) {
  if (roots.empty()) return Error(ErrorCode::kInvalidArgument, "no trusted root was given");
  return std::unique_ptr<SignerChains>(new SignerChains(std::move(roots), observer));
}

Result<SignerChain> SignerChains::Verify(ByteView leaf, ByteView intermediate,
                                         UnixSeconds now) const {
  // Both are DER elements that name their own length, so the concatenation is unambiguous.
  SignerChain chain;
  FLORIN_CHECK_OK(primitives::Digest(Hash::kSha256, {leaf, intermediate}, chain.id));
  if (const auto known = cache_.Find(chain.id)) {
    if (now < known->validity.not_before || known->validity.not_after < now) {
      return Error(ErrorCode::kExpired, "a certificate of the chain is not valid at this time");
    }
    return SignerChain(*known);
  }
  FLORIN_CHECK_OK(VerifyPath(leaf, intermediate, now, chain));
  return chain;
}

Status SignerChains::VerifyPath(ByteView leaf_der, ByteView intermediate_der, UnixSeconds now,
                                SignerChain& chain) const {
  FLORIN_CHECK_OK(CheckOutsideOfSignature(leaf_der));
  FLORIN_CHECK_OK(CheckOutsideOfSignature(intermediate_der));
  FLORIN_TRY(const Certificate leaf, Certificate::FromDer(leaf_der));
  FLORIN_TRY(const Certificate intermediate, Certificate::FromDer(intermediate_der));
  FLORIN_CHECK_OK(CheckMarkers(leaf, intermediate));
  FLORIN_CHECK_OK(CheckMaySign(leaf));
  FLORIN_CHECK_OK(chain.SetLeafKey(leaf));
  // A path that goes around the given intermediate would make its marker worthless.
  FLORIN_CHECK_OK(leaf.CheckSignedBy(intermediate));
  FLORIN_TRY(const Certificate* root, FindRoot(leaf, intermediate, now));
  const std::array<Certificate, 3> path = {leaf, intermediate, *root};
  chain.validity = primitives::CommonValidity(path);
  return OkStatus();
}

Result<const Certificate*> SignerChains::FindRoot(const Certificate& leaf,
                                                  const Certificate& intermediate,
                                                  UnixSeconds now) const {
  Error refused(ErrorCode::kVerificationFailed, "the chain does not end at a trusted root");
  for (const Certificate& root : roots_) {
    const Status verdict =
        primitives::VerifyChain(leaf, std::span<const Certificate>(&intermediate, 1), root, now);
    if (verdict.ok()) return &root;
    // "expired" under one root says more than "not signed" under another.
    if (roots_.size() == 1 || verdict.code() == ErrorCode::kExpired) refused = verdict.error();
  }
  return refused;
}

void SignerChains::Remember(const SignerChain& chain, UnixSeconds now, std::uint64_t subject) {
  if (!cache_.Find(chain.id) && cache_.Add(chain, now)) {
    observer_.OnEvent({kComponent, "chain.cache_full",
                       Error(ErrorCode::kResourceExhausted,
                             "more signer chains are in use than are remembered; the oldest one "
                             "was forgotten and will be verified anew"),
                       subject});
  }
  const std::int64_t left = chain.validity.not_after.value - now.value;
  if (left < kAlarmSeconds && cache_.TakeAnnouncement(chain.id)) {
    observer_.OnEvent({kComponent, "chain.expires_soon",
                       Error(ErrorCode::kExpired,
                             "a certificate of the signer's chain ends within 180 days; tokens "
                             "need its successor by then",
                             static_cast<std::uint32_t>(std::max<std::int64_t>(left, 0) / 86400)),
                       subject});
  }
}

}  // namespace florin::payload
