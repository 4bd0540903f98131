// SimulatorToken: a new token in Florin's module, one for all contests of the process, as the
// module takes its parameters once.
#pragma once

#include <memory>
#include <optional>

#include "florin/hsm/session.h"
#include "florin/pkcs11/pkcs11_session.h"
#include "tools/temporary_directory.h"

namespace florin::bench {

class SimulatorToken {
 public:
  // The one that somebody has, or a new one. One thread.
  static Result<std::shared_ptr<SimulatorToken>> Get();

  Result<std::unique_ptr<hsm::Session>> OpenSession() const;

 private:
  SimulatorToken() = default;

  std::optional<tools::TemporaryDirectory> directory_;
  std::shared_ptr<pkcs11::Module> module_;
  pkcs11::TokenInfo token_;
};

}  // namespace florin::bench
