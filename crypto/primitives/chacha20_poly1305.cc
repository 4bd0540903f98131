#include "crypto/primitives/chacha20_poly1305.h"

#include <sodium.h>

#include "crypto/primitives/self_test.h"

namespace florin::primitives {
namespace {

Status CheckSizes(ByteView key, ByteView nonce) {
  FLORIN_CHECK_OK(PrimitivesReady());
  if (key.size() == kChaCha20KeySize && nonce.size() == kChaCha20NonceSize) return OkStatus();
  return Error(ErrorCode::kInvalidArgument,
               "ChaCha20-Poly1305 has a key of 32 bytes and a nonce of 12");
}

}  // namespace

Status ChaCha20Poly1305Seal(ByteView key, ByteView nonce, ByteView aad, ByteView plaintext,
                            MutableBytes out) {
  FLORIN_CHECK_OK(CheckSizes(key, nonce));
  if (out.size() < plaintext.size() + kPoly1305TagSize) {
    return Error(ErrorCode::kBufferTooSmall, "ChaCha20-Poly1305: no room for the tag");
  }
  const int sealed = crypto_aead_chacha20poly1305_ietf_encrypt_detached(
      out.data(), out.data() + plaintext.size(), nullptr, plaintext.data(), plaintext.size(),
      aad.data(), aad.size(), nullptr, nonce.data(), key.data());
  if (sealed != 0) return Error(ErrorCode::kInternal, "libsodium refused to encrypt");
  return OkStatus();
}

Status ChaCha20Poly1305Open(ByteView key, ByteView nonce, ByteView aad, ByteView sealed,
                            MutableBytes out) {
  FLORIN_CHECK_OK(CheckSizes(key, nonce));
  if (sealed.size() < kPoly1305TagSize) {
    return Error(ErrorCode::kMalformed, "ChaCha20-Poly1305: no whole tag");
  }
  const ByteView ciphertext = sealed.first(sealed.size() - kPoly1305TagSize);
  if (out.size() < ciphertext.size()) {
    return Error(ErrorCode::kBufferTooSmall, "ChaCha20-Poly1305: no room for the plaintext");
  }
  // Nothing is decrypted before the tag has been compared, in constant time.
  const int opened = crypto_aead_chacha20poly1305_ietf_decrypt_detached(
      out.data(), nullptr, ciphertext.data(), ciphertext.size(),
      sealed.last(kPoly1305TagSize).data(), aad.data(), aad.size(), nonce.data(), key.data());
  if (opened != 0) {
    return Error(ErrorCode::kVerificationFailed, "ChaCha20-Poly1305: the tag does not match");
  }
  return OkStatus();
}

}  // namespace florin::primitives
