#include "tools/key/exchange_command.h"

#include <CLI/CLI.hpp>
#include <bitset>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tools/choices.h"
#include "tools/key/exchange.h"

namespace florin::tools {
namespace {

constexpr const char* kStatus =
    "Exit status: 0 done, 1 refused or wrong (rules of a key, a check value, a key block), 2 it\n"
    "could not be tried.\n";

const std::map<std::string, mechanisms::MechanismType> kOnly = {
    {"three-ds", mechanisms::MechanismType::kThreeDsAuthentication},
    {"script-encryption", mechanisms::MechanismType::kEmvScriptEncryption}};

// What an issuer master key serves: it follows profiles then, and the raw mechanisms refuse it.
void AddProfiles(CLI::App& command, KeyImportOptions& options) {
  CLI::Option* scheme = command.add_option_function<card::EmvScheme>(
      "--emv-scheme",
      [&options](const card::EmvScheme& value) {
        if (!options.emv.has_value()) options.emv.emplace();
        options.emv->scheme = value;
      },
      "Usage E0: the key follows profiles of this scheme (florin card profiles)");
  Choose(scheme, kSchemes);
  const auto add_set = [&](const char* name, std::bitset<256> card::EmvAllowedProfiles::*set,
                           const char* help) {
    command
        .add_option_function<std::vector<int>>(
            name,
            [&options, set](const std::vector<int>& numbers) {
              if (!options.emv.has_value()) options.emv.emplace();
              for (const int number : numbers) {
                ((*options.emv).*set).set(static_cast<std::size_t>(number));
              }
            },
            help)
        ->needs(scheme)
        ->check(CLI::Range(0, 255));
  };
  add_set("--emv-cvn", &card::EmvAllowedProfiles::cvns, "Cryptogram versions that it serves");
  add_set("--emv-dki", &card::EmvAllowedProfiles::dkis, "Derivation key indices that it serves");
}

CLI::App* AddImport(CLI::App& key, KeyImportOptions& options) {
  CLI::App* command = key.add_subcommand(
      "import", "Bring a key into a token: from components, or from a key block under a KBPK.");
  AddTarget(*command, options.key, "Label of the new key");
  CLI::Option* component =
      command->add_option("--component", options.components,
                          "A component in hex, HEX or HEX:KCV; two or three times. -: read from\n"
                          "standard input, unseen; on the command line for test keys only");
  component->expected(1, 3)->allow_extra_args(false)->multi_option_policy(
      CLI::MultiOptionPolicy::TakeAll);
  command->add_option("--usage", options.usage, "Usage of X9.143, such as C0, P0, E0, K1");
  command->add_option("--mode", options.mode, "Mode of use of X9.143, such as C, B, X");
  command->add_option("--algorithm", options.algorithm, "T: TDES (default), A: AES")
      ->check(CLI::IsMember({"T", "A"}));
  command->add_option("--exportability", options.exportability, "N (default), E or S")
      ->check(CLI::IsMember({"N", "E", "S"}));
  command->add_option("--key-version", options.key_version, "Two characters (default: 00)");
  command->add_flag("--extractable", options.extractable,
                    "The key may leave in key blocks; its exportability must not be N");
  command->add_option("--decimalisation-table", options.decimalisation_table,
                      "16 digits, kept with a PIN verification key of usage V1");
  command->add_flag("--zone-key", options.zone_key,
                    "A PIN encryption key (usage P0) shared with another institution");
  command->add_flag(
      "--device-keys", options.device_keys,
      "A BDK (usage B0) that derives the keys of devices (florin key device-key) and\n"
      "serves no transactions");
  AddProfiles(*command, options);
  CLI::Option* only = command->add_option_function<mechanisms::MechanismType>(
      "--only",
      [&options](const mechanisms::MechanismType& value) { options.only_mechanism = value; },
      "The key serves nothing else: what 3-D Secure and script\n"
      "encryption ask of theirs");
  Choose(only, kOnly);
  command->add_option("--key-block", options.key_block, "The key block; -: from standard input")
      ->excludes(component);
  command->add_option("--kbpk", options.kbpk, "Label of the key that protects the key block");
  command->footer(std::string(kStatus) +
                  "Example: FLORIN_PIN=... florin key import zmk-7 --token acquirer --component -\n"
                  "         --component - --usage K1 --mode B --algorithm A");
  return command;
}

CLI::App* AddExport(CLI::App& key, KeyExportOptions& options) {
  CLI::App* command = key.add_subcommand("export", "Print a key as a key block under a KBPK.");
  AddTarget(*command, options.key, "Label of the key");
  command->add_option("--kbpk", options.kbpk, "Label of the key that protects the block")
      ->required();
  command
      ->add_option("--version", options.version,
                   "B under a TDES KBPK, D (default there) or E under AES")
      ->check(CLI::IsMember({"B", "D", "E"}));
  command
      ->add_option("--optional-block", options.optional_blocks,
                   "ID=DATA, as in LB=zone-7; may be repeated")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command->footer(std::string(kStatus) +
                  "Example: FLORIN_PIN=... florin key export cvk-1 --token acquirer --kbpk zmk-7");
  return command;
}

CLI::App* AddPair(CLI::App& key, KeyPairOptions& options) {
  CLI::App* command = key.add_subcommand("pair",
                                         "Make a key pair: EC to agree on key block protection "
                                         "keys, RSA to sign or to decrypt, and to\n"
                                         "do nothing else.");
  AddTarget(*command, options.key, "Label of both keys");
  CLI::Option* curve = command->add_option("--curve", options.curve, "P-256 (default) or P-384")
                           ->check(CLI::IsMember({"P-256", "P-384"}));
  CLI::Option* rsa =
      command->add_option("--rsa", options.rsa_bits, "An RSA pair of 2048, 3072 or 4096 bits")
          ->check(CLI::IsMember({2048, 3072, 4096}))
          ->excludes(curve);
  command
      ->add_option("--usage", options.usage,
                   "Of an RSA pair: S0 signs (default), D1 decrypts what the public key encrypts")
      ->check(CLI::IsMember({"S0", "D1"}))
      ->needs(rsa);
  command->footer(std::string(kStatus) +
                  "Example: FLORIN_PIN=... florin key pair ours --token acquirer");
  return command;
}

CLI::App* AddPublic(CLI::App& key, KeyPublicOptions& options) {
  CLI::App* command = key.add_subcommand("public", "Print a public key for the partner, as PEM.");
  AddTarget(*command, options.key, "Label of the public key");
  command->add_flag("--hex", options.hex,
                    "Print it in hex: the uncompressed point, or an RSA key's DER");
  command->footer(std::string(kStatus) +
                  "Example: FLORIN_PIN=... florin key public ours --token acquirer > ours.pem");
  return command;
}

CLI::App* AddAgree(CLI::App& key, KeyAgreeOptions& options) {
  CLI::App* command = key.add_subcommand(
      "agree",
      "Agree with a partner on a key block protection key, by ECDH. Verify first that the peer's\n"
      "public key is the partner's: nothing here does.");
  AddTarget(*command, options.key, "Label of the key that comes out");
  command->add_option("--own", options.own, "Label of the own key pair (florin key pair)")
      ->required();
  command
      ->add_option("--peer", options.peer_path,
                   "File with the peer's public key: PEM, or the uncompressed point in hex")
      ->required();
  command
      ->add_option("--shared-info", options.shared_info,
                   "Hex, the same on both sides, another one for each agreement")
      ->required();
  command->add_option("--kdf", options.kdf, "sp800-56a (default) or x9.63")
      ->check(CLI::IsMember({"sp800-56a", "x9.63"}));
  command->add_option("--hash", options.hash, "SHA-256 (default), SHA-384 or SHA-512")
      ->check(CLI::IsMember({"SHA-256", "SHA-384", "SHA-512"}));
  command
      ->add_option("--algorithm", options.algorithm,
                   "AES-128 (default), AES-192, AES-256, TDES-2 or TDES-3")
      ->check(CLI::IsMember({"AES-128", "AES-192", "AES-256", "TDES-2", "TDES-3"}));
  command
      ->add_option("--mode", options.mode,
                   "B: keys pass both ways (default), E: export only, D: import only")
      ->check(CLI::IsMember({"B", "E", "D"}));
  command->footer(std::string(kStatus) +
                  "Example: FLORIN_PIN=... florin key agree kbpk-a --token acquirer --own ours "
                  "--peer theirs.pem \\\n"
                  "         --shared-info 2026112601");
  return command;
}

CLI::App* AddDeviceKey(CLI::App& key, DeviceKeyOptions& options) {
  CLI::App* command = key.add_subcommand(
      "device-key",
      "Derive the DUKPT initial key of a device from a BDK, ready to leave in a key block; or the\n"
      "update key under which its next initial key travels (AES DUKPT).");
  AddTarget(*command, options.key, "Label of the key that comes out");
  command->add_option("--bdk", options.bdk, "Label of a BDK that came in with --device-keys")
      ->required();
  command
      ->add_option("--device", options.device,
                   "Hex: the initial KSN (TDES DUKPT, 20 or 16 digits, counter 0), or the initial\n"
                   "key id (AES DUKPT, 16 digits)")
      ->required();
  command->add_option("--update", options.update, "The update key: AES-128, AES-192 or AES-256")
      ->check(CLI::IsMember({"AES-128", "AES-192", "AES-256"}));
  command->footer(
      std::string(kStatus) +
      "Example: FLORIN_PIN=... florin key device-key ik-7 --token acquirer --bdk bdk-1\n"
      "         --device FFFF9876543210E00000");
  return command;
}

CLI::App* AddShow(CLI::App& key, ExchangeTarget& options) {
  CLI::App* command =
      key.add_subcommand("show", "What one secret key is and may do. Never the key.");
  AddTarget(*command, options, "Label of the key");
  command->footer(std::string(kStatus) +
                  "Example: FLORIN_PIN=... florin key show cvk-1 --token acquirer");
  return command;
}

}  // namespace

void AddTarget(CLI::App& command, ExchangeTarget& target, const char* what) {
  AddTokenOptions(command, target.token);
  command.add_option("label", target.label, what)->required();
  command.add_flag("--json", target.json, "Print one JSON object and nothing else");
}

std::function<std::optional<int>()> AddExchangeCommands(CLI::App& key) {
  const auto import_options = std::make_shared<KeyImportOptions>();
  const auto export_options = std::make_shared<KeyExportOptions>();
  const auto pair_options = std::make_shared<KeyPairOptions>();
  const auto public_options = std::make_shared<KeyPublicOptions>();
  const auto agree_options = std::make_shared<KeyAgreeOptions>();
  const auto device_options = std::make_shared<DeviceKeyOptions>();
  const auto show_options = std::make_shared<ExchangeTarget>();
  CLI::App* import_command = AddImport(key, *import_options);
  CLI::App* export_command = AddExport(key, *export_options);
  CLI::App* pair = AddPair(key, *pair_options);
  CLI::App* public_command = AddPublic(key, *public_options);
  CLI::App* agree = AddAgree(key, *agree_options);
  CLI::App* device = AddDeviceKey(key, *device_options);
  CLI::App* show = AddShow(key, *show_options);
  return [=]() -> std::optional<int> {
    if (import_command->parsed()) return RunKeyImport(*import_options);
    if (export_command->parsed()) return RunKeyExport(*export_options);
    if (pair->parsed()) return RunKeyPair(*pair_options);
    if (public_command->parsed()) return RunKeyPublic(*public_options);
    if (agree->parsed()) return RunKeyAgree(*agree_options);
    if (device->parsed()) return RunDeviceKey(*device_options);
    if (show->parsed()) return RunKeyShow(*show_options);
    return std::nullopt;
  };
}

}  // namespace florin::tools
