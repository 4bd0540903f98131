#include "tools/key/check_command.h"

#include <CLI/CLI.hpp>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "tools/choices.h"
#include "tools/key/block.h"
#include "tools/key/check_value.h"

namespace florin::tools {
namespace {

constexpr char kJsonHelp[] = "Print one JSON object and nothing else";

const std::map<std::string, card::KcvMethod> kMethods = {
    {"legacy-tdes", card::KcvMethod::kLegacyTdes}, {"legacy-aes", card::KcvMethod::kLegacyAes},
    {"cmac-tdes", card::KcvMethod::kCmacTdes},     {"cmac-aes", card::KcvMethod::kCmacAes},
    {"hmac-sha224", card::KcvMethod::kHmacSha224}, {"hmac-sha256", card::KcvMethod::kHmacSha256},
    {"hmac-sha384", card::KcvMethod::kHmacSha384}, {"hmac-sha512", card::KcvMethod::kHmacSha512}};

// A text and whether the result is JSON.
using Input = std::pair<std::string, bool>;

CLI::App* AddKcv(CLI::App& key, CheckValueOptions& options) {
  CLI::App* command = key.add_subcommand(
      "kcv", "Key check value: of a test key by a chosen method, of a token's key as it says.");
  AddKeyArgument(*command, "key", "The key", options.key);
  CLI::Option* method = command->add_option_function<card::KcvMethod>(
      "--method", [&options](const card::KcvMethod& value) { options.method = value; },
      "Test keys. legacy: zeros encrypted; cmac: X9.24-1:2017 annex A; hmac: HMAC of nothing");
  Choose(method, kMethods);
  command->add_option("--length", options.length, "Test keys: bytes of the value; cmac up to 5")
      ->check(CLI::Range(2, 5))
      ->capture_default_str();
  command->add_flag("--json", options.json, kJsonHelp);
  AddOptionalToken(*command, options.token);
  command->footer(std::string(kKeyArgumentHelp) +
                  "\nExit status: 0, 2 where there is none.\n"
                  "Example: florin key kcv --method legacy-tdes \\\n"
                  "  --test-key 0123456789ABCDEFFEDCBA9876543210");
  return command;
}

CLI::App* AddParity(CLI::App& key, Input& input) {
  CLI::App* command =
      key.add_subcommand("parity", "Whether every byte of a DES test key has odd parity.");
  command->add_option("--test-key", input.first, "The key in clear hex")->required();
  command->add_flag("--json", input.second, kJsonHelp);
  command->footer(
      "Exit status: 0 it has, 1 it has not, 2 it is no key.\n"
      "Example: florin key parity --test-key 0123456789ABCDEFFEDCBA9876543210");
  return command;
}

CLI::App* AddComponents(CLI::App& key, ComponentsOptions& options) {
  CLI::App* command = key.add_subcommand(
      "components",
      "Check values of components and of the key that they make. Nothing is imported, and the key\n"
      "is not shown: florin key import brings it into a token.");
  command
      ->add_option("--component", options.components,
                   "A component in hex, HEX or HEX:KCV; two or three times. -: read from\n"
                   "standard input, unseen; on the command line for test keys only")
      ->expected(1, 3)
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->required();
  command->add_option("--algorithm", options.algorithm, "T: TDES (default), A: AES")
      ->check(CLI::IsMember({"T", "A"}));
  command->add_flag("--json", options.json, kJsonHelp);
  command->footer(
      "Exit status: 0, 1 where a component does not have its check value, 2 they make no key.\n"
      "Example: florin key components --component - --component -");
  return command;
}

CLI::App* AddBlock(CLI::App& key, Input& input) {
  CLI::App* block = key.add_subcommand("block", "Key blocks (TR-31, X9.143, ISO 20038)");
  block->require_subcommand(1);
  CLI::App* show = block->add_subcommand(
      "show",
      "The header of a key block, in words: no key is needed, and nothing is proven. Only\n"
      "unwrapping checks the MAC.");
  show->add_option("block", input.first, "The key block; -: from standard input")->required();
  show->add_flag("--json", input.second, kJsonHelp);
  show->footer(
      "Exit status: 0, 1 where the norm does not join usage, algorithm and mode of use in this\n"
      "way, 2 where it is no key block.\n"
      "Example: florin key block show \\\n"
      "  B0080P0TE00E000094B420079CC80BA3461F86FE26EFC4A3B8E4FA4C5F5341176EED7B727B8A248E");
  return show;
}

}  // namespace

std::function<std::optional<int>()> AddCheckCommands(CLI::App& key) {
  const auto kcv_options = std::make_shared<CheckValueOptions>();
  const auto components_options = std::make_shared<ComponentsOptions>();
  const auto parity_input = std::make_shared<Input>();
  const auto block_input = std::make_shared<Input>();
  CLI::App* kcv = AddKcv(key, *kcv_options);
  CLI::App* parity = AddParity(key, *parity_input);
  CLI::App* components = AddComponents(key, *components_options);
  CLI::App* block = AddBlock(key, *block_input);
  return [=]() -> std::optional<int> {
    if (kcv->parsed()) return RunKeyCheckValue(*kcv_options);
    if (parity->parsed()) return RunKeyParity(parity_input->first, parity_input->second);
    if (components->parsed()) return RunKeyComponents(*components_options);
    if (block->parsed()) return RunKeyBlockShow(block_input->first, block_input->second);
    return std::nullopt;
  };
}

}  // namespace florin::tools
