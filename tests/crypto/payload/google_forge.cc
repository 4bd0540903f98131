#include "tests/crypto/payload/google_forge.h"

#include <algorithm>
#include <array>
#include <utility>

#include "crypto/primitives/aes.h"
#include "crypto/primitives/hash.h"
#include "crypto/primitives/kdf.h"
#include "crypto/primitives/mac.h"
#include "florin/base/base64.h"
#include "florin/base/random.h"

namespace florin::payload {

using primitives::EcPrivateKey;

namespace {

EcPrivateKey FreshKey() {
  return std::move(EcPrivateKey::Generate(Curve::kP256, SystemRandom())).value();
}

std::string EscapedEquals(const std::string& text) {
  std::string out;
  for (const char c : text) out += c == '=' ? std::string("\\u003d") : std::string(1, c);
  return out;
}

}  // namespace

GooglePki MakeGooglePki() { return {FreshKey(), FreshKey(), FreshKey()}; }

std::string Base64Of(ByteView bytes) { return Base64Encode(bytes, Base64Form::kStandard); }

std::string SpkiText(const primitives::EcPublicKey& key) {
  std::array<std::uint8_t, primitives::SpkiSize(Curve::kP256)> spki;
  FLORIN_INVARIANT(key.ToSpki(spki).ok());
  return Base64Of(spki);
}

std::string JsonText(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

std::string GoogleKeysJson(const std::vector<GoogleKeyEntry>& entries) {
  std::string json = "{\"keys\":[";
  for (const GoogleKeyEntry& entry : entries) {
    if (json.back() == '}') json += ",";
    json += "{\"keyValue\":" + JsonText(SpkiText(entry.key->public_key())) +
            ",\"protocolVersion\":" + JsonText(entry.version);
    if (!entry.expiration.empty()) json += ",\"keyExpiration\":" + JsonText(entry.expiration);
    json += "}";
  }
  return json + "]}";
}

std::string SignedKeyText(const primitives::EcPublicKey& key, const std::string& expiration) {
  return "{\"keyValue\":\"" + EscapedEquals(SpkiText(key)) + "\",\"keyExpiration\":\"" +
         expiration + "\"}";
}

Bytes SignTexts(const EcPrivateKey& key, const std::vector<std::string>& texts) {
  Bytes message;
  for (const std::string& text : texts) {
    for (int i = 0; i < 4; ++i) {
      message.push_back(static_cast<std::uint8_t>(text.size() >> (8 * i)));
    }
    message.insert(message.end(), text.begin(), text.end());
  }
  std::array<std::uint8_t, 32> digest;
  FLORIN_INVARIANT(primitives::Digest(Hash::kSha256, ByteView(message), digest).ok());
  Bytes signature(primitives::kMaxDerSignatureSize);
  const auto size = primitives::EcdsaSignDer(key, digest, signature);
  FLORIN_INVARIANT(size.ok());
  signature.resize(*size);
  return signature;
}

std::string BuildGoogleToken(const ForgedGoogleToken& token) {
  const Bytes signature = SignTexts(
      *token.signer, {token.sender, token.recipient, token.protocol, token.signed_message});
  std::string json = "{\"protocolVersion\":" + JsonText(token.protocol) +
                     ",\"signature\":" + JsonText(Base64Of(signature));
  if (token.protocol != "ECv1") {
    std::vector<Bytes> signatures = token.first_key_signatures;
    signatures.push_back(SignTexts(*token.root, {token.sender, token.protocol, token.signed_key}));
    json += ",\"intermediateSigningKey\":{\"signedKey\":" + JsonText(token.signed_key) +
            ",\"signatures\":[";
    for (std::size_t i = 0; i < signatures.size(); ++i) {
      json += (i == 0 ? "" : ",") + JsonText(Base64Of(signatures[i]));
    }
    json += "]}";
  }
  return json + ",\"signedMessage\":" + JsonText(token.signed_message) + "}";
}

std::string SealedText(std::string_view plaintext, ByteView point, bool ecv1) {
  const EcPrivateKey ephemeral = FreshKey();
  const ByteView e = ephemeral.public_key().point();
  std::array<std::uint8_t, 32> z;
  FLORIN_INVARIANT(primitives::Ecdh(ephemeral, point, z).ok());
  const std::size_t n = ecv1 ? 16 : 32;
  Bytes keys(2 * n);
  FLORIN_INVARIANT(
      primitives::Hkdf(Hash::kSha256, {}, {e, z}, AsBytes(std::string_view("Google")), keys).ok());
  auto cipher = primitives::AesCipher(ByteView(keys).first(n));
  auto mac = primitives::HmacKey::Create(Hash::kSha256, ByteView(keys).last(n));
  FLORIN_INVARIANT(cipher.ok() && mac.ok());
  const std::array<std::uint8_t, 16> counter{};
  Bytes sealed(plaintext.size());
  FLORIN_INVARIANT(cipher
                       ->Crypt(primitives::CipherMode::kCtr, primitives::Direction::kEncrypt,
                               counter, AsBytes(plaintext), sealed)
                       .ok());
  std::array<std::uint8_t, 32> tag;
  FLORIN_INVARIANT(mac->Sign(ByteView(sealed), tag).ok());
  return EscapedEquals("{\"encryptedMessage\":\"" + Base64Of(sealed) +
                       "\",\"ephemeralPublicKey\":\"" + Base64Of(e) + "\",\"tag\":\"" +
                       Base64Of(tag) + "\"}");
}

std::string GooglePlaintext(const std::string& message_id) {
  return "{\"messageExpiration\":\"1700086400000\",\"messageId\":" + JsonText(message_id) +
         ",\"paymentMethod\":\"CARD\",\"paymentMethodDetails\":{\"expirationYear\":2027,"
         "\"expirationMonth\":12,\"pan\":\"4111111111111111\",\"authMethod\":\"PAN_ONLY\"}}";
}

std::string Replaced(std::string text, std::string_view from, std::string_view to) {
  const std::size_t at = text.find(from);
  FLORIN_INVARIANT(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

}  // namespace florin::payload
