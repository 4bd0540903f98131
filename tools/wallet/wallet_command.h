// florin wallet: the subcommands that handle encrypted payloads of wallets and schemes.
#pragma once

#include <functional>
#include <optional>

namespace CLI {
class App;
}

namespace florin::tools {

// Adds "wallet" to `app`. After parsing, the result runs the subcommand that was named, if it is
// one of these, and returns its exit status.
std::function<std::optional<int>()> AddWalletCommand(CLI::App& app);

}  // namespace florin::tools
