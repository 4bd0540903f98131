// The keys of a Google Pay token, and what they open: ECDH, HKDF, HMAC and AES-CTR inside a
// session. Source: tink-crypto, PaymentMethodTokenHybridDecrypt (ECIES-KEM of ISO 18033-2).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "crypto/payload/google_token.h"
#include "crypto/primitives/ec.h"
#include "florin/base/bytes.h"
#include "florin/base/result.h"
#include "florin/base/secret.h"
#include "florin/hsm/session.h"

namespace florin::payload {

// Bytes of each of the two keys: AES-128 for ECv1, AES-256 for ECv2.
constexpr std::size_t GooglePayKeySize(GoogleProtocol protocol) {
  return protocol == GoogleProtocol::kEcV1 ? 16 : 32;
}

// HKDF's info.
inline constexpr std::string_view kGooglePayInfo = "Google";

// The first counter block of every message. Its key is used once, so a fixed one is sound.
inline constexpr std::array<std::uint8_t, 16> kGooglePayCounter{};

// How far opening came.
enum class GooglePayStep : std::uint8_t { kKeyAgreement, kTag, kDecrypt };

// Opens messages with a private key of a session. Every key between the private one and the message
// stays in the session and dies with the call: Z, e || Z, what HKDF makes of that (named for
// ExtractKeyFromKey alone), and its two halves, of which one verifies HMACs and one decrypts. Safe
// for many threads, each with its own session.
class GooglePayOpener {
 public:
  GooglePayOpener();

  // The tag is verified before there is a key that decrypts. On an error `step` says where:
  // kVerificationFailed at kTag is a wrong tag or another key. `sealed.ephemeral_point` is a point
  // on P-256. kUnsupported names the mechanism that the session lacks; errors of the session.
  Result<SecretBytes> Open(hsm::Session& session, hsm::KeyHandle private_key,
                           const GoogleSealed& sealed, GoogleProtocol protocol,
                           GooglePayStep& step) const;

 private:
  struct Templates {
    hsm::KeyTemplate both_keys, mac_key, cipher_key;
  };
  static Templates TemplatesFor(std::size_t key_size);

  // What is cut into the two keys.
  Result<hsm::ScopedKey> DeriveBoth(hsm::Session& session, hsm::KeyHandle private_key,
                                    ByteView ephemeral_point, const hsm::KeyTemplate& both) const;

  hsm::KeyTemplate shared_secret_;        // Z
  hsm::KeyTemplate point_and_secret_;     // e || Z
  std::array<Templates, 2> by_protocol_;  // ECv1, ECv2
};

// The other direction, with clear keys: for simulators, trials and tests. Writes ciphertext and
// tag.
struct GoogleSealedBytes {
  Bytes encrypted_message;
  std::array<std::uint8_t, 65> ephemeral_point{};
  std::array<std::uint8_t, 32> tag{};
  GoogleSealed View() const { return {encrypted_message, ephemeral_point, tag}; }
};
Result<GoogleSealedBytes> SealGooglePayMessage(ByteView plaintext,
                                               const primitives::EcPrivateKey& ephemeral,
                                               ByteView public_point, GoogleProtocol protocol);

}  // namespace florin::payload
