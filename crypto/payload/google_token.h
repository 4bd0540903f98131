// The messages that Google signs (PaymentMethodToken) as JSON, read strictly and written: payment
// tokens of ECv1 and ECv2, and Wallet callbacks (ECv2SigningOnly).
//
// Source: google-pay and tink-crypto, PaymentMethodTokenRecipient, and Google's page "Payment data
// cryptography for merchants".
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "crypto/base/json.h"
#include "crypto/payload/decoded_fields.h"
#include "florin/base/bytes.h"
#include "florin/base/result.h"
#include "florin/payload/google_root_keys.h"

namespace florin::payload {

// Of an intermediate key. Google sends one; each costs a verification for each root.
inline constexpr std::size_t kMaxGoogleSignatures = 4;

// Where reading stopped; what an operator is told.
enum class GoogleTokenStage : std::uint8_t {
  kJson,     // not one JSON object of bounded size
  kVersion,  // protocolVersion
  kMembers,  // of the token or of intermediateSigningKey
  kFields,   // base64
};

// Such as "token.version".
const char* GoogleTokenStageName(GoogleTokenStage stage);

// A decoded token. Texts live in the parser, bytes in the memory of the fields.
struct GoogleToken {
  GoogleProtocol protocol = GoogleProtocol::kEcV2;
  // Exactly as they were signed: Google escapes '=' as \u003d inside, and that must stay.
  std::string_view signed_message;
  std::string_view signed_key;                                  // empty for ECv1
  ByteView signature;                                           // of signed_message, DER
  std::array<ByteView, kMaxGoogleSignatures> key_signatures{};  // of signed_key, DER
  std::size_t key_signature_count = 0;

  std::span<const ByteView> KeySignatures() const {
    return std::span(key_signatures).first(key_signature_count);
  }
};

// Reads {protocolVersion, signature, signedMessage} and, but for ECv1, intermediateSigningKey
// {signedKey, signatures}: exactly these members. On an error `stage` says where. kMalformed,
// kLimitExceeded; kUnsupported for other versions, ECv0 among them.
Result<GoogleToken> ReadGoogleToken(JsonParser& parser, ByteView json, DecodedFields& fields,
                                    GoogleTokenStage& stage);

// The limits that a parser needs for tokens of up to `max_bytes`, and for what is inside them.
JsonLimits GoogleTokenLimits(std::size_t max_bytes);

Result<std::string> WriteGoogleToken(const GoogleToken& token);

// What signed_key says.
struct GoogleSignedKey {
  std::array<std::uint8_t, 91> spki{};
  std::size_t spki_size = 0;
  std::int64_t expiration_ms = 0;
};

// {keyValue, keyExpiration}; other members are passed over. kMalformed.
Result<GoogleSignedKey> ReadGoogleSignedKey(JsonParser& parser, std::string_view signed_key);
std::string WriteGoogleSignedKey(ByteView spki, std::int64_t expiration_ms);

// What signed_message says of a payment token.
struct GoogleSealed {
  ByteView encrypted_message;
  ByteView ephemeral_point;  // 65 bytes, not checked
  ByteView tag;              // 32 bytes
};

// Exactly {encryptedMessage, ephemeralPublicKey, tag}. kMalformed.
Result<GoogleSealed> ReadGoogleSealed(JsonParser& parser, std::string_view signed_message,
                                      DecodedFields& fields);
std::string WriteGoogleSealed(const GoogleSealed& sealed);

}  // namespace florin::payload
