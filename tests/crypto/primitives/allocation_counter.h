// Counts every allocation of OpenSSL and of C++ in the executable that includes this, which is one
// source file: OpenSSL takes its allocator only before its first use. A fetch by name allocates
// inside OpenSSL, so this finds it, too.
#pragma once

#include <gtest/gtest.h>

#include <openssl/crypto.h>

#include <atomic>
#include <cstdlib>
#include <new>

namespace {

std::atomic<long> g_allocations{0};

void* CountedMalloc(std::size_t size, const char*, int) {
  g_allocations.fetch_add(1);
  return std::malloc(size);
}
void* CountedRealloc(void* old, std::size_t size, const char*, int) {
  g_allocations.fetch_add(1);
  return std::realloc(old, size);
}
void CountedFree(void* memory, const char*, int) { std::free(memory); }

const bool kCounting = CRYPTO_set_mem_functions(CountedMalloc, CountedRealloc, CountedFree) == 1;

}  // namespace

void* operator new(std::size_t size) {
  g_allocations.fetch_add(1);
  void* memory = std::malloc(size == 0 ? 1 : size);
  if (memory == nullptr) std::abort();
  return memory;
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace florin {

// Allocations of ten calls of `body` after one to warm up.
template <class Body>
long AllocationsOf(const Body& body) {
  EXPECT_TRUE(kCounting);
  EXPECT_TRUE(body());
  const long before = g_allocations.load();
  bool all = true;
  for (int i = 0; i < 10; ++i) all = body() && all;
  const long after = g_allocations.load();
  EXPECT_TRUE(all);
  return after - before;
}

}  // namespace florin
