// KeyHandle: a key, resolved in one session. OtherKey: a key that a mechanism needs beside the one
// it runs under.
#pragma once

#include <cstdint>

#pragma GCC visibility push(default)

namespace florin::mechanisms {

class Key;

// A key inside one session. Valid in the session that returned it and until that session ends;
// another session refuses it with kInvalidArgument. 0 is never valid.
struct KeyHandle {
  std::uint64_t value = 0;
  friend bool operator==(KeyHandle, KeyHandle) = default;
};

// Callers name it by handle. `key` is for the owner of the keys, who finds it anew in each call and
// keeps it alive meanwhile: what a caller puts there is never used. A plain pointer, so that a
// Mechanism is copied as bytes are.
struct OtherKey {
  KeyHandle handle = {};
  const Key* key = nullptr;
};

}  // namespace florin::mechanisms

#pragma GCC visibility pop
