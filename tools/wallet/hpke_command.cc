#include "tools/wallet/hpke_command.h"

#include <CLI/CLI.hpp>
#include <map>
#include <memory>
#include <string>

#include "tools/choices.h"
#include "tools/wallet/hpke.h"

namespace florin::tools {
namespace {

using payload::HpkeAead;
using payload::HpkeKdf;
using payload::HpkeKem;

const std::map<std::string, HpkeKem> kKems = {{"P-256", HpkeKem::kP256Sha256},
                                              {"P-384", HpkeKem::kP384Sha384},
                                              {"P-521", HpkeKem::kP521Sha512},
                                              {"X25519", HpkeKem::kX25519Sha256}};
const std::map<std::string, HpkeKdf> kKdfs = {
    {"SHA-256", HpkeKdf::kSha256}, {"SHA-384", HpkeKdf::kSha384}, {"SHA-512", HpkeKdf::kSha512}};
const std::map<std::string, HpkeAead> kAeads = {{"AES-128-GCM", HpkeAead::kAes128Gcm},
                                                {"AES-256-GCM", HpkeAead::kAes256Gcm},
                                                {"ChaCha20Poly1305", HpkeAead::kChaCha20Poly1305}};

void AddCommon(CLI::App& command, HpkeOptions& options) {
  AddOptionalToken(command, options.token);
  Choose(command.add_option("--kem", options.suite.kem, "KEM, by its curve; P-256 if not given"),
         kKems);
  Choose(
      command.add_option("--kdf", options.suite.kdf, "HKDF with this hash; SHA-256 if not given"),
      kKdfs);
  Choose(command.add_option("--aead", options.suite.aead, "Cipher; AES-128-GCM if not given"),
         kAeads);
  command.add_option("--info", options.info, "info of both sides, in hex");
  command.add_option("--aad", options.aad, "Associated data of the message, in hex");
  AddKeyArgument(command, "psk", "Label of the pre-shared key, for the modes PSK and AuthPSK",
                 options.psk);
  command.add_option("--psk-id", options.psk_id, "Its psk_id, in hex");
  command.add_flag("--json", options.json, "Print one JSON object and nothing else");
}

void AddReceived(CLI::App& command, HpkeOpenOptions& options) {
  AddCommon(command, options.common);
  AddKeyArgument(command, "key", "Label of the recipient's private key", options.key);
  command.add_option("--public", options.recipient_public,
                     "The public key that belongs to it, in hex; the token is asked if not given");
  command.add_option("--from", options.sender_public,
                     "The sender's public key in hex, for the modes Auth and AuthPSK");
  command.add_option("--enc", options.enc, "The encapsulated key, in hex")->required();
  command.add_option("--ciphertext", options.ciphertext, "Ciphertext and tag, in hex")->required();
}

CLI::App* AddKey(CLI::App& hpke, HpkeKeyOptions& options) {
  CLI::App* command = hpke.add_subcommand(
      "key", "Print the public key of a pair in the token, in hex: what senders encrypt to");
  AddTokenOptions(*command, options.token);
  command->add_option("--key", options.label, "Label of the key pair")->required();
  Choose(command->add_option("--kem", options.kem, "Curve of a new pair; P-256 if not given"),
         kKems);
  command->add_flag("--create", options.create,
                    "Make the pair in the token first; the label must be free");
  command->add_flag("--json", options.json, "Print one JSON object and nothing else");
  command->footer(
      "Exit status: 0, or 2 where there is no such key.\n"
      "Example: FLORIN_PIN=... florin wallet hpke key --token shop --key hpke --create");
  return command;
}

// RFC 9180 A.3.1 has this recipient.
constexpr char kExampleKey[] = "f3ce7fdae57e1a310d87f1ebbde6f328be0a99cdbcadf4d6589cf29de4b8ffd2";
constexpr char kExamplePoint[] =
    "04fe8c19ce0905191ebc298a9245792531f26f0cece2460639e8bc39cb7f706a826a779b4cf969b8a0e539c7f62fb3"
    "d30ad6aa8f80e30f1d128aafd68a2ce72ea0";
constexpr char kExampleEnc[] =
    "04a92719c6195d5085104f469a8b9814d5838ff72b60501e2c4466e5e67b325ac98536d7b61a1af4b78e5b7f951c09"
    "00be863c403ce65c9bfcb9382657222d18c4";
constexpr char kExampleCiphertext[] =
    "5ad590bb8baa577f8619db35a36311226a896e7342a6d836d8b7bcd2f20b6c7f9076ac232e3ab2523f39513434";

std::string ExampleMessage() {
  return std::string(" --test-key ") + kExampleKey +
         " --info 4f6465206f6e2061204772656369616e2055726e --aad 436f756e742d30 --enc " +
         kExampleEnc + " --ciphertext " + kExampleCiphertext;
}

CLI::App* AddSeal(CLI::App& hpke, HpkeSealOptions& options) {
  CLI::App* command = hpke.add_subcommand(
      "seal", std::string("Encrypt one message to a public key. The mode follows from what is\n"
                          "given: --psk and --psk-id, --from.\n") +
                  kKeyArgumentHelp);
  AddCommon(*command, options.common);
  command->add_option("--to", options.recipient, "The recipient's public key, in hex")->required();
  AddKeyArgument(*command, "from", "Label of the own private key, for the modes Auth and AuthPSK",
                 options.sender);
  command->add_option("--from-public", options.sender_public,
                      "The public key that belongs to it, in hex; the token is asked if not given");
  command->add_option("--in", options.input, "File of the plaintext; - is the standard input")
      ->capture_default_str();
  command->footer(std::string("Exit status: 0, or 2 where nothing was encrypted.\n"
                              "Example: echo hello | florin wallet hpke seal --to ") +
                  kExamplePoint);
  return command;
}

CLI::App* AddOpen(CLI::App& hpke, HpkeOpenOptions& options) {
  CLI::App* command = hpke.add_subcommand(
      "open", std::string("Decrypt one message and print it in hex.\n") + kKeyArgumentHelp);
  AddReceived(*command, options);
  command->footer(
      "Exit status: 0; 1 where the message is refused; 2 where it was not judged.\n"
      "Example: florin wallet hpke open" +
      ExampleMessage());
  return command;
}

CLI::App* AddExplain(CLI::App& hpke, HpkeOpenOptions& options) {
  CLI::App* command = hpke.add_subcommand(
      "explain", std::string("Say what a message is made of and, with a key, whether it opens and\n"
                             "where it is refused. The plaintext is not shown.\n") +
                     kKeyArgumentHelp);
  AddReceived(*command, options);
  command->footer(
      "Exit status: 0; 1 where something is wrong with it; 2 where it was not judged.\n"
      "Example: florin wallet hpke explain" +
      ExampleMessage());
  return command;
}

}  // namespace

std::function<std::optional<int>()> AddHpkeCommands(CLI::App& wallet) {
  CLI::App* hpke = wallet.add_subcommand("hpke", "HPKE messages (RFC 9180)");
  hpke->require_subcommand(1);
  const auto key_options = std::make_shared<HpkeKeyOptions>();
  const auto seal_options = std::make_shared<HpkeSealOptions>();
  const auto open_options = std::make_shared<HpkeOpenOptions>();
  const auto explain_options = std::make_shared<HpkeOpenOptions>();
  CLI::App* key = AddKey(*hpke, *key_options);
  CLI::App* seal = AddSeal(*hpke, *seal_options);
  CLI::App* open = AddOpen(*hpke, *open_options);
  CLI::App* explain = AddExplain(*hpke, *explain_options);
  return [=]() -> std::optional<int> {
    if (key->parsed()) return RunHpkeKey(*key_options);
    if (seal->parsed()) return RunHpkeSeal(*seal_options);
    if (open->parsed()) return RunHpkeOpen(*open_options);
    if (explain->parsed()) return RunHpkeExplain(*explain_options);
    return std::nullopt;
  };
}

}  // namespace florin::tools
