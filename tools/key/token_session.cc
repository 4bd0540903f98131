#include "tools/key/token_session.h"

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <utility>

#include "tools/paths.h"

namespace florin::tools {

void AddTokenOptions(CLI::App& command, TokenOptions& options) {
  options.module_path = DefaultModulePath();
  command
      .add_option("--token", options.token_label,
                  "Label of the token; its user PIN is read from the environment variable\n"
                  "FLORIN_PIN")
      ->required();
  command.add_option("--module", options.module_path, "PKCS#11 module to use")
      ->envname("FLORIN_MODULE")
      ->capture_default_str();
}

Result<TokenSession> OpenTokenSession(const TokenOptions& options) {
  const char* pin_text = std::getenv("FLORIN_PIN");
  if (pin_text == nullptr) {
    return Error(ErrorCode::kInvalidArgument,
                 "put the token's user PIN into the environment variable FLORIN_PIN");
  }
  FLORIN_TRY(const SecretBytes pin, SecretBytes::CopyOf(AsBytes(pin_text)));
  FLORIN_TRY(const auto module, pkcs11::Module::Load(options.module_path));
  TokenSession opened;
  FLORIN_TRY(opened.token, module->FindToken(options.token_label));
  FLORIN_TRY(opened.session, module->OpenSession(opened.token, pin));
  return opened;
}

}  // namespace florin::tools
