// florin wallet hpke: the subcommands for HPKE (RFC 9180).
#pragma once

#include <functional>
#include <optional>

namespace CLI {
class App;
}

namespace florin::tools {

// Adds "hpke" to `wallet`, as AddWalletCommand has it.
std::function<std::optional<int>()> AddHpkeCommands(CLI::App& wallet);

}  // namespace florin::tools
