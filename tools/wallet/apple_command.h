// florin wallet apple: the subcommands for Apple Pay and Apple Wallet.
#pragma once

#include <functional>
#include <optional>

namespace CLI {
class App;
}

namespace florin::tools {

// Adds "apple" to `wallet`, as AddWalletCommand has it.
std::function<std::optional<int>()> AddAppleCommands(CLI::App& wallet);

}  // namespace florin::tools
