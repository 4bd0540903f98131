// florin wallet google: the subcommands for Google Pay and Google Wallet.
#pragma once

#include <functional>
#include <optional>

namespace CLI {
class App;
}

namespace florin::tools {

// Adds "google" to `wallet`, as AddWalletCommand has it.
std::function<std::optional<int>()> AddGoogleCommands(CLI::App& wallet);

}  // namespace florin::tools
