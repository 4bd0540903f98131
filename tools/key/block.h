// florin key block show: the header of a key block, in words.
#pragma once

#include <string>

namespace florin::tools {

// "-": the block is a line of standard input. Returns the exit status: 0; 1, the norm does not join
// usage, algorithm and mode of use in this way; 2, it is no key block.
int RunKeyBlockShow(const std::string& block, bool json);

}  // namespace florin::tools
