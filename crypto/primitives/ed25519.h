// Ed25519 (RFC 8032 5.1): pure EdDSA, one message in one piece.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "florin/base/bytes.h"
#include "florin/base/random.h"
#include "florin/base/result.h"
#include "florin/base/secret.h"

namespace florin::primitives {

inline constexpr std::size_t kEd25519Size = 32;  // of both keys
inline constexpr std::size_t kEd25519SignatureSize = 64;

// A private key (the 32-byte seed of RFC 8032 5.1.5) with its public key. Immutable, shareable by
// threads, wiped. Move-only.
class Ed25519PrivateKey {
 public:
  // Takes the seed, 32 bytes.
  static Result<Ed25519PrivateKey> FromBytes(ByteView seed);
  static Result<Ed25519PrivateKey> Generate(RandomSource& random);

  Ed25519PrivateKey(Ed25519PrivateKey&&) noexcept = default;
  Ed25519PrivateKey& operator=(Ed25519PrivateKey&&) noexcept = default;

  ByteView public_key() const { return public_key_; }
  const SecretBytes& private_key() const { return seed_; }

  // Writes R || S, 64 bytes. Deterministic.
  Status Sign(ByteView message, MutableBytes signature) const;

 private:
  Ed25519PrivateKey() = default;
  SecretBytes seed_;
  SecretBytes expanded_;  // seed || public key, as libsodium keeps it
  std::array<std::uint8_t, kEd25519Size> public_key_{};
};

// kMalformed unless the 32 bytes are the canonical form of a point of the prime-order group.
Status CheckEd25519PublicKey(ByteView public_key);

// kVerificationFailed unless the signature is valid; S must be below the group's order (RFC 8032
// 5.1.7), and neither R nor the public key may have small order.
Status Ed25519Verify(ByteView public_key, ByteView message, ByteView signature);

}  // namespace florin::primitives
