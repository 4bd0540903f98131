// The key of an Apple Pay EC_v1 token, and of what an issuer sends to Wallet: ECDH and the one-step
// KDF of SP 800-56A, inside a session. Source: Apple, "Restoring the symmetric key".
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <tuple>

#include "florin/base/bytes.h"
#include "florin/base/result.h"
#include "florin/hsm/session.h"

namespace florin::payload {

// What follows the shared secret in the hash, up to PartyV: the length and name of the algorithm,
// and PartyU "Apple"; no lengths before the parties.
inline constexpr std::string_view kApplePayInfoPrefix = "\x0did-aes256-GCMApple";

// The same with PartyV of payment tokens, the SHA-256 of the merchant identifier.
using ApplePaySharedInfo = std::array<std::uint8_t, 14 + 5 + 32>;
ApplePaySharedInfo MakeApplePaySharedInfo(const std::array<std::uint8_t, 32>& merchant_id_hash);

// The IV of every token. The key is used once, so a fixed IV is sound (SP 800-38D 8.2).
inline constexpr std::array<std::uint8_t, 16> kApplePayIv{};
inline constexpr std::size_t kApplePayTagSize = 16;

// Derives payment keys, in one call or in steps (agreed_key.h): it remembers what the token can.
// Safe for many threads, each with its own session.
class ApplePayKeyDeriver {
 public:
  // For keys that do `verb`; those of tokens by default.
  explicit ApplePayKeyDeriver(mechanisms::Verb verb = mechanisms::Verb::kDecrypt);

  // Returns an AES-256 key of `session` that does nothing else and dies with the returned object.
  // `peer_point`: 65 bytes, checked. kUnsupported where the session can do neither; the message
  // names what is missing.
  Result<hsm::ScopedKey> Derive(hsm::Session& session, hsm::KeyHandle private_key,
                                ByteView peer_point, ByteView shared_info) const;

 private:
  Result<hsm::ScopedKey> DeriveInOneCall(hsm::Session& session, hsm::KeyHandle private_key,
                                         ByteView peer_point, ByteView shared_info) const;
  Result<hsm::ScopedKey> DeriveInSteps(hsm::Session& session, hsm::KeyHandle private_key,
                                       ByteView peer_point, ByteView shared_info) const;

  hsm::KeyTemplate payment_key_;
  // What worked last: a hint which way to try first, wrong at worst for one call.
  mutable std::atomic<bool> steps_first_{false};
};

}  // namespace florin::payload
