// CMS SignedData (RFC 5652) with detached content, in the one profile wallet tokens use. Read on
// the hot path without allocation; written by the wallet simulator.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <variant>

#include "crypto/primitives/ec.h"
#include "crypto/primitives/rsa.h"
#include "florin/base/bytes.h"
#include "florin/base/clock.h"
#include "florin/base/result.h"

namespace florin::payload {

// Where reading stopped; what an operator is told.
enum class CmsStage : std::uint8_t {
  kContentInfo,  // the outer SEQUENCE and its content type
  kVersion,
  kDigestAlgorithms,
  kEncapsulatedContent,
  kCertificates,
  kSignerInfo,  // number, version, issuer and serial number
  kSignerDigestAlgorithm,
  kSignedAttributes,
  kContentType,
  kSigningTime,
  kMessageDigest,
  kAlgorithmProtection,
  kSignatureAlgorithm,
  kSignature,
};

// Such as "cms.signer_info".
const char* CmsStageName(CmsStage stage);

// How a message is signed, with SHA-256 either way.
enum class CmsSignature : std::uint8_t {
  kEcdsa,     // ecdsa-with-SHA256, an ECDSA-Sig-Value
  kRsaPkcs1,  // sha256WithRSAEncryption, RSASSA-PKCS1-v1_5
};

// A SignedData as it was read: views of the input. Nothing is verified yet but the form and that
// the message agrees with itself. Immutable once read.
//
// The profile: version 1; SHA-256 everywhere, with parameters absent or NULL; no content inside;
// exactly two certificates; one SignerInfo, version 1, by issuer and serial number; signed
// attributes in DER with contentType id-data, signingTime, messageDigest and, where present, a
// CMSAlgorithmProtection (RFC 6211) that names the same algorithms; a CmsSignature.
// Unknown signed attributes are passed over (they are signed), repeated ones refused. Unsigned
// attributes and CRLs are refused.
class CmsSignedData {
 public:
  static constexpr std::size_t kCertificates = 2;
  // ECDSA-Sig-Value on P-256 has at most 72 bytes, a signature of RSA-2048 has 256.
  static constexpr std::size_t kMaxSignature = 256;

  CmsSignedData() = default;
  CmsSignedData(const CmsSignedData&) = delete;
  CmsSignedData& operator=(const CmsSignedData&) = delete;

  // Reads `cms`, which must outlive this object. On an error `stage` says where.
  // kMalformed, kLimitExceeded; kUnsupported for another algorithm or version.
  Status Read(ByteView cms, CmsStage& stage);

  // The certificates as DER, in the order of the message, and the leaf's place among them: the one
  // whose issuer and serial number the SignerInfo names.
  ByteView certificate(std::size_t index) const { return certificates_[index]; }
  std::size_t leaf_index() const { return leaf_index_; }
  ByteView leaf() const { return certificates_[leaf_index_]; }
  ByteView intermediate() const { return certificates_[1 - leaf_index_]; }

  UnixSeconds signing_time() const { return signing_time_; }
  ByteView message_digest() const { return message_digest_; }  // 32 bytes
  CmsSignature signature_algorithm() const { return signature_algorithm_; }
  ByteView signature() const { return signature_; }

  // What the signature signs: SHA-256 of the signed attributes under the tag SET OF (RFC 5652 5.4).
  Status SignedAttributesDigest(std::span<std::uint8_t, 32> digest) const;

 private:
  friend class CmsReader;
  std::array<ByteView, kCertificates> certificates_;
  std::size_t leaf_index_ = 0;
  ByteView signed_attributes_;  // from the tag [0] on
  UnixSeconds signing_time_;
  ByteView message_digest_;
  CmsSignature signature_algorithm_ = CmsSignature::kEcdsa;
  ByteView signature_;
  std::array<std::uint8_t, kMaxSignature> signature_scratch_{};
};

// What to sign and how to say it.
struct CmsToSign {
  std::array<std::uint8_t, 32> content_digest{};
  UnixSeconds signing_time;
  ByteView leaf;          // DER certificate of the signing key
  ByteView intermediate;  // DER
  // Phones wrote NULL as the parameters of SHA-256 until about 2021 and leave them out since.
  bool digest_parameters_null = false;
};

// The key that signs; borrowed. RSA-2048 makes kRsaPkcs1.
using CmsSigningKey =
    std::variant<const primitives::EcPrivateKey*, const primitives::RsaPrivateKey*>;

// Writes a SignedData of the profile, BER with indefinite lengths on the outer levels as phones
// write it, to the start of `out`; returns its length, at most the certificates plus
// kCmsOverhead. kMalformed (a certificate), kUnsupported (another RSA key), kBufferTooSmall.
inline constexpr std::size_t kCmsOverhead = 1024;
Result<std::size_t> WriteCmsSignedData(const CmsToSign& message, const CmsSigningKey& key,
                                       MutableBytes out);

}  // namespace florin::payload
