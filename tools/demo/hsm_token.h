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

}  // namespace florin::demo
