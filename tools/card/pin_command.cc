#include "tools/card/pin_command.h"

#include <CLI/CLI.hpp>
#include <map>
#include <memory>
#include <string>

#include "tools/card/command_keys.h"
#include "tools/card/pin.h"

namespace florin::tools {
namespace {

using KeyType = card::AesDukptKeyType;
using PanField = card::Format4PanField;

const std::map<std::string, KeyType> kDukptTypes = {{"tdes2", KeyType::kTdes2},
                                                    {"tdes3", KeyType::kTdes3},
                                                    {"aes128", KeyType::kAes128},
                                                    {"aes192", KeyType::kAes192},
                                                    {"aes256", KeyType::kAes256}};
const std::map<std::string, PanField> kPanFields = {{"full", PanField::kFullPan},
                                                    {"pan12", PanField::kPan12}};

// What CLI11 fills where an option may be absent.
struct ParsedBlock {
  KeyType dukpt_type = KeyType::kAes128;
  CLI::Option* dukpt_type_option = nullptr;
};

struct Parsed {
  PinOptions options;
  ParsedBlock block;
  ParsedBlock to;
};

// `prefix` is "" or "to-".
void AddBlock(CLI::App& command, const std::string& prefix, const char* key_help,
              PinBlockOptions& block, ParsedBlock& parsed) {
  const std::string name = prefix.empty() ? "--pin-key" : "--" + prefix + "key";
  command.add_option(name, block.key, key_help)->required()->type_name(kKeyArgument);
  command.add_option("--" + prefix + "format", block.format, "ISO 9564-1 format of the block")
      ->check(CLI::IsMember({0, 1, 3, 4}))
      ->capture_default_str();
  CLI::Option* ksn = command.add_option("--" + prefix + "ksn", block.ksn,
                                        "KSN in hex, where the key is a BDK (DUKPT)");
  CLI::Option* type = command.add_option("--" + prefix + "dukpt-type", parsed.dukpt_type,
                                         "Working key, where the BDK is AES");
  type->needs(ksn)->transform(CLI::CheckedTransformer(kDukptTypes).description(""));
  type->type_name("tdes2|tdes3|aes128|aes192|aes256");
  parsed.dukpt_type_option = type;
  CLI::Option* field = command.add_option("--" + prefix + "pan-field", block.pan_field,
                                          "Format 4: what the peer puts there (default: full)");
  field->transform(CLI::CheckedTransformer(kPanFields).description(""));
  field->type_name("full|pan12");
}

void AddCommon(CLI::App& command, PinOptions& options) {
  command.add_option("--pan", options.pan, "The card's PAN");
  command.add_flag("--json", options.json, "Print one JSON object and nothing else");
  AddOptionalToken(command, options.token);
}

void AddPvk(CLI::App& command, PinOptions& options) {
  command.add_option("--pvk", options.pvk, "PIN verification key")
      ->required()
      ->type_name(kKeyArgument);
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

CLI::App* AddTranslate(CLI::App& pin, Parsed& parsed) {
  CLI::App* command =
      pin.add_subcommand("translate", "Make the PIN block of one key into one of another.");
  AddBlock(*command, "", "Key that the block is under: a PIN encryption key, or a BDK",
           parsed.options.block, parsed.block);
  AddBlock(*command, "to-", "Key that the PIN goes to", parsed.options.to, parsed.to);
  command->add_option("--block", parsed.options.enciphered, "The block, in hex")->required();
  command->add_flag("--zone-key", parsed.options.zone_key,
                    "The test key that the PIN goes to is shared with another institution:\n"
                    "it may take PINs that came under AES");
  AddCommon(*command, parsed.options);
  command->footer(
      std::string(kKeyArgumentHelp) +
      "\nExit status: 0, 1 where the block is wrong (wrong key, PAN or format: it cannot be told\n"
      "apart), 2 where the translation is refused or could not be tried.\n"
      "Example: florin card pin translate --pan 4012345678909 --block 1B9C1845EB993A7A \\\n"
      "  --pin-key test:0123456789ABCDEFFEDCBA9876543210 --ksn FFFF9876543210E00001 \\\n"
      "  --to-key test:0123456789ABCDEF1122334455667788");
  return command;
}

CLI::App* AddVerify(CLI::App& pin, Parsed& parsed) {
  CLI::App* command =
      pin.add_subcommand("verify", "Verify the PIN in a block against its PVV or offset.");
  AddBlock(*command, "", "Key that the block is under: a PIN encryption key, or a BDK",
           parsed.options.block, parsed.block);
  command->add_option("--block", parsed.options.enciphered, "The block, in hex")->required();
  AddPvk(*command, parsed.options);
  AddReference(*command, parsed.options, true);
  AddCommon(*command, parsed.options);
  command->footer(
      std::string(kKeyArgumentHelp) +
      "\nExit status: 0 the PIN is right, 1 it or its block is wrong, 2 it could not\n"
      "be judged.\n"
      "Example: florin card pin verify --pan 5432101234567890 --block 7F381DBF9F6906C4 \\\n"
      "  --pin-key test:DDDDEEEEFFFFAAAABBBBCCCCDDDDEEEE \\\n"
      "  --pvk test:AAAABBBBCCCCDDDDEEEEFFFFAAAABBBB --pvv 5596");
  return command;
}

CLI::App* AddMakeReference(CLI::App& pin, Parsed& parsed) {
  CLI::App* command =
      pin.add_subcommand("reference", "Make the PVV or offset of the PIN in a block.");
  AddBlock(*command, "", "Key that the block is under: a PIN encryption key, or a BDK",
           parsed.options.block, parsed.block);
  command->add_option("--block", parsed.options.enciphered, "The block, in hex")->required();
  AddPvk(*command, parsed.options);
  AddCommon(*command, parsed.options);
  command->footer(kKeyArgumentHelp);
  return command;
}

CLI::App* AddGenerate(CLI::App& pin, Parsed& parsed) {
  CLI::App* command = pin.add_subcommand(
      "generate", "Draw a PIN for a card: its block and its PVV or offset. Never a weak one.");
  AddBlock(*command, "", "Key that the PIN goes to: a PIN encryption key, or a BDK",
           parsed.options.block, parsed.block);
  AddPvk(*command, parsed.options);
  command->add_option("--length", parsed.options.length, "Digits of the PIN")
      ->check(CLI::Range(4, 12))
      ->capture_default_str();
  command->add_option("--offset", parsed.options.offset,
                      "With --ibm3624: not a random PIN but that of this offset, zeros for the\n"
                      "natural PIN");
  AddCommon(*command, parsed.options);
  command->footer(kKeyArgumentHelp);
  return command;
}

CLI::App* AddChange(CLI::App& pin, Parsed& parsed) {
  CLI::App* command = pin.add_subcommand(
      "change", "The PVV or offset of a new PIN, once the current one is proven.");
  AddBlock(*command, "", "Key that both blocks are under: a PIN encryption key, or a BDK",
           parsed.options.block, parsed.block);
  command->add_option("--block", parsed.options.enciphered, "Block of the current PIN, in hex")
      ->required();
  command->add_option("--new-block", parsed.options.new_enciphered, "Block of the new PIN")
      ->required();
  AddPvk(*command, parsed.options);
  AddReference(*command, parsed.options, true);
  AddCommon(*command, parsed.options);
  command->footer(kKeyArgumentHelp);
  return command;
}

int Run(int (*run)(const PinOptions&), Parsed& parsed) {
  const auto take = [](const ParsedBlock& from, PinBlockOptions& to) {
    if (from.dukpt_type_option != nullptr && from.dukpt_type_option->count() != 0) {
      to.dukpt_type = from.dukpt_type;
    }
  };
  take(parsed.block, parsed.options.block);
  take(parsed.to, parsed.options.to);
  return run(parsed.options);
}

struct Command {
  CLI::App* app = nullptr;
  int (*run)(const PinOptions&) = nullptr;
  std::shared_ptr<Parsed> parsed = std::make_shared<Parsed>();
};

}  // namespace

std::function<std::optional<int>()> AddPinCommand(CLI::App& card) {
  CLI::App* pin = card.add_subcommand("pin", "PINs: enciphered blocks in, enciphered blocks out");
  pin->require_subcommand(1);
  std::vector<Command> commands(5);
  commands[0].app = AddTranslate(*pin, *commands[0].parsed);
  commands[0].run = RunPinTranslate;
  commands[1].app = AddVerify(*pin, *commands[1].parsed);
  commands[1].run = RunPinVerify;
  commands[2].app = AddMakeReference(*pin, *commands[2].parsed);
  commands[2].run = RunPinReference;
  commands[3].app = AddGenerate(*pin, *commands[3].parsed);
  commands[3].run = RunPinGenerate;
  commands[4].app = AddChange(*pin, *commands[4].parsed);
  commands[4].run = RunPinChange;
  return [commands]() -> std::optional<int> {
    for (const Command& command : commands) {
      if (command.app->parsed()) return Run(command.run, *command.parsed);
    }
    return std::nullopt;
  };
}

}  // namespace florin::tools
