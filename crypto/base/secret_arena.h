// SecretArena: where the bytes of SecretBytes live.
#pragma once

#include <cstddef>
#include <cstdint>

#include "florin/base/result.h"
#include "florin/base/secret_memory.h"

namespace florin {

// One per process, never destroyed. Regions of 64 KiB from libsodium (guard pages around, a canary
// in front, locked, left out of core dumps) are cut into slots of a power of two; each slot ends
// in a canary that is checked, and inverted, on release, so that overruns and double releases
// stop the process. Each thread keeps a few wiped slots, so that the common path takes no lock.
//
// Thread-safe. After fork the child owns copies of all secrets, locked again where the system
// allows it; slots cached by the parent's other threads stay unused in the child.
class SecretArena {
 public:
  struct Block {
    std::uint8_t* data;    // zeroed, kSecretAlignment
    std::size_t capacity;  // at least the size asked for
  };

  // Errors: kResourceExhausted. `size` is 1..kMaxSecretBytes.
  static Result<Block> Allocate(std::size_t size);

  // Wipes and takes back a block, with the capacity that Allocate returned.
  static void Release(std::uint8_t* data, std::size_t capacity);

  static SecretMemoryStatus GetStatus();
  static Status RequireLocked();
};

}  // namespace florin
