// The hot paths allocate nothing: every C++ allocation of this executable is counted.
#include <gtest/gtest.h>

#include "crypto/mechanisms/operation.h"
#include "tests/crypto/mechanisms/test_keys.h"
#include "tests/support/allocation_counter.h"

namespace florin::mechanisms {
namespace {

// Allocations of a second run: the first one makes the schedules of the key.
std::size_t AllocationsOf(Verb verb, const Mechanism& mechanism, const Key& key, ByteView input) {
  Bytes out(input.size() + 64);
  Operation operation;
  std::size_t before = 0;
  for (int run = 0; run < 2; ++run) {
    before = testing::AllocationCount();
    EXPECT_TRUE(operation.Prepare(verb, mechanism, key).ok());
    EXPECT_TRUE(operation.Run(input, out).ok());
    EXPECT_TRUE(RunOnce(verb, mechanism, key, input, out).ok());
  }
  return testing::AllocationCount() - before;
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
