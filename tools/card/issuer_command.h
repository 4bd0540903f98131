// florin card arpc and florin card script: what an issuer sends to a card.
#pragma once

#include <functional>
#include <optional>

namespace CLI {
class App;
}

namespace florin::tools {

// Adds the commands to `card`. After parsing, the result runs the one that was named, if it is one
// of these, and returns its exit status.
std::function<std::optional<int>()> AddIssuerCommands(CLI::App& card);

}  // namespace florin::tools
