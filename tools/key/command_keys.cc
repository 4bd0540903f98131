#include "tools/key/command_keys.h"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "florin/base/hex.h"
#include "florin/hsm/key_templates.h"
#include "florin/hsm/soft_session.h"
#include "tools/paths.h"

namespace florin::tools {

KeyOptions AddKeyArgument(CLI::App& command, const std::string& name, const std::string& what,
                          KeyArgument& argument) {
  CLI::Option* label = command.add_option("--" + name, argument.label, what);
  label->type_name("LABEL");
  CLI::Option* test_key =
      command.add_option("--test-" + name, argument.test_key, "The same as a test key in clear");
  test_key->type_name("HEX")->excludes(label);
  return {label, test_key};
}

void AddOptionalToken(CLI::App& command, TokenOptions& options) {
  options.module_path = DefaultModulePath();
  command.add_option("--token", options.token_label,
                     "Label of the token with the keys; its user PIN is read from the environment\n"
                     "variable FLORIN_PIN");
  command.add_option("--module", options.module_path, "PKCS#11 module to use")
      ->envname("FLORIN_MODULE")
      ->capture_default_str();
}

Result<hsm::KeyTemplate> TestKeyTemplate(std::string_view attributes) {
  FLORIN_TRY(const auto header,
             mechanisms::KeyBlockHeader::Parse("D0000" + std::string(attributes) + "00N0000"));
  return hsm::PaymentKey("test", header, 0);
}

Result<CommandKeys> CommandKeys::Open(const TokenOptions& token,
                                      std::initializer_list<const KeyArgument*> arguments) {
  const auto is_missing = [](const KeyArgument* argument) { return argument->empty(); };
  if (std::any_of(arguments.begin(), arguments.end(), is_missing)) {
    return Error(ErrorCode::kInvalidArgument,
                 "a key is missing: give its label (--key or the like) and --token, or a test key "
                 "(--test-key or the like)");
  }
  const auto is_test = [](const KeyArgument* argument) { return !argument->test_key.empty(); };
  const auto tests = std::count_if(arguments.begin(), arguments.end(), is_test);
  if (tests != 0 && static_cast<std::size_t>(tests) != arguments.size()) {
    return Error(ErrorCode::kInvalidArgument,
                 "name all keys by label, or give all of them as test keys");
  }
  if (tests != 0) {
    FLORIN_TRY(const hsm::SoftToken soft, hsm::SoftToken::Create());
    FLORIN_TRY(auto session, soft.OpenSession());
    return CommandKeys(std::move(session));
  }
  if (token.token_label.empty()) {
    return Error(ErrorCode::kInvalidArgument,
                 "say with --token where the keys are, or give test keys (--test-key or the like)");
  }
  FLORIN_TRY(TokenSession opened, OpenTokenSession(token));
  return CommandKeys(std::move(opened.session));
}

Result<hsm::KeyHandle> CommandKeys::Find(const KeyArgument& argument, hsm::KeyTemplate test_key) {
  if (argument.test_key.empty()) {
    FLORIN_TRY(const auto name, hsm::KeyRef::Create(hsm::KeyClass::kSecret, argument.label));
    return session_->Resolve(name);
  }
  const auto material = HexDecodeSecret(argument.test_key);
  if (!material.ok()) {
    return Error(ErrorCode::kInvalidArgument, "a test key is given in hex digits, two a byte");
  }
  test_key.name.reset();
  test_key.persistent = false;
  test_key.rules.length = material->size();
  return session_->Import(test_key, *material);
}

}  // namespace florin::tools
