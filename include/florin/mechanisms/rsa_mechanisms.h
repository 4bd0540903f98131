// The mechanisms of RSA keys (RFC 8017). Hashes are SHA-256, SHA-384 and SHA-512, and SHA-1 for
// OAEP alone, whose security does not rest on collisions; MGF1 uses the same hash. Signatures and
// ciphertexts are as long as the modulus.
#pragma once

#include <cstddef>
#include <optional>

#include "florin/base/bytes.h"
#include "florin/base/hash.h"
#include "florin/base/result.h"

#pragma GCC visibility push(default)

namespace florin::mechanisms {

// RSASSA-PKCS1-v1_5. Without `hash` the input is the DER of a DigestInfo, which names the hash of
// the digest in it (RsaDigestInfo), and nothing else: whoever could have any bytes padded and
// signed could sign in the name of another hash.
//
// Without `hash` it also unwraps, for partners who know nothing better (RSA1_5 of RFC 7518 4.2): a
// key of the length that the template names, which is a random one wherever the padding or the
// length is wrong, in the same time (RFC 7516 11.5, Bleichenbacher 1998). Only a private key does
// that which names this mechanism, and unwrapping, alone.
struct RsaPkcs1 {
  std::optional<Hash> hash;
};

// RSASSA-PSS with a salt as long as the digest. Where `prehashed`, the input is the digest.
struct RsaPss {
  Hash hash = Hash::kSha256;
  bool prehashed = false;
};

// RSAES-OAEP with an empty label. Encrypts at most modulus - 2 * digest - 2 bytes; every failure of
// decryption is one and the same kVerificationFailed (Manger 2001). It also wraps and unwraps
// secret keys that have no key block header, as AesKeyWrap does: keys no stronger than the RSA key,
// so at most 128 bits.
struct RsaOaep {
  Hash hash = Hash::kSha256;
};

// The longest DigestInfo, in bytes.
inline constexpr std::size_t kMaxRsaDigestInfo = 19 + 64;

// Writes the DigestInfo (RFC 8017 9.2 note 1) of `digest` for RsaPkcs1 without a hash; returns its
// length. kUnsupported: another hash; kInvalidArgument: not as long as its digests;
// kBufferTooSmall.
Result<std::size_t> RsaDigestInfo(Hash hash, ByteView digest, MutableBytes out);

}  // namespace florin::mechanisms

#pragma GCC visibility pop
