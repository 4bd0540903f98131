// The payment key of an Apple Pay RSA_v1 token: RSAES-OAEP inside a session.
// Source: Apple, "Restoring the symmetric key".
#pragma once

#include <cstddef>

#include "florin/base/bytes.h"
#include "florin/base/result.h"
#include "florin/hsm/session.h"

namespace florin::payload {

inline constexpr std::size_t kApplePayWrappedKeySize = 256;  // a ciphertext of RSA-2048

// Unwraps payment keys. The padding has SHA-256 twice, as hash and in MGF1: the name that Apple
// gives it, OAEPWithSHA256AndMGF1Padding, means SHA-1 in MGF1 elsewhere. Safe for many threads,
// each with its own session.
class ApplePayKeyUnwrapper {
 public:
  ApplePayKeyUnwrapper();

  // kUnsupported where the session has no OAEP to unwrap with.
  static Status CheckSession(const hsm::Session& session);

  // Returns an AES-128 key of `session` that only decrypts, by AES-GCM, and dies with the returned
  // object. kMalformed unless `wrapped` has 256 bytes. Modules have many answers to a wrong
  // padding, kUnsupported among them; it is also how SoftHSM2 says that it has OAEP with SHA-1
  // alone.
  Result<hsm::ScopedKey> Unwrap(hsm::Session& session, hsm::KeyHandle private_key,
                                ByteView wrapped) const;

 private:
  hsm::KeyTemplate payment_key_;
};

}  // namespace florin::payload
