// JweProfile: what the encrypted payloads of one partner may be, as data. What a profile does not
// name is refused.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "florin/payload/jose_algorithms.h"

#pragma GCC visibility push(default)

namespace florin::payload {

// How a sender writes "iat"; receivers take any form, because partners disagree with their own
// documents. Seconds or milliseconds since 1970.
enum class IssuedAt : std::uint8_t {
  kNone,
  kSecondsText,         // "1732665600"
  kSecondsNumber,       // 1732665600
  kMillisecondsNumber,  // 1732665600000
};

struct JweProfile {
  std::string name;  // for operators

  // What may be received. The first of each list is what is sent.
  std::vector<JweAlgorithm> algorithms;
  std::vector<JweEncryption> encryptions;
  std::vector<std::size_t> gcm_iv_lengths = {12};  // bytes; RFC 7518 5.3 has no other than 12

  // Names that a partner's old documents give to an algorithm.
  std::vector<std::pair<std::string, JweAlgorithm>> algorithm_aliases = {};

  // Members of the header beside those that the algorithms have ("alg", "enc", "epk", "apu", "apv",
  // "iv", "tag"), which need not be named. "crit" and "zip" are always refused.
  std::vector<std::string> required_members = {};
  std::vector<std::string> optional_members = {};
  bool any_member = false;  // others are passed over (RFC 7516 4) instead of refused

  bool json = false;         // the JSON serializations (RFC 7516 7.2) are taken, too
  bool unprotected = false;  // parameters that no tag covers are taken, too (JSON only)

  // What a sender adds, such as {"cty", "application/json"}.
  std::vector<std::pair<std::string, std::string>> sent_members = {};
  IssuedAt sent_issued_at = IssuedAt::kNone;
};

// Mastercard, JWE of the client encryption libraries: RSA-OAEP-256 with AES-GCM of any length or
// A128CBC-HS256, whose tag is verified here. IVs of 12 bytes and, as their libraries sent for long,
// 16. Key id: SHA-256 of the SubjectPublicKeyInfo, hexadecimal.
JweProfile MastercardJweProfile();

// Visa Message Level Encryption: RSA-OAEP-256 with A128GCM or A256GCM, a key id required.
JweProfile VisaMessageLevelProfile();

// Visa Token Service and SRC with a shared secret: A256GCMKW, also under its old names, with
// A256GCM. The key is VisaSharedSecretKey (jwe_keys.h) of the secret.
JweProfile VisaTokenServiceProfile();

// American Express token service: A256KW with A128GCM, a key id required.
JweProfile AmexTokenServiceProfile();

// Samsung Pay and Samsung Wallet: RSA1_5 with A128GCM. The only profile that has RSA1_5.
JweProfile SamsungProfile();

// Click to Pay (SRC), encryptedPayload of a checkout response: RSA-OAEP-256 with A128CBC-HS256,
// A256GCM or A128GCM.
JweProfile ClickToPayProfile();

// Cybersource (Visa Acceptance) message level encryption: RSA-OAEP-256 with A256GCM, a key id
// required: the serial number of the certificate.
JweProfile CybersourceProfile();

}  // namespace florin::payload

#pragma GCC visibility pop
