// florin key: the subcommands that handle keys of tokens.
#pragma once

#include <functional>
#include <optional>

namespace CLI {
class App;
}

namespace florin::tools {

// Adds "key" to `app`. After parsing, the result runs the subcommand that was named, if it is one
// of these, and returns its exit status.
std::function<std::optional<int>()> AddKeyCommand(CLI::App& app);

}  // namespace florin::tools
