#include "tools/wallet/google_command.h"

#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "tools/key/command_keys.h"
#include "tools/wallet/google_key.h"
#include "tools/wallet/google_token.h"

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

// The file of the token, root keys, recipients, time and --json.
void AddToken(CLI::App& command, GoogleTokenOptions& options, bool judged) {
  command.add_option("file", options.file, "File of the token; - reads standard input")
      ->capture_default_str();
  CLI::Option* root_keys = command.add_option(
      "--root-keys", options.root_keys,
      "File with Google's root keys as fetched: for payments from\n"
      "https://payments.developers.google.com/paymentmethodtoken/keys.json (TEST: .../test/"
      "keys.json),\nfor callbacks from https://pay.google.com/gp/m/issuer/keys");
  CLI::Option* recipient = command.add_option(
      "--recipient", options.recipients,
      "For whom it should be signed: merchant:ID or gateway:ID, of a callback the issuer id; may "
      "be\ngiven several times. Google's TEST environment has merchant:12345678901234567890");
  recipient->take_all();
  if (judged) {
    root_keys->required();
    recipient->required();
  }
  command.add_option("--at", options.at,
                     "Judge expirations at this time, such as 2026-11-27T01:51:42Z or seconds\n"
                     "since 1970 (default: now)");
  command.add_flag("--json", options.json, "Print one JSON object and nothing else");
}

void AddPrivateKeys(CLI::App& command, GoogleDecryptOptions& options) {
  AddOptionalToken(command, options.hsm);
  CLI::Option* labels = command.add_option(
      "--key", options.labels, "Label of a private key in the token; several are tried in order");
  labels->take_all()->type_name("LABEL");
  command
      .add_option("--test-key", options.test_key,
                  "A private key in clear instead, for tests: 64 hex digits")
      ->type_name("HEX")
      ->excludes(labels);
  command.add_option("--gateway-merchant", options.gateway_merchant,
                     "Of a gateway: whose token it claims to be (gatewayMerchantId)");
}

CLI::App* AddDecrypt(CLI::App& google, GoogleDecryptOptions& options) {
  CLI::App* command = google.add_subcommand(
      "decrypt",
      "Verify and decrypt a payment token, with the private key in the token. Nothing is "
      "decrypted\n"
      "that is not verified. The card number is masked, of a cryptogram the length is told.");
  AddToken(*command, options.token, true);
  AddPrivateKeys(*command, options);
  command->add_flag("--ecv1", options.accept_ecv1, "Take tokens of ECv1, which is legacy");
  command->add_flag("--clear", options.clear,
                    "Print card number, expiry and cryptogram in clear: for test cards");
  command->footer(
      "Exit status: 0 decrypted, 1 the token is refused, 2 it could not be judged. What was "
      "opened\n"
      "before is not remembered: a service has a replay guard.\n"
      "Example: FLORIN_PIN=... florin wallet google decrypt token.json --token shop \\\n"
      "  --key google-2027 --recipient merchant:BCR2DN4T --root-keys keys.json");
  return command;
}

CLI::App* AddVerify(CLI::App& google, GoogleTokenOptions& options) {
  CLI::App* command = google.add_subcommand("verify",
                                            "Verify the signatures of a payment token or a Wallet "
                                            "callback, and the expirations that can\n"
                                            "be read without a private key.");
  AddToken(*command, options, true);
  command->footer(
      "Exit status: 0 right, 1 wrong, 2 it could not be judged.\n"
      "Example: florin wallet google verify callback.json --recipient 3388000000022335801 \\\n"
      "  --root-keys issuer-keys.json");
  return command;
}

