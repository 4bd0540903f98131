// CMS SignedData with detached content (RFC 5652), through OpenSSL: the slow, trusted way.
//
// Hot paths read CMS with a bounded reader of their own; this is their oracle in tests, and the
// signer of the wallet simulator.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "crypto/primitives/certificate.h"
#include "crypto/primitives/ec.h"
#include "florin/base/bytes.h"
#include "florin/base/clock.h"
#include "florin/base/result.h"

namespace florin::primitives {

inline constexpr std::size_t kMaxCmsSize = 64 * 1024;

// What a verified SignedData says. Only made after everything has been verified.
struct VerifiedCms {
  Certificate signer;
  std::vector<Certificate> certificates;  // all that the message carries, signer included
  std::optional<UnixSeconds> signing_time;
};

// Verifies a SignedData with exactly one signer over the detached `content`: signature,
// message digest, and the chain from the signer's certificate over the message's own certificates
// to `root` at `time` (VerifyChain). BER and DER are read. kMalformed, kLimitExceeded,
// kVerificationFailed, kExpired.
Result<VerifiedCms> VerifyDetachedCms(ByteView cms, ByteView content, const Certificate& root,
                                      UnixSeconds time);

enum class CmsEncoding : std::uint8_t {
  kDer,
  kBerIndefinite,  // indefinite lengths on the outer structures, as phones send
};

struct CmsSigningOptions {
  UnixSeconds signing_time;
  bool include_certificates = true;
  CmsEncoding encoding = CmsEncoding::kBerIndefinite;
};

// Signs `content` detached with SHA-256 and signed attributes (contentType, messageDigest,
// signingTime, algorithm protection); carries `signer` and `intermediates`. `key` must be the
// signer certificate's.
Result<Bytes> SignDetachedCms(ByteView content, const Certificate& signer, const EcPrivateKey& key,
                              std::span<const Certificate> intermediates,
                              const CmsSigningOptions& options);

}  // namespace florin::primitives
