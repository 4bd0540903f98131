#include "tools/key/key_command.h"

#include <CLI/CLI.hpp>

#include "tools/key/check_command.h"
#include "tools/key/exchange_command.h"
#include "tools/key/inventory_command.h"
#include "tools/key/tr34.h"

namespace florin::tools {

std::function<std::optional<int>()> AddKeyCommand(CLI::App& app) {
  CLI::App* key = app.add_subcommand("key", "Keys of tokens, key blocks, check values");
  key->require_subcommand(1);
  const auto inventory = AddInventoryCommands(*key);
  const auto exchange = AddExchangeCommands(*key);
  const auto check = AddCheckCommands(*key);
  const auto tr34 = AddTr34Commands(*key);
  return [=]() -> std::optional<int> {
    for (const auto& command : {inventory, exchange, check, tr34}) {
      if (const auto status = command(); status.has_value()) return status;
    }
    return std::nullopt;
  };
}

}  // namespace florin::tools
