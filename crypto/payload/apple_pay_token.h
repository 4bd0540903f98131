// The Apple Pay payment token (PKPaymentToken and its paymentData) as JSON, read strictly and
// written. Source: Apple, "Payment token format reference".
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "crypto/base/json.h"
#include "florin/base/bytes.h"
#include "florin/base/result.h"
#include "florin/payload/apple_pay.h"

namespace florin::payload {

// Where reading stopped; what an operator is told.
enum class TokenStage : std::uint8_t {
  kJson,     // not one JSON object of bounded size
  kWrapper,  // members of the PKPaymentToken
  kMembers,  // members of paymentData
  kVersion,
  kHeader,       // members of header
  kFields,       // base64 and hexadecimal
  kTransaction,  // transactionIdentifier and header.transactionId differ
};

// Such as "token.version".
const char* TokenStageName(TokenStage stage);

// "EC_v1" or "RSA_v1".
const char* ApplePayVersionName(ApplePayVersion version);

// A decoded token. The views live in the memory that was passed to ReadApplePayToken.
struct ApplePayToken {
  ApplePayVersion version = ApplePayVersion::kEcV1;
  ByteView data;       // ciphertext and 16-byte tag
  ByteView signature;  // CMS SignedData
  // What the merchant's private key opens the data with, as received. EC_v1: ephemeralPublicKey, a
  // SubjectPublicKeyInfo. RSA_v1: wrappedKey.
  ByteView key;
  std::array<std::uint8_t, 32> public_key_hash{};
  std::array<std::uint8_t, 32> transaction_id{};
  std::optional<std::array<std::uint8_t, 32>> application_data;
};

// Reads the paymentData object or the PKPaymentToken around it. Both with exact member sets:
// {version, data, signature, header {ephemeralPublicKey or wrappedKey, publicKeyHash,
// transactionId, applicationData?}} and {paymentData, paymentMethod?, transactionIdentifier?}.
//
// `scratch` takes the decoded fields: json.size() bytes are always enough. On an error `stage`
// says where. kMalformed, kLimitExceeded; kUnsupported for a version other than these two.
Result<ApplePayToken> ReadApplePayToken(JsonParser& parser, ByteView json, MutableBytes scratch,
                                        TokenStage& stage);

// The limits a parser needs for tokens of up to `max_bytes`.
JsonLimits ApplePayTokenLimits(std::size_t max_bytes);

// SHA-256 of what the signature covers: the raw bytes of the key, data, transaction id and, where
// present, application data, one after the other.
Status ApplePayContentDigest(const ApplePayToken& token, std::span<std::uint8_t, 32> digest);

// Writes the paymentData object.
Result<std::string> WriteApplePayToken(const ApplePayToken& token);

}  // namespace florin::payload
