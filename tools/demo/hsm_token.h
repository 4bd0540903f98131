// HsmToken: one principal's token in the PKCS#11 module, with its own PIN and a pool of sessions.
#pragma once

#include <memory>
#include <string_view>

#include "florin/base/result.h"
#include "florin/base/secret.h"
#include "florin/hsm/session_pool.h"
#include "florin/pkcs11/pkcs11_session.h"

namespace florin::demo {

// Safe for many threads. Invariant: initialised, and logged in by every session.
class HsmToken {
 public:
  // Initialises a new token called `label` under random PINs.
  static Result<std::unique_ptr<HsmToken>> Create(std::shared_ptr<pkcs11::Module> module,
                                                  std::string_view label);

  hsm::SessionPool& sessions() { return pool_; }

 private:
  HsmToken(std::shared_ptr<pkcs11::Module> module, pkcs11::TokenInfo token, SecretBytes pin);

  std::shared_ptr<pkcs11::Module> module_;
  pkcs11::TokenInfo token_;
  SecretBytes pin_;
  hsm::SessionPool pool_;
};

// Rules of an issuer master key for application cryptograms: double-length TDES, usage E0.
// `mode_of_use` 'G' generates, 'V' verifies (X9.143 table 4).
Result<hsm::KeyTemplate> CryptogramKeyTemplate(std::string_view label, char mode_of_use);

// Rules of the key that seals a vault's key ring: AES-256, usage D0.
Result<hsm::KeyTemplate> KeyRingKeyTemplate(std::string_view label);

// Rules of a payment processing key pair: P-256, key agreement only.
Result<hsm::KeyPairTemplate> MerchantKeyTemplate(std::string_view label);

}  // namespace florin::demo
