// Makes Google tokens that are right in everything but what a test changes. Writes lengths, JSON
// and signatures by itself, so that the library is held against a second hand.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/primitives/ec.h"
#include "florin/base/bytes.h"
#include "florin/base/clock.h"

namespace florin::payload {

inline constexpr UnixSeconds kGoogleNow{1700000000};
inline constexpr char kGoogleRecipient[] = "merchant:florin-shop";

struct GooglePki {
  primitives::EcPrivateKey ecv1_root;
  primitives::EcPrivateKey root;
  primitives::EcPrivateKey intermediate;
};
GooglePki MakeGooglePki();

// One entry of a list of root keys; `expiration` is the text of keyExpiration, empty: absent.
struct GoogleKeyEntry {
  const primitives::EcPrivateKey* key;
  std::string version;
  std::string expiration;
};
std::string GoogleKeysJson(const std::vector<GoogleKeyEntry>& entries);

std::string Base64Of(ByteView bytes);
std::string SpkiText(const primitives::EcPublicKey& key);
// `text` as a JSON string with its quotes.
std::string JsonText(std::string_view text);

// The text of signedKey, with '=' escaped as Google does.
std::string SignedKeyText(const primitives::EcPublicKey& key, const std::string& expiration);

// 4 bytes little-endian and the text, one after the other; signed with ECDSA over SHA-256, DER.
Bytes SignTexts(const primitives::EcPrivateKey& key, const std::vector<std::string>& texts);

// A token in pieces. `root` signs signed_key; `signer` signs the message.
struct ForgedGoogleToken {
  std::string protocol = "ECv2";
  std::string sender = "Google";
  std::string recipient = kGoogleRecipient;
  std::string signed_key;
  std::string signed_message;
  std::vector<Bytes> first_key_signatures = {};  // stand before the right one
  const primitives::EcPrivateKey* root = nullptr;
  const primitives::EcPrivateKey* signer = nullptr;
};

// The whole token as JSON; without intermediateSigningKey for ECv1.
std::string BuildGoogleToken(const ForgedGoogleToken& token);

// The text of signedMessage: `plaintext` encrypted to `point` under a fresh key. Key sizes of ECv1
// or ECv2.
std::string SealedText(std::string_view plaintext, ByteView point, bool ecv1 = false);

// A PAN_ONLY message that expires a day after kGoogleNow.
std::string GooglePlaintext(const std::string& message_id);

// Replaces the first `from`, which must be there.
std::string Replaced(std::string text, std::string_view from, std::string_view to);

}  // namespace florin::payload
