// florin wallet jwe: the subcommands for JWE and JWS of schemes.
#pragma once

#include <functional>
#include <optional>

namespace CLI {
class App;
}

namespace florin::tools {

// Adds "jwe" to `wallet`, as AddWalletCommand has it.
std::function<std::optional<int>()> AddJweCommands(CLI::App& wallet);

}  // namespace florin::tools
