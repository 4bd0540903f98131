// IssuerKey: the key of a card command, clear for tests or inside a token.
#pragma once

#include <memory>

#include "florin/base/result.h"
#include "florin/hsm/session.h"
#include "tools/card/arqc.h"

namespace florin::tools {

struct IssuerKey {
  std::unique_ptr<hsm::Session> session;
  hsm::KeyHandle handle;
};

// Logs in with the PIN of the environment variable FLORIN_PIN where the key is in a token.
Result<IssuerKey> OpenIssuerKey(const ArqcOptions& options);

}  // namespace florin::tools
