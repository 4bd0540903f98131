// florin card pin: translation, verification, change and generation of PINs.
#pragma once

#include <functional>
#include <optional>

namespace CLI {
class App;
}

namespace florin::tools {

// Adds "pin" to `card`. After parsing, the result runs the subcommand that was named, if it is one
// of these, and returns its exit status.
std::function<std::optional<int>()> AddPinCommand(CLI::App& card);

}  // namespace florin::tools
