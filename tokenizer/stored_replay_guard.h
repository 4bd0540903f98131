// The ReplayGuard of a Store.
#pragma once

#include <cstdint>
#include <memory>

#include "florin/base/clock.h"
#include "florin/base/replay_guard.h"
#include "tokenizer/store/store.h"

namespace florin::tokenizer {

// `store`: of its own. `clock` outlives the guard.
std::unique_ptr<ReplayGuard> MakeStoredReplayGuard(std::unique_ptr<Store> store,
                                                   std::uint64_t capacity, const Clock& clock);

}  // namespace florin::tokenizer
