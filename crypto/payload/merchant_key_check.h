// Whether a session holds the private key that belongs to a merchant's public one.
#pragma once

#include "crypto/payload/apple_pay_kdf.h"
#include "crypto/payload/apple_pay_unwrap.h"
#include "florin/base/result.h"
#include "florin/hsm/session.h"
#include "florin/payload/apple_pay.h"

namespace florin::payload {

// Seals a text to the public key and has the session open it. A public point that the session keeps
// beside the private key would prove less: it is another object, imported by hand.
// kVerificationFailed where the keys are no pair; errors of the session.
Status CheckMerchantKey(hsm::Session& session, const ApplePayKeyDeriver& deriver,
                        const ApplePayKeyUnwrapper& unwrapper, const ApplePayMerchantKey& key,
                        const ApplePaySharedInfo& shared_info);

}  // namespace florin::payload
