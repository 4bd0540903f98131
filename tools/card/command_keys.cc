#include "tools/card/command_keys.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <string_view>
#include <utility>

#include "florin/base/hex.h"
#include "florin/hsm/soft_session.h"
#include "tools/paths.h"

namespace florin::tools {
namespace {

constexpr std::string_view kTestPrefix = "test:";

bool IsTestKey(const std::string& argument) { return argument.starts_with(kTestPrefix); }

}  // namespace

void AddOptionalToken(CLI::App& command, TokenOptions& options) {
  options.module_path = DefaultModulePath();
  command.add_option("--token", options.token_label,
                     "Label of the token with the keys; its user PIN is read from the environment\n"
                     "variable FLORIN_PIN");
  command.add_option("--module", options.module_path, "PKCS#11 module to use")
      ->envname("FLORIN_MODULE")
      ->capture_default_str();
}

Result<CommandKeys> CommandKeys::Open(const TokenOptions& token,
                                      std::span<const std::string> arguments) {
  const auto tests = std::count_if(arguments.begin(), arguments.end(), IsTestKey);
  if (tests != 0 && static_cast<std::size_t>(tests) != arguments.size()) {
    return Error(ErrorCode::kInvalidArgument,
                 "name all keys by label, or give all of them as test:HEX");
  }
  if (tests != 0) {
    FLORIN_TRY(const hsm::SoftToken soft, hsm::SoftToken::Create());
    FLORIN_TRY(auto session, soft.OpenSession());
    return CommandKeys(std::move(session));
  }
  if (token.token_label.empty()) {
    return Error(ErrorCode::kInvalidArgument,
                 "say with --token where the keys are, or give test keys as test:HEX");
  }
  FLORIN_TRY(TokenSession opened, OpenTokenSession(token));
  return CommandKeys(std::move(opened.session));
}

Result<hsm::KeyHandle> CommandKeys::Find(const std::string& argument, hsm::KeyTemplate test_key) {
  if (!IsTestKey(argument)) {
    FLORIN_TRY(const auto name, hsm::KeyRef::Create(hsm::KeyClass::kSecret, argument));
    return session_->Resolve(name);
  }
  const auto material = HexDecodeSecret(argument.substr(kTestPrefix.size()));
  if (!material.ok()) {
    return Error(ErrorCode::kInvalidArgument, "test: must be followed by hex digits, two a byte");
  }
  test_key.name.reset();
  test_key.persistent = false;
  test_key.rules.length = material->size();
  return session_->Import(test_key, *material);
}

}  // namespace florin::tools
