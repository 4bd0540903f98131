#include "crypto/primitives/ed25519.h"

#include <sodium.h>

#include "crypto/primitives/self_test.h"

namespace florin::primitives {

static_assert(kEd25519Size == crypto_sign_SEEDBYTES && kEd25519Size == crypto_sign_PUBLICKEYBYTES &&
              kEd25519SignatureSize == crypto_sign_BYTES);

Result<Ed25519PrivateKey> Ed25519PrivateKey::FromBytes(ByteView seed) {
  FLORIN_CHECK_OK(PrimitivesReady());
  if (seed.size() != kEd25519Size) {
    return Error(ErrorCode::kInvalidArgument, "an Ed25519 private key has 32 bytes");
  }
  Ed25519PrivateKey key;
  FLORIN_TRY(key.seed_, SecretBytes::CopyOf(seed));
  FLORIN_TRY(key.expanded_, SecretBytes::Create(crypto_sign_SECRETKEYBYTES));
  if (crypto_sign_seed_keypair(key.public_key_.data(), key.expanded_.Write(SecretAccess{}).data(),
                               seed.data()) != 0) {
    return Error(ErrorCode::kInternal, "libsodium refused an Ed25519 key");
  }
  return key;
}

Result<Ed25519PrivateKey> Ed25519PrivateKey::Generate(RandomSource& random) {
  SecretArray<kEd25519Size> bytes;
  FLORIN_CHECK_OK(random.Fill(bytes.Write(SecretAccess{})));
  return FromBytes(bytes.Read(SecretAccess{}));
}

Status Ed25519PrivateKey::Sign(ByteView message, MutableBytes signature) const {
  if (signature.size() != kEd25519SignatureSize) {
    return Error(ErrorCode::kInvalidArgument, "an Ed25519 signature has 64 bytes");
  }
  if (crypto_sign_detached(signature.data(), nullptr, message.data(), message.size(),
                           expanded_.Read(SecretAccess{}).data()) != 0) {
    return Error(ErrorCode::kInternal, "libsodium refused to sign");
  }
  return OkStatus();
}

Status CheckEd25519PublicKey(ByteView public_key) {
  FLORIN_CHECK_OK(PrimitivesReady());
  if (public_key.size() != kEd25519Size ||
      crypto_core_ed25519_is_valid_point(public_key.data()) != 1) {
    return Error(ErrorCode::kMalformed, "the Ed25519 public key is no point of its group");
  }
  return OkStatus();
}

Status Ed25519Verify(ByteView public_key, ByteView message, ByteView signature) {
  FLORIN_CHECK_OK(PrimitivesReady());
  if (public_key.size() != kEd25519Size || signature.size() != kEd25519SignatureSize ||
      crypto_sign_verify_detached(signature.data(), message.data(), message.size(),
                                  public_key.data()) != 0) {
    return Error(ErrorCode::kVerificationFailed, "the Ed25519 signature does not match");
  }
  return OkStatus();
}

}  // namespace florin::primitives
