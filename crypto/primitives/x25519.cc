#include "crypto/primitives/x25519.h"

#include <sodium.h>

#include "crypto/primitives/self_test.h"

namespace florin::primitives {

Result<X25519PrivateKey> X25519PrivateKey::FromBytes(ByteView private_key) {
  FLORIN_CHECK_OK(PrimitivesReady());
  if (private_key.size() != kX25519Size) {
    return Error(ErrorCode::kInvalidArgument, "an X25519 private key has 32 bytes");
  }
  X25519PrivateKey key;
  FLORIN_TRY(key.private_key_, SecretBytes::CopyOf(private_key));
  if (crypto_scalarmult_curve25519_base(key.public_key_.data(), private_key.data()) != 0) {
    return Error(ErrorCode::kInternal, "libsodium refused an X25519 key");
  }
  return key;
}

Result<X25519PrivateKey> X25519PrivateKey::Generate(RandomSource& random) {
  SecretArray<kX25519Size> bytes;
  FLORIN_CHECK_OK(random.Fill(bytes.Write(SecretAccess{})));
  return FromBytes(bytes.Read(SecretAccess{}));
}

Status X25519PrivateKey::Agree(ByteView peer_public, MutableBytes shared_secret) const {
  if (shared_secret.size() != kX25519Size) {
    return Error(ErrorCode::kInvalidArgument, "an X25519 shared secret has 32 bytes");
  }
  if (peer_public.size() != kX25519Size) {
    return Error(ErrorCode::kMalformed, "an X25519 public key has 32 bytes");
  }
  // Fails for points of small order only.
  if (crypto_scalarmult_curve25519(shared_secret.data(), private_key_.Read(SecretAccess{}).data(),
                                   peer_public.data()) != 0) {
    Wipe(shared_secret);
    return Error(ErrorCode::kMalformed, "the X25519 public key has small order");
  }
  return OkStatus();
}

Status CheckX25519PublicKey(ByteView public_key) {
  FLORIN_CHECK_OK(PrimitivesReady());
  // Any scalar tells: clamped ones are multiples of the cofactor (RFC 7748 5).
  constexpr std::array<std::uint8_t, kX25519Size> kOne = {1};
  std::array<std::uint8_t, kX25519Size> shared{};
  if (public_key.size() != kX25519Size ||
      crypto_scalarmult_curve25519(shared.data(), kOne.data(), public_key.data()) != 0) {
    return Error(ErrorCode::kMalformed, "an X25519 public key has 32 bytes and not small order");
  }
  return OkStatus();
}

}  // namespace florin::primitives
