#include "crypto/payload/apple_pay_seal.h"

#include "crypto/primitives/aes.h"
#include "crypto/primitives/kdf.h"
#include "florin/base/secret.h"

namespace florin::payload {

Result<Bytes> SealApplePayData(ByteView plaintext, const primitives::EcPrivateKey& ephemeral,
                               ByteView merchant_point, const ApplePaySharedInfo& shared_info) {
  SecretArray<32> z;
  FLORIN_CHECK_OK(primitives::Ecdh(ephemeral, merchant_point, z.Write(SecretAccess{})));
  SecretArray<32> key;
  FLORIN_CHECK_OK(primitives::OneStepKdf(Hash::kSha256, z.Read(SecretAccess{}),
                                         ByteView(shared_info), key.Write(SecretAccess{})));
  Bytes sealed(plaintext.size() + kApplePayTagSize);
  const MutableBytes out(sealed);
  FLORIN_CHECK_OK(primitives::AesGcmSealOnce(key.Read(SecretAccess{}), kApplePayIv, {}, plaintext,
                                             out.first(plaintext.size()),
                                             out.last(kApplePayTagSize)));
  return sealed;
}

}  // namespace florin::payload
