#include "tools/wallet/google_command.h"

#include <CLI/CLI.hpp>
#include <memory>

#include "tools/wallet/google_key.h"

namespace florin::tools {
namespace {

CLI::App* AddPublicKey(CLI::App& google, GooglePublicKeyOptions& options) {
  CLI::App* command = google.add_subcommand(
      "public-key",
      "Print the public key that is registered with Google: the uncompressed point of a P-256 key\n"
      "in the token, 65 bytes in base64. The private key never leaves the token. Google asks for "
      "a\n"
      "new key every year and for two live ones meanwhile: make the next under a label of its "
      "own.");
  AddTokenOptions(*command, options.token);
  command->add_option("--key", options.label, "Label of the key pair")->required();
  command->add_flag("--create", options.create,
                    "Make the pair in the token first; the label must be free");
  command->add_flag("--json", options.json, "Print one JSON object and nothing else");
  command->footer(
      "Exit status: 0, or 2 where there is no such key, or it is not one of P-256.\n"
      "Example: FLORIN_PIN=... florin wallet google public-key --token shop --key google-2027 "
      "--create");
  return command;
}

}  // namespace

std::function<std::optional<int>()> AddGoogleCommands(CLI::App& wallet) {
  CLI::App* google = wallet.add_subcommand("google", "Google Pay tokens and Wallet callbacks");
  google->require_subcommand(1);
  const auto key_options = std::make_shared<GooglePublicKeyOptions>();
  CLI::App* key = AddPublicKey(*google, *key_options);
  return [=]() -> std::optional<int> {
    if (key->parsed()) return RunGooglePublicKey(*key_options);
    return std::nullopt;
  };
}

}  // namespace florin::tools
