// The hot paths allocate nothing: every C++ allocation of this executable is counted.
#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "crypto/mechanisms/operation.h"
#include "florin/base/pan.h"
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

// Not those that derive a card's key inside: its schedules are made anew for each card.
TEST(Allocation, CardMechanismsOfKeysAsTheyAreAllocateNothing) {
  const Bytes data(64, 1);
  const Pan pan = Pan::Parse("4123456789012345").value();
  const auto tdes = [](const char* header, std::vector<MechanismType> names = {}) {
    KeyRules rules = WithHeader(Rules(KeyType::kDes3, {Verb::kSign}), header);
    rules.allowed_mechanisms = std::move(names);
    return GenerateKey(rules, 16);
  };
  EXPECT_EQ(AllocationsOf(Verb::kSign, Iso9797Mac{}, *tdes("D0000M3TC00N0000"), data), 0U);
  EXPECT_EQ(AllocationsOf(Verb::kSign, TdesCmac{}, *tdes("D0000M6TC00N0000"), data), 0U);
  CardVerification value;
  value.pan = &pan;
  EXPECT_EQ(AllocationsOf(Verb::kSign, value, *tdes("D0000C0TC00N0000"), {}), 0U);
  ThreeDsAuthentication cavv;
  cavv.pan = &pan;
  const std::vector<MechanismType> names = {MechanismType::kThreeDsAuthentication};
  EXPECT_EQ(AllocationsOf(Verb::kSign, cavv, *tdes("D0000C0TC00N0000", names), {}), 0U);
}

}  // namespace
}  // namespace florin::mechanisms
