// Encrypts payment data to a merchant as a wallet does: for the simulator and for trials of keys.
#pragma once

#include "crypto/payload/apple_pay_kdf.h"
#include "crypto/primitives/ec.h"
#include "florin/base/bytes.h"
#include "florin/base/result.h"

namespace florin::payload {

// Returns the ciphertext and its tag. `ephemeral` (P-256) is to be used once. kMalformed where
// `merchant_point` (65 bytes) is no point.
Result<Bytes> SealApplePayData(ByteView plaintext, const primitives::EcPrivateKey& ephemeral,
                               ByteView merchant_point, const ApplePaySharedInfo& shared_info);

}  // namespace florin::payload
