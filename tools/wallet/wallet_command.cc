#include "tools/wallet/wallet_command.h"

#include <CLI/CLI.hpp>
#include <vector>

#include "tools/wallet/apple_command.h"
#include "tools/wallet/google_command.h"
#include "tools/wallet/hpke_command.h"
#include "tools/wallet/jwe_command.h"

namespace florin::tools {
namespace {

using Run = std::function<std::optional<int>()>;

// A line for each group: adds its name and its commands, and returns what runs them.
constexpr Run (*kGroups[])(CLI::App& wallet) = {
    AddAppleCommands,
    AddGoogleCommands,
    AddJweCommands,
    AddHpkeCommands,
};

}  // namespace

std::function<std::optional<int>()> AddWalletCommand(CLI::App& app) {
  CLI::App* wallet =
      app.add_subcommand("wallet", "Encrypted payloads of wallets and schemes, and their keys");
  wallet->require_subcommand(1);
  std::vector<Run> groups;
  for (const auto& add : kGroups) groups.push_back(add(*wallet));
  return [groups]() -> std::optional<int> {
    for (const auto& group : groups) {
      if (const auto status = group(); status.has_value()) return status;
    }
    return std::nullopt;
  };
}

}  // namespace florin::tools
