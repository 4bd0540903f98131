#include "tools/key/inventory_command.h"

#include <CLI/CLI.hpp>
#include <map>
#include <memory>
#include <string>

#include "florin/mechanisms/key_life.h"
#include "tools/key/inventory.h"
#include "tools/key/state.h"

namespace florin::tools {
namespace {

const std::map<std::string, hsm::KeyClass> kClasses = {{"secret", hsm::KeyClass::kSecret},
                                                       {"private", hsm::KeyClass::kPrivate},
                                                       {"public", hsm::KeyClass::kPublic}};

CLI::App* AddList(CLI::App& key, InventoryOptions& options) {
  CLI::App* list = key.add_subcommand(
      "list",
      "The key inventory of a token: what each key is and may do, its state, dates and origin,\n"
      "and its check value. Never a key.");
  AddTokenOptions(*list, options.token);
  CLI::Option* json =
      list->add_flag("--json", options.json, "Print one JSON object, with every field");
  list->add_flag("--csv", options.csv, "Print a line for each key, with every field (RFC 4180)")
      ->excludes(json);
  list->footer(
      "Exit status: 0, or 2 where the token could not be read.\n"
      "Example: FLORIN_PIN=... florin key list --token acquirer --csv > inventory.csv");
  return list;
}

CLI::App* AddState(CLI::App& key, KeyStateOptions& options) {
  CLI::App* state = key.add_subcommand(
      "state",
      "Move a key along its life: pre-active to active, active to suspended and back, both to\n"
      "retired (it verifies, decrypts and unwraps only), any to compromised.");
  AddTokenOptions(*state, options.token);
  state->add_option("label", options.label, "Label of the key")->required();
  state->add_option("state", options.state, "active, suspended, retired or compromised")
      ->required()
      ->check([](const std::string& name) {
        return mechanisms::KeyStateOf(name).has_value() ? std::string()
                                                        : "there is no state '" + name + "'";
      });
  state->add_option("--id", options.id, "Id of the key in hex, where several bear the label");
  CLI::Option* key_class =
      state->add_option("--class", options.key_class, "Class of the key (default: secret)");
  key_class->transform(CLI::CheckedTransformer(kClasses).description(""));
  key_class->type_name("secret|private|public");
  state->add_flag("--final", options.final,
                  "Needed for retired and compromised: neither can be undone");
  state->add_flag("--json", options.json, "Print one JSON object and nothing else");
  state->footer(
      "Exit status: 0 the key has the state, 1 the change is refused, 2 it could not be tried.\n"
      "Example: FLORIN_PIN=... florin key state --token acquirer imk-2024 retired --final");
  return state;
}

}  // namespace

std::function<std::optional<int>()> AddInventoryCommands(CLI::App& key) {
  const auto list_options = std::make_shared<InventoryOptions>();
  const auto state_options = std::make_shared<KeyStateOptions>();
  CLI::App* list = AddList(key, *list_options);
  CLI::App* state = AddState(key, *state_options);
  return [=]() -> std::optional<int> {
    if (list->parsed()) return RunKeyList(*list_options);
    if (state->parsed()) return RunKeyState(*state_options);
    return std::nullopt;
  };
}

}  // namespace florin::tools
