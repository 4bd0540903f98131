// florin card: values that are made and verified under one key: card verification values, 3-D
// Secure, MACs, DUKPT, cryptograms.
#pragma once

#include <functional>
#include <optional>

namespace CLI {
class App;
}

namespace florin::tools {

// Adds the commands to `card`. After parsing, the result runs the one that was named, if it is one
// of these, and returns its exit status.
std::function<std::optional<int>()> AddValueCommands(CLI::App& card);

}  // namespace florin::tools
