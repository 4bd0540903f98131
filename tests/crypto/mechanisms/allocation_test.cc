// The hot paths allocate nothing: every C++ allocation of this executable is counted.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "crypto/mechanisms/operation.h"
#include "tests/crypto/mechanisms/test_keys.h"

namespace {

std::atomic<std::size_t> allocations{0};

void* CountedAllocation(std::size_t size, std::size_t alignment) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  const std::size_t rounded = (size + alignment - 1) / alignment * alignment;
  void* memory = std::aligned_alloc(alignment, rounded == 0 ? alignment : rounded);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

}  // namespace

void* operator new(std::size_t size) { return CountedAllocation(size, alignof(std::max_align_t)); }
void* operator new(std::size_t size, std::align_val_t alignment) {
  return CountedAllocation(size, static_cast<std::size_t>(alignment));
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }

namespace florin::mechanisms {
namespace {

// Allocations of a second run: the first one makes the schedules of the key.
std::size_t AllocationsOf(Verb verb, const Mechanism& mechanism, const Key& key, ByteView input) {
  Bytes out(input.size() + 64);
  Operation operation;
  std::size_t before = 0;
  for (int run = 0; run < 2; ++run) {
    before = allocations.load();
    EXPECT_TRUE(operation.Prepare(verb, mechanism, key).ok());
    EXPECT_TRUE(operation.Run(input, out).ok());
    EXPECT_TRUE(RunOnce(verb, mechanism, key, input, out).ok());
  }
  return allocations.load() - before;
}

TEST(Allocation, PrepareAndRunAllocateNothing) {
  const Bytes data(64, 1);
  const Bytes iv(16, 2);
  const Bytes aad(300, 3);
  const KeyPtr aes = GenerateKey(Rules(KeyType::kAes, {Verb::kEncrypt, Verb::kSign}), 32);
  const KeyPtr hmac = GenerateKey(Rules(KeyType::kHmac, {Verb::kSign}), 32);
  const KeyPtr des = GenerateKey(Rules(KeyType::kDes3, {Verb::kEncrypt}), 16);
  EXPECT_EQ(AllocationsOf(Verb::kSign, Hmac{}, *hmac, data), 0U);
  EXPECT_EQ(AllocationsOf(Verb::kSign, AesCmac{}, *aes, data), 0U);
  EXPECT_EQ(AllocationsOf(Verb::kEncrypt, AesEcb{}, *aes, data), 0U);
  EXPECT_EQ(AllocationsOf(Verb::kEncrypt, AesCbc{iv}, *aes, data), 0U);
  EXPECT_EQ(AllocationsOf(Verb::kEncrypt, AesCtr{iv}, *aes, data), 0U);
  EXPECT_EQ(AllocationsOf(Verb::kEncrypt, AesGcm{iv, aad, 16}, *aes, data), 0U);
  EXPECT_EQ(AllocationsOf(Verb::kEncrypt, Des3Cbc{ByteView(iv).first(8)}, *des, data), 0U);
}

}  // namespace
}  // namespace florin::mechanisms
