// Encrypts payment data to a merchant as a wallet does: for the simulator and for trials of keys.
#pragma once

#include "crypto/payload/apple_pay_kdf.h"
#include "florin/base/bytes.h"
#include "florin/base/random.h"
#include "florin/base/result.h"
#include "florin/payload/apple_pay.h"

namespace florin::payload {

// The parts of a token that the encryption makes (ApplePayToken).
struct SealedApplePayData {
  ApplePayVersion version = ApplePayVersion::kEcV1;
  Bytes key;   // ephemeralPublicKey or wrappedKey
  Bytes data;  // ciphertext and tag
};

// The SubjectPublicKeyInfo of an uncompressed point on P-256 (65 bytes); what is no point, as it
// is. kMalformed: a point that is not on the curve.
Result<Bytes> ApplePayPublicKeyInfo(ByteView public_key);

// The version of the tokens for a public key, a DER SubjectPublicKeyInfo. kMalformed; kUnsupported:
// neither P-256 nor RSA of 2048 bits.
Result<ApplePayVersion> ApplePayVersionOf(ByteView public_key_info);

// Encrypts with a fresh key. `shared_info` is for EC_v1 alone. Errors of ApplePayVersionOf, and of
// `random`.
Result<SealedApplePayData> SealApplePayData(ByteView plaintext, ByteView public_key_info,
                                            const ApplePaySharedInfo& shared_info,
                                            RandomSource& random);

}  // namespace florin::payload
