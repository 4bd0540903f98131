// Chains of derivations of every kernel, against the same chain made of single blocks by OpenSSL.
// The published values of X9.24-3 are in the kernels' self-test and, through AesBdk, in card_test.
#include <algorithm>

#include "tests/crypto/kernels/kernel_testing.h"
#include "tests/crypto/kernels/openssl_reference.h"

namespace florin::kernels {
namespace {

class DeriveTest : public KernelTest {};

Bytes Reference(Bytes key, std::span<const DerivationBlock> path, std::size_t out_size) {
  const std::size_t key_size = key.size();
  for (std::size_t i = 0; i < path.size(); ++i) {
    Bytes next;
    for (std::uint8_t number = 1; number <= 2; ++number) {
      DerivationBlock block = path[i];
      block[1] = number;
      const Bytes encrypted = reference::EncryptBlock(key, block);
      next.insert(next.end(), encrypted.begin(), encrypted.end());
    }
    next.resize(i + 1 == path.size() ? out_size : key_size);
    key = std::move(next);
  }
  return key;
}

std::vector<DerivationBlock> RandomPath(TestRandom& random, std::size_t steps) {
  std::vector<DerivationBlock> path(steps);
  for (DerivationBlock& block : path) EXPECT_TRUE(random.Fill(block).ok());
  return path;
}

TEST_P(DeriveTest, IsTheChainOfItsBlocks) {
  TestRandom random(4);
  for (const std::size_t key_size : {16, 24, 32}) {
    for (std::size_t out_size = 1; out_size <= kMaxDerivedKey; ++out_size) {
      for (const std::size_t steps : {1, 2, 3, 18, 34}) {
        SCOPED_TRACE(::testing::Message() << key_size << " " << out_size << " " << steps);
        const Bytes key = random.Take(key_size);
        const auto path = RandomPath(random, steps);
        Guarded out(out_size, random.Below(64));
        ASSERT_TRUE(AesDerive(kernel(), key, path, out.bytes()).ok());
        EXPECT_TRUE(SameBytes(out.bytes(), Reference(key, path, out_size)));
        EXPECT_TRUE(out.Untouched());
      }
    }
  }
}

TEST_P(DeriveTest, MayWriteOverItsKey) {
  TestRandom random(5);
  for (const std::size_t key_size : {16, 24, 32}) {
    Bytes key = random.Take(key_size);
    const auto path = RandomPath(random, 5);
    const Bytes expected = Reference(key, path, key_size);
    ASSERT_TRUE(AesDerive(kernel(), key, path, key).ok());
    EXPECT_EQ(key, expected);
  }
}

TEST_P(DeriveTest, RefusesOtherSizesAndNoStep) {
  const std::vector<DerivationBlock> path(2);
  Bytes out(33);
  const auto code = [&](std::size_t key_size, std::span<const DerivationBlock> steps,
                        std::size_t out_size) {
    return AesDerive(kernel(), Bytes(key_size), steps, MutableBytes(out).first(out_size)).code();
  };
  EXPECT_EQ(code(16, path, 32), ErrorCode::kOk);
  for (const std::size_t size : {0, 8, 15, 17, 25, 33}) {
    EXPECT_EQ(code(size, path, 16), ErrorCode::kInvalidArgument);
  }
  EXPECT_EQ(code(16, {}, 16), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(16, path, 0), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(32, path, 33), ErrorCode::kInvalidArgument);
}

INSTANTIATE_TEST_SUITE_P(Kernels, DeriveTest, ::testing::ValuesIn(SupportedKernels()), KernelName);

}  // namespace
}  // namespace florin::kernels
