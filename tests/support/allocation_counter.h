// Counts the C++ allocations of the executable that allocation_counter.cc is linked into.
#pragma once

#include <cstddef>

namespace florin::testing {

// Since the process began, by all threads.
std::size_t AllocationCount();

}  // namespace florin::testing
