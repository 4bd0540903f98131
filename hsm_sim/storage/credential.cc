#include "hsm_sim/storage/credential.h"

#include "crypto/primitives/aes.h"

namespace florin::hsm_sim {
namespace {

constexpr std::size_t kPinKeySize = 32;

Result<SecretArray<kPinKeySize>> PinKey(ByteView pin, const Credential& credential) {
  SecretArray<kPinKeySize> key;
  FLORIN_CHECK_OK(
      primitives::HashPassword(pin, credential.salt, credential.cost, key.Write(SecretAccess{})));
  return key;
}

}  // namespace

Result<Credential> SealTokenKey(ByteView pin, const SecretBytes& token_key, ByteView binding,
                                const primitives::PasswordCost& cost, RandomSource& random) {
  FLORIN_INVARIANT(token_key.size() == kTokenKeySize);
  Credential credential;
  credential.set = true;
  credential.cost = cost;
  FLORIN_CHECK_OK(random.Fill(credential.salt));
  FLORIN_CHECK_OK(random.Fill(credential.nonce));
  FLORIN_TRY(const auto key, PinKey(pin, credential));
  const MutableBytes sealed(credential.sealed_key);
  FLORIN_CHECK_OK(primitives::AesGcmSealOnce(
      key.Read(SecretAccess{}), credential.nonce, binding, token_key.Read(SecretAccess{}),
      sealed.first(kTokenKeySize), sealed.last(kSealTagSize)));
  return credential;
}

Result<SecretBytes> OpenTokenKey(ByteView pin, const Credential& credential, ByteView binding) {
  FLORIN_TRY(const auto key, PinKey(pin, credential));
  FLORIN_TRY(SecretBytes token_key, SecretBytes::Create(kTokenKeySize));
  const ByteView sealed(credential.sealed_key);
  const Status opened = primitives::AesGcmOpenOnce(
      key.Read(SecretAccess{}), credential.nonce, binding, sealed.first(kTokenKeySize),
      sealed.last(kSealTagSize), token_key.Write(SecretAccess{}));
  if (opened.code() == ErrorCode::kVerificationFailed) {
    return Error(ErrorCode::kAuthenticationFailed, "the PIN is wrong");
  }
  FLORIN_CHECK_OK(opened);
  return token_key;
}

}  // namespace florin::hsm_sim
