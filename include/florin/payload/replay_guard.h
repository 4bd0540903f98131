// The ReplayGuard of one process.
#pragma once

#include <cstddef>
#include <memory>

#include "florin/base/clock.h"
#include "florin/base/replay_guard.h"

#pragma GCC visibility push(default)

namespace florin::payload {

using florin::ReplayGuard;

// A ReplayGuard for one process, bounded: kResourceExhausted when `capacity` ids (1..2^24) are
// live. Keeps ids for a minute more than asked, for clocks that are set back. It forgets all when
// the process ends: a service that restarts within the window, or runs as several processes, needs
// a guard that they share. Takes 112 to 224 bytes per id at once. Null where memory does not
// suffice or `capacity` is out of range; those who take a guard refuse that. `clock` must outlive
// it.
std::unique_ptr<ReplayGuard> MakeMemoryReplayGuard(std::size_t capacity, const Clock& clock);

}  // namespace florin::payload

#pragma GCC visibility pop
