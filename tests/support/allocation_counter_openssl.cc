// A fetch by name allocates inside OpenSSL, so this finds it, too.
#include <openssl/crypto.h>

#include <cstdlib>

#include "tests/support/allocation_counter.h"

namespace {

void* CountedMalloc(std::size_t size, const char*, int) {
  florin::testing::CountAllocation();
  return std::malloc(size);
}
void* CountedRealloc(void* old, std::size_t size, const char*, int) {
  florin::testing::CountAllocation();
  return std::realloc(old, size);
}
void CountedFree(void* memory, const char*, int) { std::free(memory); }

// OpenSSL takes its allocator only before its first use.
const bool kCounting = CRYPTO_set_mem_functions(CountedMalloc, CountedRealloc, CountedFree) == 1;

TEST(AllocationCounter, CountsOpenssl) { EXPECT_TRUE(kCounting); }

}  // namespace
