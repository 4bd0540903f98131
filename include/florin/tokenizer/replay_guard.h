// A ReplayGuard that outlives its process: over the embedded store of the vault.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "florin/base/clock.h"
#include "florin/base/replay_guard.h"
#include "florin/base/result.h"

#pragma GCC visibility push(default)

namespace florin::tokenizer {

struct StoredReplayGuardOptions {
  // A folder of its own, not a vault's. Made where it is missing, mode 0700.
  std::string directory;
  std::uint64_t capacity = 1 << 20;     // ids that may be live at once, 1..2^28; of all processes
  const Clock* clock = &SystemClock();  // outlives the guard
};

// Every process of a machine that opens the same folder shares what it remembers, across restarts
// and kills: a claim that returned OK is on disk. A claim costs one durable commit, a millisecond
// or less on most disks, and there is one writer at a time; a service that claims thousands a
// second on one machine shards them over several folders by the first byte of the id.
//
// Keeps ids for a minute more than asked, for clocks that are set back. Each claim forgets up to 64
// ids that have expired. kResourceExhausted when `capacity` ids are live; the ids are no secret and
// lie in clear. A guard opened before a fork refuses to work in the child.
//
// kInvalidArgument, kStorage, kCorrupted, kResourceExhausted; kUnsupported where Florin was built
// without LMDB.
Result<std::unique_ptr<ReplayGuard>> OpenStoredReplayGuard(const StoredReplayGuardOptions& options);

}  // namespace florin::tokenizer

#pragma GCC visibility pop
