// ReplayGuard: what keeps a message from being accepted twice.
#pragma once

#include "florin/base/bytes.h"
#include "florin/base/clock.h"
#include "florin/base/result.h"

#pragma GCC visibility push(default)

namespace florin {

// Remembers the ids of messages for as long as one could be presented again: of wallet tokens, the
// transaction id of Apple Pay or a hash of what another wallet names its tokens by.
// Implementations are safe for many threads. All processes that open tokens for a merchant need one
// guard between them, and it must outlive a restart within the window: else a token opens once in
// each, or again after it. A store with an atomic "insert if absent" and a lifetime per entry makes
// one; tokenizer/replay_guard.h has it over the vault's store.
class ReplayGuard {
 public:
  virtual ~ReplayGuard() = default;

  // Claims `transaction_id` (32 bytes) for the caller, or kReplayed where it was claimed before.
  // May forget ids after `not_after`, so it refuses with kExpired where that has passed.
  virtual Status Claim(ByteView transaction_id, UnixSeconds not_after) = 0;
};

}  // namespace florin

#pragma GCC visibility pop
