// florin key kcv, parity, components and block, as subcommands.
#pragma once

#include <functional>
#include <optional>

namespace CLI {
class App;
}

namespace florin::tools {

// Adds them to `key`. After parsing, the result runs the one that was named, if it is one of these,
// and returns its exit status.
std::function<std::optional<int>()> AddCheckCommands(CLI::App& key);

}  // namespace florin::tools
