// florin card: what is read without a key.
#pragma once

#include <functional>
#include <optional>

namespace CLI {
class App;
}

namespace florin::tools {

// Adds the commands to `card`. After parsing, the result runs the one that was named, if it is one
// of these, and returns its exit status.
std::function<std::optional<int>()> AddReadingCommands(CLI::App& card);

}  // namespace florin::tools
