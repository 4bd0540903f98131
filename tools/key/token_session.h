// A session on a token, for commands that an operator calls.
#pragma once

#include <memory>
#include <string>

#include "florin/base/result.h"
#include "florin/hsm/session.h"
#include "florin/pkcs11/pkcs11_session.h"

namespace CLI {
class App;
}

namespace florin::tools {

struct TokenOptions {
  std::string module_path;
  std::string token_label;
};

// Adds --token and --module.
void AddTokenOptions(CLI::App& command, TokenOptions& options);

struct TokenSession {
  pkcs11::TokenInfo token;
  std::unique_ptr<hsm::Session> session;
};

// Logs in with the PIN of the environment variable FLORIN_PIN.
Result<TokenSession> OpenTokenSession(const TokenOptions& options);

}  // namespace florin::tools
