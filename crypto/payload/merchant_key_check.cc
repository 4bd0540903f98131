#include "crypto/payload/merchant_key_check.h"

#include <optional>
#include <string_view>
#include <utility>

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
                        const ApplePayKeyUnwrapper& unwrapper, const ApplePayMerchantKey& key,
                        const ApplePaySharedInfo& shared_info) {
  const Error no_pair(ErrorCode::kVerificationFailed,
                      "the private key that is named for a merchant key does not belong to its "
                      "certificate; was the key or the certificate of another request taken?");
  FLORIN_TRY(const hsm::KeyHandle private_key, session.Resolve(key.private_key()));
  FLORIN_TRY(
      const SealedApplePayData sealed,
      SealApplePayData(AsBytes(kTrialText), key.public_key_info(), shared_info, SystemRandom()));
  std::optional<hsm::ScopedKey> opened_key;
  if (sealed.version == ApplePayVersion::kEcV1) {
    FLORIN_TRY(const auto ephemeral, primitives::EcPublicKey::FromSpki(sealed.key));
    FLORIN_TRY(opened_key, deriver.Derive(session, private_key, ephemeral.point(), shared_info));
  } else {
    FLORIN_CHECK_OK(ApplePayKeyUnwrapper::CheckSession(session));
    auto unwrapped = unwrapper.Unwrap(session, private_key, sealed.key);
    if (!unwrapped.ok()) {
      return unwrapped.code() == ErrorCode::kVerificationFailed ? no_pair : unwrapped.error();
    }
    opened_key = std::move(unwrapped).value();
  }
  SecretArray<kTrialText.size()> opened;
  const mechanisms::AesGcm gcm{kApplePayIv, {}, kApplePayTagSize};
  const auto size =
      session.Decrypt(gcm, opened_key->handle(), sealed.data, opened.Write(SecretAccess{}));
  if (!size.ok() && !IsDecryptRefusal(size.error().code())) return size.error();
  if (!size.ok() || *size != kTrialText.size()) return no_pair;
  return OkStatus();
}

}  // namespace florin::payload
