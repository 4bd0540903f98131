#include "tools/key/key_command.h"

#include <CLI/CLI.hpp>

#include "tools/key/exchange_command.h"
#include "tools/key/inventory_command.h"

namespace florin::tools {

std::function<std::optional<int>()> AddKeyCommand(CLI::App& app) {
  CLI::App* key = app.add_subcommand("key", "Keys of tokens");
  key->require_subcommand(1);
  const auto inventory = AddInventoryCommands(*key);
  const auto exchange = AddExchangeCommands(*key);
  return [=]() -> std::optional<int> {
    const auto status = inventory();
    return status.has_value() ? status : exchange();
  };
}

}  // namespace florin::tools
