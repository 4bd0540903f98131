#include "tools/wallet/jwe_command.h"

#include <CLI/CLI.hpp>
#include <memory>

#include "tools/key/command_keys.h"
#include "tools/wallet/jwe.h"

namespace florin::tools {
namespace {

constexpr char kTextHelp[] = "The JWE itself, or - to read standard input";
constexpr char kPublicKeyHelp[] =
    "File with the partner's public key: a JWK, or a public key or certificate in PEM or DER";
constexpr char kJsonHelp[] = "Print one JSON object and nothing else";

void AddProfile(CLI::App& command, std::string& profile) {
  command.add_option("--profile", profile, "Whose payloads these are")
      ->required()
      ->check(CLI::IsMember(JweProfileNames()));
}

CLI::App* AddPublicKey(CLI::App& jwe, JwePublicKeyOptions& options) {
  CLI::App* command = jwe.add_subcommand(
      "public-key",
      "Print, as a JWK, the public key that partners encrypt to. The private key is in the token\n"
      "and never leaves it.");
  AddTokenOptions(*command, options.token);
  command->add_option("--key", options.label, "Label of the key pair")->required();
  command->add_flag("--create", options.create,
                    "Make the pair in the token first; the label must be free");
  AddProfile(*command, options.profile);
  command->add_option("--rsa-bits", options.rsa_bits, "Length of a new RSA key")
      ->check(CLI::IsMember({2048U, 3072U, 4096U}))
      ->capture_default_str();
  command->add_flag("--json", options.json, "With the fingerprints that serve as key ids");
  command->footer(
      "Exit status: 0, or 2 where there is no such key.\n"
      "Example: FLORIN_PIN=... florin wallet jwe public-key --token shop --key mastercard-2027 "
      "--profile mastercard --create");
  return command;
}

CLI::App* AddDecrypt(CLI::App& jwe, JweDecryptOptions& options) {
  CLI::App* command = jwe.add_subcommand(
      "decrypt",
      "Open a JWE with a key of the token and say what it is. The content goes to the file of\n"
      "--out, which only its owner may read, and is not shown otherwise.");
  AddTokenOptions(*command, options.token);
  command->add_option("--key", options.label, "Label of the key that opens")->required();
  AddProfile(*command, options.profile);
  command->add_option("text", options.text, kTextHelp)->required();
  command->add_option("--out", options.out, "File for the content; - for standard output");
  command->add_flag("--json", options.json, kJsonHelp);
  command->footer(
      "Exit status: 0 opened, 1 refused (`explain` tells why), 2 it could not be tried.\n"
      "Example: FLORIN_PIN=... florin wallet jwe decrypt --token shop --key mastercard-2027 "
      "--profile mastercard --out card.json - <payload.jwe");
  return command;
}

CLI::App* AddMake(CLI::App& jwe, JweMakeOptions& options) {
  CLI::App* command = jwe.add_subcommand(
      "make",
      "Encrypt to a partner's public key as the profile says, and print the compact JWE. Profiles\n"
      "with shared keys are for programs: payload/jwe.h, JweSender::UnderSharedKey.");
  AddProfile(*command, options.profile);
  command->add_option("--public-key", options.public_key, kPublicKeyHelp)->required();
  command->add_option("--kid", options.kid, "Key id to write; some profiles require one");
  command->add_option("--in", options.in, "File with the content; - for standard input")
      ->required();
  command->footer(
      "Exit status: 0, or 2 where it could not be made.\n"
      "Example: florin wallet jwe make --profile mastercard --public-key partner.jwk --in "
      "card.json");
  return command;
}

CLI::App* AddVerify(CLI::App& jwe, JweVerifyOptions& options) {
  CLI::App* command = jwe.add_subcommand(
      "verify", "Verify a compact JWS by a partner's public key, and say what it is.");
  command->add_option("--public-key", options.public_key, kPublicKeyHelp)->required();
  command->add_option("--algorithm", options.algorithm, "The one that the partner uses")
      ->required()
      ->check(CLI::IsMember({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384",
                             "ES512", "EdDSA"}));
  command->add_option("text", options.text, "The JWS itself, or - to read standard input")
      ->required();
  command->add_option("--out", options.out, "File for the content; - for standard output");
  command->add_flag("--json", options.json, kJsonHelp);
  command->footer(
      "Exit status: 0 right, 1 wrong, 2 it could not be tried.\n"
      "Example: florin wallet jwe verify --public-key partner.jwk --algorithm ES256 - <answer.jws");
  return command;
}

CLI::App* AddExplain(CLI::App& jwe, JweExplainOptions& options) {
  CLI::App* command = jwe.add_subcommand(
      "explain",
      "Show how a JWE is built, and at which check a profile refuses it. Without a key it is\n"
      "checked up to the key; with --token and --key to the end. The content is not shown.");
  command->add_option("text", options.text, kTextHelp)->required();
  AddProfile(*command, options.profile);
  AddOptionalToken(*command, options.token);
  command->add_option("--key", options.label, "Label of the key that should open");
  command->add_flag("--json", options.json, kJsonHelp);
  command->footer(
      "Exit status: 0 nothing is wrong, 1 something is, 2 it could not be tried.\n"
      "Example: florin wallet jwe explain --profile visa-mle - <payload.jwe");
  return command;
}

}  // namespace

std::function<std::optional<int>()> AddJweCommands(CLI::App& wallet) {
  CLI::App* jwe = wallet.add_subcommand("jwe", "Encrypted and signed payloads of schemes");
  jwe->require_subcommand(1);
  struct Options {
    JwePublicKeyOptions key;
    JweDecryptOptions decrypt;
    JweMakeOptions make;
    JweVerifyOptions verify;
    JweExplainOptions explain;
  };
  const auto options = std::make_shared<Options>();
  const CLI::App* key = AddPublicKey(*jwe, options->key);
  const CLI::App* decrypt = AddDecrypt(*jwe, options->decrypt);
  const CLI::App* make = AddMake(*jwe, options->make);
  const CLI::App* verify = AddVerify(*jwe, options->verify);
  const CLI::App* explain = AddExplain(*jwe, options->explain);
  return [=]() -> std::optional<int> {
    if (key->parsed()) return RunJwePublicKey(options->key);
    if (decrypt->parsed()) return RunJweDecrypt(options->decrypt);
    if (make->parsed()) return RunJweMake(options->make);
    if (verify->parsed()) return RunJweVerify(options->verify);
    if (explain->parsed()) return RunJweExplain(options->explain);
    return std::nullopt;
  };
}

}  // namespace florin::tools
