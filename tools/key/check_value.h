// florin key kcv, parity and components: what tells people that they hold the same key.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "florin/card/kcv_method.h"
#include "tools/key/command_keys.h"

namespace florin::tools {

struct CheckValueOptions {
  TokenOptions token;
  KeyArgument key;
  std::optional<card::KcvMethod> method;  // of a test key
  int length = 3;
  bool json = false;
};

struct ComponentsOptions {
  std::vector<std::string> components;  // HEX or HEX:KCV; "-": read from standard input
  char algorithm = 'T';
  bool json = false;
};

// Print check values, never a key. 0: done; 1: a check value or the parity is wrong; 2: it could
// not be tried.
int RunKeyCheckValue(const CheckValueOptions& options);
int RunKeyParity(const std::string& test_key, bool json);
int RunKeyComponents(const ComponentsOptions& options);

}  // namespace florin::tools
