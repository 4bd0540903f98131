// Keys that a command works with: those of one token by their labels, or test keys in clear.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "florin/base/result.h"
#include "florin/hsm/key_template.h"
#include "florin/hsm/session.h"
#include "tools/key/token_session.h"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace florin::tools {

// What help says about the arguments that name keys.
inline constexpr char kKeyArgument[] = "KEY";
inline constexpr char kKeyArgumentHelp[] =
    "KEY is the label of a key in the token (--token), or test:HEX for a test key in clear:\n"
    "command lines are seen by others.";

// Adds --token and --module, for commands that may do without.
void AddOptionalToken(CLI::App& command, TokenOptions& options);

class CommandKeys {
 public:
  // `arguments` are all labels or all test keys: no key leaves a token to meet one in clear.
  // kInvalidArgument else.
  static Result<CommandKeys> Open(const TokenOptions& token,
                                  std::span<const std::string> arguments);

  hsm::Session& session() { return *session_; }

  // The key of one argument. `test_key` is what a test key is: its name is not looked at.
  Result<hsm::KeyHandle> Find(const std::string& argument, hsm::KeyTemplate test_key);

 private:
  explicit CommandKeys(std::unique_ptr<hsm::Session> session) : session_(std::move(session)) {}
  std::unique_ptr<hsm::Session> session_;
};

}  // namespace florin::tools
