// ReplayGuard: what keeps a wallet token from being opened twice.
#pragma once

#include <cstddef>
#include <memory>

#include "florin/base/bytes.h"
#include "florin/base/clock.h"
#include "florin/base/result.h"

#pragma GCC visibility push(default)

namespace florin::payload {

// Remembers the ids of tokens for as long as a token could be presented again: the transaction id
// of Apple Pay, the SHA-256 of Google Pay's messageId. Implementations are safe for many threads.
// All processes that open tokens for a merchant need one guard between them, and it must outlive a
// restart within the window: else a token opens once in each, or again after it. A store with an
// atomic "insert if absent" and a lifetime per entry makes one.
class ReplayGuard {
 public:
  virtual ~ReplayGuard() = default;

  // Claims `transaction_id` (32 bytes) for the caller, or kReplayed where it was claimed before.
  // May forget ids after `not_after`, so it refuses with kExpired where that has passed.
  virtual Status Claim(ByteView transaction_id, UnixSeconds not_after) = 0;
};

// A ReplayGuard for one process, bounded: kResourceExhausted when `capacity` ids (1..2^24) are
// live. Keeps ids for a minute more than asked, for clocks that are set back. It forgets all when
// the process ends: a service that restarts within the window, or runs as several processes, needs
// a guard that they share. Takes 112 to 224 bytes per id at once. Null where memory does not
// suffice or `capacity` is out of range; those who take a guard refuse that. `clock` must outlive
// it.
std::unique_ptr<ReplayGuard> MakeMemoryReplayGuard(std::size_t capacity, const Clock& clock);

}  // namespace florin::payload

#pragma GCC visibility pop
