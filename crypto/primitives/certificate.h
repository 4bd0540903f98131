// X.509 certificates (RFC 5280): reading, chain verification at a given time, and issuing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/primitives/ec.h"
#include "florin/base/bytes.h"
#include "florin/base/clock.h"
#include "florin/base/random.h"
#include "florin/base/result.h"

namespace florin::primitives {

inline constexpr std::size_t kMaxCertificateSize = 16 * 1024;
inline constexpr std::size_t kMaxIntermediates = 8;

// Bits of the key usage extension (RFC 5280 4.2.1.3), as they stand in its first byte.
enum class KeyUsage : std::uint8_t {
  kDigitalSignature = 0x80,
  kKeyEncipherment = 0x20,
  kKeyAgreement = 0x08,
};

class CertificateImpl;

// A parsed certificate. Immutable; copies share it; any thread. Parsing verifies nothing.
class Certificate {
 public:
  // Reads one certificate with nothing behind it, in DER: BER forms of the certificate, and of all
  // but the contents of its extensions, are kMalformed. kLimitExceeded above 16 KiB.
  static Result<Certificate> FromDer(ByteView der);
  // Reads the first certificate of a PEM text of at most 64 KiB.
  static Result<Certificate> FromPem(ByteView pem);

  // The whole certificate, and pieces of it as DER. Views live as long as any copy.
  ByteView der() const;
  ByteView subject() const;
  ByteView issuer() const;
  ByteView spki() const;
  // The serial number's content octets, big-endian two's complement.
  ByteView serial() const;

  // First and last second of validity.
  UnixSeconds not_before() const;
  UnixSeconds not_after() const;

  // The subject key, when it is P-256 or P-384 on an uncompressed point; kUnsupported else.
  Result<EcPublicKey> EcKey() const;

  // `oid` in dotted decimals: "1.2.840.113635.100.6.29".
  bool HasExtension(std::string_view oid) const;
  // The content of the extension's OCTET STRING, or kNotFound.
  Result<ByteView> Extension(std::string_view oid) const;
  // The subject key identifier's octets, or kNotFound.
  Result<ByteView> SubjectKeyId() const;

  // kVerificationFailed unless the key usage extension is there and holds `usage`.
  Status CheckKeyUsage(KeyUsage usage) const;

  // kVerificationFailed unless `issuer`'s key signed this certificate. Checks nothing else.
  Status CheckSignedBy(const Certificate& issuer) const;

 private:
  friend struct CertificateAccess;
  explicit Certificate(std::shared_ptr<const CertificateImpl> impl);
  std::shared_ptr<const CertificateImpl> impl_;
};

// Full path validation (RFC 5280 6): signatures, validity at `time`, basic constraints, key usage,
// unknown critical extensions. Trust ends at `root` and only there: whatever stands at the top of
// the path must carry root's very key. The root may be an authority that another one issued. No
// network, no system store, no revocation.
// `intermediates`: at most 8, in any order; a copy of the root among them is harmless.
// kExpired when only the time is wrong; kVerificationFailed else. Costs millions of cycles:
// cache the verdict by certificate hash within CommonValidity.
// `judged_extension`: a critical extension that the caller has judged himself, in dotted decimals.
Status VerifyChain(const Certificate& leaf, std::span<const Certificate> intermediates,
                   const Certificate& root, UnixSeconds time,
                   std::string_view judged_extension = {});

// The time window in which all of the certificates are valid.
struct Validity {
  UnixSeconds not_before;
  UnixSeconds not_after;
};
Validity CommonValidity(std::span<const Certificate> certificates);

// What to put into a certificate. For test CAs and wallet simulators.
struct CertificateTemplate {
  std::string common_name;
  std::string organization;
  Validity validity;
  bool is_ca = false;
  std::optional<int> path_length;  // with is_ca
  // Without is_ca: these instead of digitalSignature.
  bool key_agreement = false;
  bool key_encipherment = false;
  struct Extension {
    std::string oid;  // dotted decimals
    Bytes value;      // DER, goes into the OCTET STRING; {05 00} for Apple's marker extensions
    bool critical = false;
  };
  std::vector<Extension> extensions;
};

// Issues a certificate for the key of `subject_info`, a DER SubjectPublicKeyInfo, signed by
// `issuer_key` with SHA-256 (P-256) or SHA-384 (P-384) under `issuer`; adds basic constraints, key
// usage, key identifiers and a random serial.
Result<Certificate> IssueCertificate(const CertificateTemplate& contents, ByteView subject_info,
                                     const Certificate& issuer, const EcPrivateKey& issuer_key,
                                     RandomSource& random);
Result<Certificate> IssueCertificate(const CertificateTemplate& contents,
                                     const EcPublicKey& subject_key, const Certificate& issuer,
                                     const EcPrivateKey& issuer_key, RandomSource& random);

// The same, signed by its own key.
Result<Certificate> IssueSelfSigned(const CertificateTemplate& contents, const EcPrivateKey& key,
                                    RandomSource& random);

}  // namespace florin::primitives
