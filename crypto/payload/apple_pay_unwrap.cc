#include "crypto/payload/apple_pay_unwrap.h"

namespace florin::payload {

using mechanisms::MechanismType;
using mechanisms::Verb;

ApplePayKeyUnwrapper::ApplePayKeyUnwrapper() {
  payment_key_.rules.type = mechanisms::KeyType::kAes;
  payment_key_.rules.length = 16;
  payment_key_.rules.verbs = {Verb::kDecrypt};
  payment_key_.rules.allowed_mechanisms = {MechanismType::kAesGcm};
}

Status ApplePayKeyUnwrapper::CheckSession(const hsm::Session& session) {
  if (session.Supports(MechanismType::kRsaOaep, Verb::kUnwrap)) return OkStatus();
  return Error(ErrorCode::kUnsupported,
               "this token has no CKM_RSA_PKCS_OAEP for C_UnwrapKey; RSA_v1 needs that with "
               "SHA-256");
}

Result<hsm::ScopedKey> ApplePayKeyUnwrapper::Unwrap(hsm::Session& session,
                                                    hsm::KeyHandle private_key,
                                                    ByteView wrapped) const {
  if (wrapped.size() != kApplePayWrappedKeySize) {
    return Error(ErrorCode::kMalformed, "wrappedKey has not 256 bytes");
  }
  FLORIN_TRY(const hsm::KeyHandle key, session.Unwrap(mechanisms::RsaOaep{Hash::kSha256},
                                                      private_key, wrapped, payment_key_));
  return hsm::ScopedKey(session, key);
}

}  // namespace florin::payload
