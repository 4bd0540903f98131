// Ready templates for the keys that payment systems have. Each returns a persistent key that is
// sensitive, may not leave, and may do its one job.
#pragma once

#include <cstddef>
#include <string_view>

#include "florin/base/result.h"
#include "florin/hsm/key_template.h"

#pragma GCC visibility push(default)

namespace florin::hsm {

// Apple Pay payment processing key: P-256, key agreement only. Private and public key bear the same
// label. Errors: those of KeyRef::Create.
Result<KeyPairTemplate> PaymentProcessingKeyPair(std::string_view label);

// The key that seals a vault's key ring: AES-256, X9.143 usage D0, encrypts and decrypts.
Result<KeyTemplate> VaultKeyRingKey(std::string_view label);

// Which side of a cryptogram a key stands on.
enum class CryptogramSide : char {
  kCard = 'G',    // generates ARQC, TC, AAC (X9.143 mode of use G)
  kIssuer = 'V',  // verifies them, and answers right ones with ARPC (mode of use V)
};

// Issuer master key for application cryptograms (IMK-AC): double-length TDES, usage E0.
Result<KeyTemplate> IssuerMasterKey(std::string_view label, CryptogramSide side);

// A secret key of any usage of X9.143, named by its header, such as "D0000P0TB00N0000", with every
// verb that usage and mode of use permit together. `length` in bytes: TDES 16 or 24, AES 16, 24 or
// 32, HMAC 16..256. Narrow `rules.verbs` where the key shall do less. Errors: kInvalidArgument for
// a header of another algorithm, those of KeyRef::Create.
Result<KeyTemplate> PaymentKey(std::string_view label, const mechanisms::KeyBlockHeader& header,
                               std::size_t length);

}  // namespace florin::hsm

#pragma GCC visibility pop
