// florin key state: moves a key along its life.
#pragma once

#include <string>

#include "florin/hsm/key_ref.h"
#include "tools/key/token_session.h"

namespace florin::tools {

struct KeyStateOptions {
  TokenOptions token;
  std::string label;
  std::string id;  // hex; empty: the label alone decides
  hsm::KeyClass key_class = hsm::KeyClass::kSecret;
  std::string state;
  bool final = false;  // the operator means a state that cannot be undone
  bool json = false;
};

// Returns the exit status: 0 the key has the state, 1 the change is refused, 2 it could not be
// tried.
int RunKeyState(const KeyStateOptions& options);

}  // namespace florin::tools
