// X25519 (RFC 7748).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "florin/base/bytes.h"
#include "florin/base/random.h"
#include "florin/base/result.h"
#include "florin/base/secret.h"

namespace florin::primitives {

inline constexpr std::size_t kX25519Size = 32;

// A private key with its public key. Immutable, shareable by threads, wiped. Move-only.
class X25519PrivateKey {
 public:
  // Takes 32 bytes; clamping happens inside (RFC 7748 5).
  static Result<X25519PrivateKey> FromBytes(ByteView private_key);
  static Result<X25519PrivateKey> Generate(RandomSource& random);

  X25519PrivateKey(X25519PrivateKey&&) noexcept = default;
  X25519PrivateKey& operator=(X25519PrivateKey&&) noexcept = default;

  ByteView public_key() const { return public_key_; }
  const SecretBytes& private_key() const { return private_key_; }

  // Writes the 32-byte shared secret. kMalformed when `peer_public` has another length than 32 or
  // small order (the all-zero result of RFC 7748 6.1).
  Status Agree(ByteView peer_public, MutableBytes shared_secret) const;

 private:
  X25519PrivateKey() = default;
  SecretBytes private_key_;
  std::array<std::uint8_t, kX25519Size> public_key_{};
};

// kMalformed unless `public_key` has 32 bytes and not small order.
Status CheckX25519PublicKey(ByteView public_key);

}  // namespace florin::primitives
