#include "tools/key/key_command.h"

#include <CLI/CLI.hpp>

#include "tools/key/inventory_command.h"

namespace florin::tools {

std::function<std::optional<int>()> AddKeyCommand(CLI::App& app) {
  CLI::App* key = app.add_subcommand("key", "Keys of tokens");
  key->require_subcommand(1);
  return AddInventoryCommands(*key);
}

}  // namespace florin::tools
