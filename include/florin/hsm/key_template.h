// KeyTemplate: what a new key shall be: its rules, its name, and whether it outlives the session.
#pragma once

#include <optional>

#include "florin/hsm/key_ref.h"
#include "florin/mechanisms/key_rules.h"

#pragma GCC visibility push(default)

namespace florin::hsm {

struct KeyTemplate {
  mechanisms::KeyRules rules;
  std::optional<KeyRef> name;  // required where `persistent`
  bool persistent = false;     // kept by the token; else gone with the session
};

struct KeyPairTemplate {
  KeyTemplate private_key;
  KeyTemplate public_key;
};

struct KeyPair {
  KeyHandle private_key;
  KeyHandle public_key;
};

}  // namespace florin::hsm

#pragma GCC visibility pop
