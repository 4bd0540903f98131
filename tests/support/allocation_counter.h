// Counts the allocations of an executable: those of C++ where allocation_counter.cc is linked into
// it, those of OpenSSL too where allocation_counter_openssl.cc is.
#pragma once

#include <gtest/gtest.h>

#include <cstddef>

namespace florin::testing {

// Since the process began, by all threads.
std::size_t AllocationCount();
void CountAllocation();

// Allocations of ten calls of `body` after one that warms up; each must return true.
template <class Body>
std::size_t AllocationsOf(const Body& body) {
  EXPECT_TRUE(body());
  const std::size_t before = AllocationCount();
  bool all = true;
  for (int i = 0; i < 10; ++i) all = body() && all;
  const std::size_t after = AllocationCount();
  EXPECT_TRUE(all);
  return after - before;
}

}  // namespace florin::testing
