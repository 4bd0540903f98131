// Keys that a command works with: those of one token by their labels, or test keys in clear.
#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "florin/base/result.h"
#include "florin/hsm/key_template.h"
#include "florin/hsm/session.h"
#include "tools/key/token_session.h"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace florin::tools {

// As given on the command line: at most one of the two is set, neither where there is no such key.
struct KeyArgument {
  std::string label;     // of a key in the token
  std::string test_key;  // in clear hex
  bool empty() const { return label.empty() && test_key.empty(); }
};

// What help says about the options that name keys.
inline constexpr char kKeyArgumentHelp[] =
    "Each key is in the token (--token): --key and the like have its label. Or all are test keys\n"
    "in clear: --test-key and the like have the hex digits. Command lines are seen by others.";

struct KeyOptions {
  CLI::Option* label;
  CLI::Option* test_key;
};

// Adds --NAME for a label and --test-NAME for a test key.
KeyOptions AddKeyArgument(CLI::App& command, const std::string& name, const std::string& what,
                          KeyArgument& argument);

// Adds --token and --module, for commands that may do without.
void AddOptionalToken(CLI::App& command, TokenOptions& options);

// What a test key is, by the part of its header that matters, such as "P0TB": usage, algorithm,
// mode of use.
Result<hsm::KeyTemplate> TestKeyTemplate(std::string_view attributes);

class CommandKeys {
 public:
  // `arguments` are all labels or all test keys: no key leaves a token to meet one in clear. Each
  // must name a key. kInvalidArgument else.
  static Result<CommandKeys> Open(const TokenOptions& token,
                                  std::initializer_list<const KeyArgument*> arguments);

  hsm::Session& session() { return *session_; }

  // The key of one argument. `test_key` is what a test key is: its name is not looked at.
  Result<hsm::KeyHandle> Find(const KeyArgument& argument, hsm::KeyTemplate test_key);

 private:
  explicit CommandKeys(std::unique_ptr<hsm::Session> session) : session_(std::move(session)) {}
  std::unique_ptr<hsm::Session> session_;
};

}  // namespace florin::tools
