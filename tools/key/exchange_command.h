// florin key import, export, pair, public, agree, device-key and show, as subcommands.
#pragma once

#include <functional>
#include <optional>

namespace CLI {
class App;
}

namespace florin::tools {

struct ExchangeTarget;

// Adds what every command for one key takes; `what` says which key the label names.
void AddTarget(CLI::App& command, ExchangeTarget& target, const char* what);

// Adds them to `key`. After parsing, the result runs the one that was named, if it is one of these,
// and returns its exit status.
std::function<std::optional<int>()> AddExchangeCommands(CLI::App& key);

}  // namespace florin::tools
