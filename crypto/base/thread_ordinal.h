// ThreadOrdinal: a small dense number per thread, to spread threads over slots.
#pragma once

#include <atomic>
#include <cstddef>

namespace florin {

// The same for the life of a thread, counted from 0 in the order of first calls. Any thread.
inline std::size_t ThreadOrdinal() {
  static std::atomic<std::size_t> next{0};
  thread_local const std::size_t ordinal = next.fetch_add(1, std::memory_order_relaxed);
  return ordinal;
}

}  // namespace florin
