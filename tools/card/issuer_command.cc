#include "tools/card/issuer_command.h"

#include <CLI/CLI.hpp>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tools/card/issuer.h"
#include "tools/choices.h"

namespace florin::tools {
namespace {

const std::map<std::string, card::EmvArpcKey> kArpcKeys = {
    {"master", card::EmvArpcKey::kMasterKey}, {"session", card::EmvArpcKey::kSessionKey}};

void AddTransaction(CLI::App& command, TransactionOptions& options, const char* key_help) {
  AddKeyArgument(command, "key", key_help, options.key);
  command.add_option("--pan", options.pan, "The card's PAN; it is in no output")->required();
  command.add_option("--psn", options.psn, "PAN sequence number")
      ->check(CLI::Range(0, 99))
      ->capture_default_str();
  command.add_option("--atc", options.atc, "Application transaction counter")
      ->check(CLI::Range(0, 65535));
  Choose(command.add_option("--master-key-option", options.master_key,
                            "How the card's key is derived (default: A); C: test keys are AES"),
         kMasterKeys);
}

void AddCommon(CLI::App& command, TransactionOptions& options, const char* help) {
  command.add_flag("--json", options.json, "Print one JSON object and nothing else");
  AddOptionalToken(command, options.token);
  command.footer(std::string(kKeyArgumentHelp) + "\n" + help);
}

void AddArpc(CLI::App& command, ArpcOptions& options) {
  TransactionOptions& transaction = options.transaction;
  AddTransaction(command, transaction, "Issuer master key of cryptograms (usage E0)");
  command.add_option("--arqc", transaction.arqc, "The ARQC, in hex")->required();
  Choose(command.add_option("--session-key", options.session_key,
                            "How the session key is derived (default: common)"),
         kSessionKeys);
  command.add_option("--un", options.un, "Unpredictable number, for mastercard")
      ->capture_default_str();
  CLI::Option* arc = command.add_option(
      "--arc", options.arc, "Method 1: response code, two characters or four hex digits");
  command.add_option("--csu", options.csu, "Method 2: card status update, in hex")->excludes(arc);
  command.add_option("--proprietary", options.proprietary, "Method 2: 0 to 8 more bytes, in hex");
  Choose(command.add_option("--arpc-key", options.arpc_key,
                            "The card's key that answers (default: session)"),
         kArpcKeys);
  command.add_option("--data", options.data,
                     "Data of the ARQC, in hex: verify it first, and answer a right one only");
  command.add_option("--padding", options.padding, "Padding method of that data")
      ->check(CLI::Range(1, 2))
      ->capture_default_str();
  AddCommon(command, transaction,
            "Exit status: 0, 1 where the ARQC is wrong (with --data), 2 no answer could be made.\n"
            "Example: florin card arpc --test-key 0123456789ABCDEFFEDCBA9876543210 --atc 28 \\\n"
            "  --pan 1234567890123456 --master-key-option B --arqc 7A788EA6B8A3E733 \\\n"
            "  --csu 00000000");
}

void AddScript(CLI::App& command, ScriptOptions& options, const char* key_help) {
  TransactionOptions& transaction = options.transaction;
  AddTransaction(command, transaction, key_help);
  command.add_option("--arqc", transaction.arqc, "ARQC of the transaction, in hex");
  Choose(command.add_option("--session-key", options.session_key,
                            "How the session key is derived: from the ARQC (common, the default)\n"
                            "or from the ATC (visa)"),
         kScriptKeys);
  command.add_option("--command", options.command, "Which command of the script, from 0 on")
      ->check(CLI::Range(0, 65535));
}

void AddMac(CLI::App& command, ScriptOptions& options) {
  Choose(command.add_option("--mac-prefix", options.mac_prefix,
                            "What the MAC covers between header and data (default: atc-arqc)"),
         kMacPrefixes);
  command.add_option("--mac-length", options.mac_length, "Bytes of the MAC")
      ->check(CLI::Range(4, 8))
      ->capture_default_str();
}

void AddPadding(CLI::App& command, ScriptOptions& options) {
  Choose(command.add_option("--padding", options.padding,
                            "Padding and mode of the encryption (default: emv)"),
         kScriptPaddings);
}

void AddScriptMac(CLI::App& command, ScriptOptions& options, bool verify) {
  AddScript(command, options, "Issuer master key of script integrity (usage E2)");
  AddMac(command, options);
  command.add_option("--header", options.header, "CLA INS P1 P2 Lc, in hex")->required();
  command.add_option("--data", options.data, "Data as it goes to the card, in hex");
  if (verify) command.add_option("--value", options.value, "The MAC, in hex")->required();
  std::string help =
      "Exit status: 0, 1 where the MAC to verify is wrong, 2 it could not be judged.\n"
      "Example: florin card script ";
  help += verify ? "verify --value 2B288764C6136079" : "mac";
  help +=
      " --pan 1234567890123456 --psn 1 \\\n"
      "  --atc 2 --arqc ABCDEF1234567890 --header 8424000008 \\\n"
      "  --test-key 0123456789ABCDEFFEDCBA9876543210";
  AddCommon(command, options.transaction, help.c_str());
}

void AddEncrypt(CLI::App& command, ScriptOptions& options) {
  AddScript(command, options,
            "Issuer master key of script confidentiality (usage E1) that does nothing else");
  AddPadding(command, options);
  command.add_option("--data", options.data, "The data, in hex")->required();
  AddCommon(command, options.transaction,
            "A key that may encrypt script data must have no other allowed mechanism: under the\n"
            "key of a PIN change, chosen blocks would find the PIN.\n"
            "Example: florin card script encrypt --test-key 11111111111111112222222222222222 \\\n"
            "  --pan 1234567890123456 --psn 1 --arqc ABCDEF1234567890 --data 0102030405");
}

void AddPinChange(CLI::App& command, ScriptOptions& options) {
  AddScript(command, options, "Issuer master key of script integrity (usage E2)");
  AddMac(command, options);
  AddPadding(command, options);
  AddKeyArgument(command, "confidentiality-key",
                 "Issuer master key of script confidentiality (usage E1)",
                 options.confidentiality_key);
  AddKeyArgument(command, "cryptogram-key",
                 "Issuer master key of cryptograms (usage E0), for --form vis",
                 options.cryptogram_key);
  Choose(
      command.add_option("--form", options.form, "The PIN block that the card takes: iso2 or vis"),
      kEmvPinBlocks);
  AddPinBlock(command, "", "Key that the blocks are under: a PIN encryption key, or a BDK",
              options.block);
  command.add_option("--block", options.enciphered, "Block of the new PIN, in hex")->required();
  command.add_option("--current-block", options.current,
                     "Block of the current PIN, where the card wants to know it (vis)");
  AddCommon(command, options.transaction,
            "Exit status: 0, 1 where a PIN block is wrong, 2 it is refused or could not be tried.\n"
            "Example: florin card script pinchange --pan 1234567890123456 --psn 1 \\\n"
            "  --test-key 0123456789ABCDEFFEDCBA9876543210 --arqc ABCDEF1234567890 \\\n"
            "  --test-confidentiality-key 11111111111111112222222222222222 \\\n"
            "  --test-pin-key 0123456789ABCDEF1122334455667788 --block 3CB6A227DA7ED791");
}

struct Script {
  CLI::App* app;
  std::shared_ptr<ScriptOptions> options;
  int (*run)(const ScriptOptions&);
};

std::vector<Script> AddScripts(CLI::App& card) {
  CLI::App* script = card.add_subcommand("script", "Issuer scripts: commands for the card");
  script->require_subcommand(1);
  std::vector<Script> list;
  const auto add = [&](const char* name, const char* help, int (*run)(const ScriptOptions&)) {
    list.push_back({script->add_subcommand(name, help), std::make_shared<ScriptOptions>(), run});
    return list.back();
  };
  const Script mac = add("mac", "MAC of a command", RunScriptMac);
  AddScriptMac(*mac.app, *mac.options, false);
  const Script verify = add("verify", "Verify the MAC of a command", RunScriptVerify);
  AddScriptMac(*verify.app, *verify.options, true);
  const Script encrypt = add("encrypt", "Encrypt data of a command", RunScriptEncrypt);
  AddEncrypt(*encrypt.app, *encrypt.options);
  const Script change =
      add("pinchange", "The command PIN CHANGE/UNBLOCK with an encrypted PIN block and its MAC",
          RunScriptPinChange);
  AddPinChange(*change.app, *change.options);
  return list;
}

}  // namespace

std::function<std::optional<int>()> AddIssuerCommands(CLI::App& card) {
  CLI::App* arpc = card.add_subcommand(
      "arpc",
      "ARPC that answers an ARQC, of chosen derivation and method (raw: florin card arqc verify\n"
      "follows the profile). Without --data nobody verifies the ARQC: that takes a key which may\n"
      "generate cryptograms too (mode of use G, C, X or N), and the session key.");
  const auto arpc_options = std::make_shared<ArpcOptions>();
  AddArpc(*arpc, *arpc_options);
  const std::vector<Script> scripts = AddScripts(card);
  return [=]() -> std::optional<int> {
    if (arpc->parsed()) return RunArpc(*arpc_options);
    for (const Script& script : scripts) {
      if (script.app->parsed()) return script.run(*script.options);
    }
    return std::nullopt;
  };
}

}  // namespace florin::tools
