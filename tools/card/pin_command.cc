#include "tools/card/pin_command.h"

#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <vector>

#include "tools/card/pin.h"

namespace florin::tools {
namespace {

void AddCommon(CLI::App& command, PinOptions& options) {
  command.add_option("--pan", options.pan, "The card's PAN");
  command.add_flag("--json", options.json, "Print one JSON object and nothing else");
  AddOptionalToken(command, options.token);
}

void AddPvk(CLI::App& command, PinOptions& options) {
  AddKeyArgument(command, "pvk", "PIN verification key", options.pvk);
  command.add_flag("--ibm3624", options.ibm3624, "IBM 3624 offsets instead of Visa PVVs");
  command.add_option("--pvki", options.pvki, "PVV: index of the PVK")
      ->check(CLI::Range(0, 6))
      ->capture_default_str();
  command.add_option("--table", options.table, "IBM 3624: decimalisation table of a test key")
      ->capture_default_str();
  command.add_option("--pan-start", options.pan_start, "IBM 3624: first digit of the PAN, from 0")
      ->check(CLI::Range(0, 18))
      ->capture_default_str();
  command.add_option("--pan-digits", options.pan_digits, "IBM 3624: how many digits of it")
      ->check(CLI::Range(1, 16))
      ->capture_default_str();
  command.add_option("--fill", options.fill, "IBM 3624: nibble that fills the rest")
      ->check(CLI::Range(0, 15))
      ->capture_default_str();
}

void AddReference(CLI::App& command, PinOptions& options, bool required) {
  CLI::Option_group* reference = command.add_option_group("reference");
  CLI::Option* pvv = reference->add_option("--pvv", options.pvv, "The PVV that is on record");
  CLI::Option* offset = reference->add_option("--offset", options.offset,
                                              "The offset that is on record (with --ibm3624)");
  pvv->excludes(offset);
  if (required) reference->require_option(1);
}

CLI::App* AddTranslate(CLI::App& pin, PinOptions& options) {
  CLI::App* command =
      pin.add_subcommand("translate", "Make the PIN block of one key into one of another.");
  AddPinBlock(*command, "", "Key that the block is under: a PIN encryption key, or a BDK",
              options.block);
  AddPinBlock(*command, "to-", "Key that the PIN goes to", options.to);
  command->add_option("--block", options.enciphered, "The block, in hex")->required();
  command->add_flag("--zone-key", options.zone_key,
                    "The test key that the PIN goes to is shared with another institution:\n"
                    "it may take PINs that came under AES");
  AddCommon(*command, options);
  command->footer(
      std::string(kKeyArgumentHelp) +
      "\nExit status: 0, 1 where the block is wrong (wrong key, PAN or format: it cannot be told\n"
      "apart), 2 where the translation is refused or could not be tried.\n"
      "Example: florin card pin translate --pan 4012345678909 --block 1B9C1845EB993A7A \\\n"
      "  --test-pin-key 0123456789ABCDEFFEDCBA9876543210 --ksn FFFF9876543210E00001 \\\n"
      "  --test-to-key 0123456789ABCDEF1122334455667788");
  return command;
}

CLI::App* AddVerify(CLI::App& pin, PinOptions& options) {
  CLI::App* command =
      pin.add_subcommand("verify", "Verify the PIN in a block against its PVV or offset.");
  AddPinBlock(*command, "", "Key that the block is under: a PIN encryption key, or a BDK",
              options.block);
  command->add_option("--block", options.enciphered, "The block, in hex")->required();
  AddPvk(*command, options);
  AddReference(*command, options, true);
  AddCommon(*command, options);
  command->footer(
      std::string(kKeyArgumentHelp) +
      "\nExit status: 0 the PIN is right, 1 it or its block is wrong, 2 it could not\n"
      "be judged.\n"
      "Example: florin card pin verify --pan 5432101234567890 --block 7F381DBF9F6906C4 \\\n"
      "  --test-pin-key DDDDEEEEFFFFAAAABBBBCCCCDDDDEEEE \\\n"
      "  --test-pvk AAAABBBBCCCCDDDDEEEEFFFFAAAABBBB --pvv 5596");
  return command;
}

CLI::App* AddMakeReference(CLI::App& pin, PinOptions& options) {
  CLI::App* command =
      pin.add_subcommand("reference", "Make the PVV or offset of the PIN in a block.");
  AddPinBlock(*command, "", "Key that the block is under: a PIN encryption key, or a BDK",
              options.block);
  command->add_option("--block", options.enciphered, "The block, in hex")->required();
  AddPvk(*command, options);
  AddCommon(*command, options);
  command->footer(std::string(kKeyArgumentHelp) +
                  "\nExample: florin card pin reference --pan 5432101234567890 \\\n"
                  "  --test-pin-key DDDDEEEEFFFFAAAABBBBCCCCDDDDEEEE \\\n"
                  "  --test-pvk AAAABBBBCCCCDDDDEEEEFFFFAAAABBBB \\\n"
                  "  --block 7F381DBF9F6906C4");
  return command;
}

CLI::App* AddGenerate(CLI::App& pin, PinOptions& options) {
  CLI::App* command = pin.add_subcommand(
      "generate", "Draw a PIN for a card: its block and its PVV or offset. Never a weak one.");
  AddPinBlock(*command, "", "Key that the PIN goes to: a PIN encryption key, or a BDK",
              options.block);
  AddPvk(*command, options);
  command->add_option("--length", options.length, "Digits of the PIN")
      ->check(CLI::Range(4, 12))
      ->capture_default_str();
  command->add_option("--offset", options.offset,
                      "With --ibm3624: not a random PIN but that of this offset, zeros for the\n"
                      "natural PIN");
  AddCommon(*command, options);
  command->footer(std::string(kKeyArgumentHelp) +
                  "\nExample: florin card pin generate --pan 5432101234567890 \\\n"
                  "  --test-pin-key DDDDEEEEFFFFAAAABBBBCCCCDDDDEEEE \\\n"
                  "  --test-pvk AAAABBBBCCCCDDDDEEEEFFFFAAAABBBB --length 6");
  return command;
}

CLI::App* AddChange(CLI::App& pin, PinOptions& options) {
  CLI::App* command = pin.add_subcommand(
      "change", "The PVV or offset of a new PIN, once the current one is proven.");
  AddPinBlock(*command, "", "Key that both blocks are under: a PIN encryption key, or a BDK",
              options.block);
  command->add_option("--block", options.enciphered, "Block of the current PIN, in hex")
      ->required();
  command->add_option("--new-block", options.new_enciphered, "Block of the new PIN")->required();
  AddPvk(*command, options);
  AddReference(*command, options, true);
  AddCommon(*command, options);
  command->footer(std::string(kKeyArgumentHelp) +
                  "\nExample: florin card pin change --pan 5432101234567890 \\\n"
                  "  --test-pin-key DDDDEEEEFFFFAAAABBBBCCCCDDDDEEEE \\\n"
                  "  --test-pvk AAAABBBBCCCCDDDDEEEEFFFFAAAABBBB --pvv 5596 \\\n"
                  "  --block 7F381DBF9F6906C4 --new-block ...");
  return command;
}

struct Command {
  CLI::App* app = nullptr;
  int (*run)(const PinOptions&) = nullptr;
  std::shared_ptr<PinOptions> options = std::make_shared<PinOptions>();
};

}  // namespace

std::function<std::optional<int>()> AddPinCommand(CLI::App& card) {
  CLI::App* pin = card.add_subcommand("pin", "PINs: enciphered blocks in, enciphered blocks out");
  pin->require_subcommand(1);
  std::vector<Command> commands(5);
  commands[0].app = AddTranslate(*pin, *commands[0].options);
  commands[0].run = RunPinTranslate;
  commands[1].app = AddVerify(*pin, *commands[1].options);
  commands[1].run = RunPinVerify;
  commands[2].app = AddMakeReference(*pin, *commands[2].options);
  commands[2].run = RunPinReference;
  commands[3].app = AddGenerate(*pin, *commands[3].options);
  commands[3].run = RunPinGenerate;
  commands[4].app = AddChange(*pin, *commands[4].options);
  commands[4].run = RunPinChange;
  return [commands]() -> std::optional<int> {
    for (const Command& command : commands) {
      if (command.app->parsed()) return command.run(*command.options);
    }
    return std::nullopt;
  };
}

}  // namespace florin::tools
