// florin key list: the key inventory of a token.
#pragma once

#include "tools/key/token_session.h"

namespace florin::tools {

struct InventoryOptions {
  TokenOptions token;
  bool json = false;
  bool csv = false;
};

// Prints the inventory. Returns the exit status: 0, or 2 where the token could not be read.
int RunKeyList(const InventoryOptions& options);

}  // namespace florin::tools
