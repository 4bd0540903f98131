#include "crypto/payload/merchant_key_check.h"

#include <string_view>

#include "crypto/payload/apple_pay_seal.h"
#include "crypto/payload/refusal.h"
#include "crypto/primitives/ec.h"
#include "florin/base/random.h"
#include "florin/base/secret.h"

namespace florin::payload {
namespace {

constexpr std::string_view kTrialText = "a trial of a merchant key";

}  // namespace

Status CheckMerchantKey(hsm::Session& session, const ApplePayKeyDeriver& deriver,
                        const ApplePayMerchantKey& key, const ApplePaySharedInfo& shared_info) {
  FLORIN_TRY(const hsm::KeyHandle private_key, session.Resolve(key.private_key()));
  FLORIN_TRY(const primitives::EcPrivateKey ephemeral,
             primitives::EcPrivateKey::Generate(Curve::kP256, SystemRandom()));
  FLORIN_TRY(const Bytes sealed,
             SealApplePayData(AsBytes(kTrialText), ephemeral, key.public_point(), shared_info));
  FLORIN_TRY(const hsm::ScopedKey derived,
             deriver.Derive(session, private_key, ephemeral.public_key().point(), shared_info));
  SecretArray<kTrialText.size()> opened;
  const mechanisms::AesGcm gcm{kApplePayIv, {}, kApplePayTagSize};
  const auto size = session.Decrypt(gcm, derived.handle(), sealed, opened.Write(SecretAccess{}));
  if (!size.ok() && !IsDecryptRefusal(size.error().code())) return size.error();
  if (!size.ok() || *size != kTrialText.size()) {
    return Error(ErrorCode::kVerificationFailed,
                 "the private key that is named for a merchant key does not belong to its "
                 "certificate; was the key or the certificate of another request taken?");
  }
  return OkStatus();
}

}  // namespace florin::payload