CLI::App* AddExplain(CLI::App& google, GoogleDecryptOptions& options) {
  CLI::App* command = google.add_subcommand(
      "explain",
      "Show what a token or callback is made of, what is checked of it and where that fails. "
      "Works\n"
      "without root keys, recipient and private key as far as it can. Nothing secret is shown.");
  AddToken(*command, options.token, false);
  AddPrivateKeys(*command, options);
  command->footer(
      "Exit status: 0 nothing is wrong, 1 a check is wrong, 2 it could not be tried.\n"
      "Example: florin wallet google explain token.json --root-keys keys.json \\\n"
      "  --recipient merchant:BCR2DN4T --at 2026-11-27T01:51:42Z");
  return command;
}

CLI::App* AddMake(CLI::App& google, GoogleMakeOptions& options) {
  CLI::App* command = google.add_subcommand(
      "make",
      "Make a payment token, or with --event a Wallet callback, as a Google of its own would: its\n"
      "root keys are made anew by every run and written to --root-keys. For tests.");
  command
      ->add_option("--recipient", options.recipient,
                   "For whom: merchant:ID or gateway:ID; of a callback the issuer id")
      ->required();
  command->add_option("--root-keys", options.root_keys, "File to write the root keys to")
      ->required();
  CLI::Option* event =
      command->add_option("--event", options.event, "Make a callback of this type: save or del");
  command
      ->add_option("--public-key", options.public_key, "Key to encrypt to, as public-key prints it")
      ->excludes(event);
  command->add_option("--protocol", options.protocol, "ECv1 or ECv2")
      ->check(CLI::IsMember({"ECv1", "ECv2"}))
      ->capture_default_str();
  command->add_option("--pan", options.pan, "Card number: a test card")->capture_default_str();
  command->add_option("--expiry", options.expiry, "MM/YYYY")->capture_default_str();
  command->add_option("--cryptogram", options.cryptogram,
                      "Cryptogram of a device token, in hex (default: none, PAN_ONLY)");
  command->add_option("--eci", options.eci, "eciIndicator beside the cryptogram");
  command->add_option("--gateway-merchant", options.gateway_merchant, "gatewayMerchantId");
  command->add_option("--class", options.class_id, "classId of a callback")->needs(event);
  command->add_option("--object", options.object_ids, "objectId of a callback")
      ->needs(event)
      ->take_all();
  command->add_option("--at", options.at, "Made at this time (default: now)");
  command->add_option("--valid", options.valid_seconds, "Seconds until it expires")
      ->check(CLI::Range(1, 31536000))
      ->capture_default_str();
  command->footer(
      "Exit status: 0, or 2 where nothing could be made.\n"
      "Example: florin wallet google make --event save --class 1.c --object 1.o --recipient 1 \\\n"
      "  --root-keys /dev/null");
  return command;
}

}  // namespace

std::function<std::optional<int>()> AddGoogleCommands(CLI::App& wallet) {
  CLI::App* google = wallet.add_subcommand("google", "Google Pay tokens and Wallet callbacks");
  google->require_subcommand(1);
  const auto key_options = std::make_shared<GooglePublicKeyOptions>();
  const auto decrypt_options = std::make_shared<GoogleDecryptOptions>();
  const auto verify_options = std::make_shared<GoogleTokenOptions>();
  const auto explain_options = std::make_shared<GoogleDecryptOptions>();
  const auto make_options = std::make_shared<GoogleMakeOptions>();
  CLI::App* key = AddPublicKey(*google, *key_options);
  CLI::App* decrypt = AddDecrypt(*google, *decrypt_options);
  CLI::App* verify = AddVerify(*google, *verify_options);
  CLI::App* explain = AddExplain(*google, *explain_options);
  CLI::App* make = AddMake(*google, *make_options);
  return [=]() -> std::optional<int> {
    if (key->parsed()) return RunGooglePublicKey(*key_options);
    if (decrypt->parsed()) return RunGoogleDecrypt(*decrypt_options);
    if (verify->parsed()) return RunGoogleVerify(*verify_options);
    if (explain->parsed()) return RunGoogleExplain(*explain_options);
    if (make->parsed()) return RunGoogleMake(*make_options);
    return std::nullopt;
  };
}

}  // namespace florin::tools
