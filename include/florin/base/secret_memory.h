// What the secret arena could lock, and what happens when it cannot lock more.
#pragma once

#include <cstddef>

#include "florin/base/result.h"

#pragma GCC visibility push(default)

namespace florin {

// A snapshot for operators and health checks.
struct SecretMemoryStatus {
  std::size_t reserved_bytes = 0;  // usable pages obtained from the system for secrets
  std::size_t locked_bytes = 0;    // of these, pages that cannot be swapped out

  bool all_locked() const { return locked_bytes == reserved_bytes; }
};

// Where RLIMIT_MEMLOCK is small (containers often allow 64 KiB) the arena goes on with pages that
// are guarded, wiped and left out of core dumps but may be swapped; this says so.
// Safe to call from any thread.
SecretMemoryStatus GetSecretMemoryStatus();

// From now on a page that cannot be locked is refused: SecretBytes::Create then returns
// kResourceExhausted. For deployments where swapping a key is worse than refusing a request.
// Errors: kResourceExhausted when pages already in use are not locked; the rule holds all the same.
// Safe to call from any thread.
Status RequireLockedSecretMemory();

}  // namespace florin

#pragma GCC visibility pop
