// The usage information of an Apple Pay merchant token: what a merchant's server answers to the
// device of a token's owner, encrypted by HPKE in Auth mode (Apple Pay Merchant Token Management
// API, GetMerchantTokenUsageInformationPackageResponse, 1.0.12).
//
// The suite is DHKEM(P-384, HKDF-SHA384), HKDF-SHA384, AES-256-GCM; info is
// "ApplePayMerchantTokenUsageInformation_1.0" || SHA-256(merchantTokenIdentifier). Apple publishes
// no sample. Not stated, and so assumed here: `data` is base64 of ciphertext and tag, there are no
// associated data, and the hashes of public keys are over X9.63 points, as ephemeralPublicKey is
// one.
#pragma once

#include <string>
#include <string_view>

#include "florin/base/bytes.h"
#include "florin/base/observer.h"
#include "florin/base/result.h"
#include "florin/base/secret.h"
#include "florin/hsm/session.h"

#pragma GCC visibility push(default)

namespace florin::payload {

// `data` has at most 4000 characters, so the package at most this many bytes.
inline constexpr std::size_t kMaxMerchantTokenUsage = 2984;
// Of the merchantTokenIdentifier, in bytes.
inline constexpr std::size_t kMaxMerchantTokenIdentifier = 64;
// Of the ciphersuite's name, in bytes.
inline constexpr std::size_t kMaxMerchantTokenCiphersuite = 64;

// What the message is bound to. Views; public keys are points of P-384, 97 bytes.
struct MerchantTokenUsageBinding {
  std::string_view merchant_token_identifier;
  // As Apple's Retrieve Merchant Token Public Key answered (supportedCiphersuite).
  std::string_view ciphersuite;
  ByteView merchant_public_key;        // merchantPublicKey: the sender
  ByteView merchant_token_public_key;  // merchantTokenPublicKey: the recipient
};

// The merchant's side: the JSON object of the answer, with the six members that Apple names.
// `merchant_key` derives and belongs to merchant_public_key. kInvalidArgument, kLimitExceeded, and
// the errors of HpkeSender::Create.
Result<std::string> SealMerchantTokenUsage(hsm::Session& session, hsm::KeyHandle merchant_key,
                                           const MerchantTokenUsageBinding& binding,
                                           ByteView package);

// The device's side, for tests of merchants. `token_key` belongs to merchant_token_public_key.
// kVerificationFailed, with one text, for whatever lies in the answer: its form, hashes of other
// keys or of another token, another cipher suite, a wrong tag; the observer
// ("payload.apple_merchant_token_usage", "payload.hpke") hears which.
Result<SecretBytes> OpenMerchantTokenUsage(hsm::Session& session, hsm::KeyHandle token_key,
                                           const MerchantTokenUsageBinding& binding,
                                           ByteView answer, Observer& observer = NullObserver());

}  // namespace florin::payload

#pragma GCC visibility pop
