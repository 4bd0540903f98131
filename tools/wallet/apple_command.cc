#include "tools/wallet/apple_command.h"

#include <CLI/CLI.hpp>
#include <memory>

#include "tools/wallet/apple.h"

namespace florin::tools {
namespace {

void AddJudging(CLI::App& command, AppleTokenOptions& options) {
  command.add_option("file", options.file, "File with the token as JSON; - is standard input")
      ->capture_default_str();
  command.add_option("--root", options.roots,
                     "Certificate of a root to trust, instead of Apple Root CA - G3");
  command.add_option("--at", options.at,
                     "Time to judge by: seconds since 1970, or such as 2026-11-27T02:00:00Z");
  command.add_flag("--json", options.json, "Print one JSON object and nothing else");
}

CLI::App* AddCsr(CLI::App& apple, AppleCsrOptions& options) {
  CLI::App* command = apple.add_subcommand(
      "csr",
      "Print a certificate request (PKCS #10, PEM) for a payment processing key in the token, "
      "signed\nby the key itself. The private key never leaves the token.");
  AddTokenOptions(*command, options.token);
  command->add_option("--key", options.label, "Label of the key pair")->required();
  command->add_flag("--create", options.create,
                    "Make the pair in the token first; the label must be free");
  command->add_flag("--rsa", options.rsa, "With --create: RSA of 2048 bits instead of P-256");
  command->add_option("--name", options.common_name, "Common name, such as the merchant identifier")
      ->required();
  command->add_option("--organization", options.organization, "Organization");
  command->add_option("--country", options.country, "Country, two letters");
  command->footer(
      "Exit status: 0, 1 where the key may not sign, or 2 where there is no such key.\n"
      "Example: FLORIN_PIN=... florin wallet apple csr --token shop --key apple-2027 --create \\\n"
      "           --name merchant.com.example");
  return command;
}

CLI::App* AddDecrypt(CLI::App& apple, AppleDecryptOptions& options) {
  CLI::App* command = apple.add_subcommand(
      "decrypt",
      "Verify a payment token, open it with a key in the token, and print what is in it, with the\n"
      "card number masked and without its cryptogram.");
  AddJudging(*command, options.judged);
  AddTokenOptions(*command, options.token);
  command
      ->add_option("--key", options.keys,
                   "LABEL=FILE: a private key and its payment processing certificate; several may "
                   "be live")
      ->required();
  command->add_option("--merchant-id", options.merchant_identifier,
                      "Refuse certificates of another merchant identifier");
  command->footer(
      "Exit status: 0 opened, 1 refused (the stage is told on standard error), 2 not judged.");
  return command;
}

CLI::App* AddMake(CLI::App& apple, AppleMakeOptions& options) {
  CLI::App* command = apple.add_subcommand(
      "make",
      "Print a payment token as a simulated phone makes it, under a root of its own. Test "
      "equipment.");
  auto* certificate = command->add_option("--certificate", options.certificate,
                                          "The merchant's payment processing certificate");
  auto* request = command->add_option("--request", options.request,
                                      "A certificate request, for which one is issued");
  certificate->excludes(request);
  command->add_option("--merchant-id", options.merchant_identifier, "Merchant identifier")
      ->required();
  command->add_option("--pan", options.pan, "Test card number")->capture_default_str();
  command->add_option("--amount", options.amount, "Amount in minor units")->capture_default_str();
  command->add_option("--currency", options.currency, "ISO 4217 number")->capture_default_str();
  command->add_flag("--emv", options.emv, "EMV data instead of 3DSecure");
  command->add_option("--at", options.at, "Signing time");
  command->add_option("--root-out", options.root_out, "File for the certificate of the root");
  command->add_option("--certificate-out", options.certificate_out,
                      "File for the processing certificate");
  command->footer("Exit status: 0, or 2 where no token can be made.");
  return command;
}

CLI::App* AddProvision(CLI::App& apple, AppleProvisionOptions& options) {
  CLI::App* command = apple.add_subcommand(
      "provision",
      "Encrypt a card to a device that adds it to Apple Wallet, and print the answer for the app.\n"
      "Apple's specification is not public: try the profile with Apple's test environment first.");
  AddTokenOptions(*command, options.token);
  command
      ->add_option("file", options.request_file,
                   "JSON of the request: certificates, nonce, nonceSignature, in base64")
      ->capture_default_str();
  command->add_option("--card", options.card_file, "JSON file: pan, expiry (MM/YY), name")
      ->required();
  command->add_option("--activation-data", options.activation_data, "Of the network, in base64")
      ->required();
  command->add_option("--root", options.roots,
                      "Certificate of a root to trust, instead of Apple Root CA - G3");
  command->add_option("--iv-length", options.iv_length, "Bytes of zeros: 12 or 16")
      ->capture_default_str();
  command->add_option("--at", options.at, "Time to judge by");
  command->footer("Exit status: 0, 1 where the request is refused, 2 where it cannot be judged.");
  return command;
}

}  // namespace

std::function<std::optional<int>()> AddAppleCommands(CLI::App& wallet) {
  CLI::App* apple = wallet.add_subcommand("apple", "Apple Pay tokens and cards for Apple Wallet");
  apple->require_subcommand(1);
  const auto csr_options = std::make_shared<AppleCsrOptions>();
  const auto decrypt_options = std::make_shared<AppleDecryptOptions>();
  const auto verify_options = std::make_shared<AppleTokenOptions>();
  const auto explain_options = std::make_shared<AppleTokenOptions>();
  const auto make_options = std::make_shared<AppleMakeOptions>();
  const auto provision_options = std::make_shared<AppleProvisionOptions>();
  CLI::App* csr = AddCsr(*apple, *csr_options);
  CLI::App* decrypt = AddDecrypt(*apple, *decrypt_options);
  CLI::App* verify = apple->add_subcommand(
      "verify", "Verify signature, chain and time of a payment token, without any key.");
  AddJudging(*verify, *verify_options);
  verify->footer("Exit status: 0 right, 1 wrong, 2 not judged.");
  CLI::App* explain = apple->add_subcommand(
      "explain",
      "Print the structure of a payment token, and which checks it passes. Ciphertext and keys "
      "are\ntold by their lengths.");
  AddJudging(*explain, *explain_options);
  explain->footer("Exit status: 0 no check failed, 1 one did, 2 not judged.");
  CLI::App* make = AddMake(*apple, *make_options);
  CLI::App* provision = AddProvision(*apple, *provision_options);
  return [=]() -> std::optional<int> {
    if (csr->parsed()) return RunAppleCsr(*csr_options);
    if (decrypt->parsed()) return RunAppleDecrypt(*decrypt_options);
    if (verify->parsed()) return RunAppleVerify(*verify_options);
    if (explain->parsed()) return RunAppleExplain(*explain_options);
    if (make->parsed()) return RunAppleMake(*make_options);
    if (provision->parsed()) return RunAppleProvision(*provision_options);
    return std::nullopt;
  };
}

}  // namespace florin::tools
