// florin wallet google public-key: the key that Google encrypts payment tokens to.
#pragma once

#include <string>

#include "tools/key/token_session.h"

namespace florin::tools {

struct GooglePublicKeyOptions {
  TokenOptions token;
  std::string label;
  bool create = false;
  bool json = false;
};

// Prints the public key. 0, or 2 where there is none to print.
int RunGooglePublicKey(const GooglePublicKeyOptions& options);

}  // namespace florin::tools
