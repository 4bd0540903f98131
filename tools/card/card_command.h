// florin card: the subcommands for what cards and issuers compute.
#pragma once

#include <functional>
#include <optional>

namespace CLI {
class App;
}

namespace florin::tools {

// Adds "card" to `app`. After parsing, the result runs the subcommand that was named, if it is one
// of these, and returns its exit status.
std::function<std::optional<int>()> AddCardCommand(CLI::App& app);

}  // namespace florin::tools
