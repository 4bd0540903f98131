#include "crypto/primitives/striped_pool.h"

namespace florin::primitives {

std::size_t ThreadStripe() {
  static std::atomic<std::size_t> next{0};
  thread_local const std::size_t mine = next.fetch_add(1, std::memory_order_relaxed);
  return mine;
}

}  // namespace florin::primitives
