#include "florin/base/random.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <bit>
#include <cstring>
#include <set>
#include <string>

#include "crypto/base/cpu_features.h"
#include "florin/base/secret.h"

namespace florin {
namespace {

using Block = std::array<std::uint8_t, 16>;

Block Draw() {
  Block block{};
  EXPECT_TRUE(SystemRandom().Fill(block).ok());
  return block;
}

// Runs `body` in a forked child and returns the block it drew.
template <class Body>
Block DrawInChild(Body body) {
  std::array<int, 2> ends{};
  EXPECT_EQ(pipe(ends.data()), 0);
  const pid_t child = fork();
  if (child == 0) {
    const Block block = body();
    const bool sent = write(ends[1], block.data(), block.size()) == ssize_t{sizeof(block)};
    _exit(sent ? 0 : 1);
  }
  Block block{};
  EXPECT_EQ(read(ends[0], block.data(), block.size()), ssize_t{sizeof(block)});
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  close(ends[0]);
  close(ends[1]);
  return block;
}

TEST(SystemRandomTest, BlocksNeverRepeat) {
  std::set<Block> seen;
  for (int i = 0; i < 20000; ++i) EXPECT_TRUE(seen.insert(Draw()).second);
}

TEST(SystemRandomTest, FillsEverySize) {
  for (std::size_t size = 0; size < 9000; size = size < 64 ? size + 1 : size * 5 / 4) {
    Bytes bytes(size + 2, 0xcc);
    ASSERT_TRUE(SystemRandom().Fill(MutableBytes(bytes).subspan(1, size)).ok());
    EXPECT_EQ(bytes.front(), 0xcc);
    EXPECT_EQ(bytes.back(), 0xcc);
    if (size >= 16) {
      EXPECT_NE(Bytes(bytes.end() - 9, bytes.end() - 1), Bytes(8, 0xcc)) << size;
    }
  }
}

TEST(SystemRandomTest, HalfOfTheBitsAreSet) {
  std::size_t ones = 0;
  constexpr std::size_t kBlocks = 10000;
  for (std::size_t i = 0; i < kBlocks; ++i) {
    for (const std::uint8_t byte : Draw()) ones += static_cast<std::size_t>(std::popcount(byte));
  }
  // 1,280,000 bits: six standard deviations are 3,394.
  EXPECT_NEAR(static_cast<double>(ones), kBlocks * 64.0, 3400.0);
}

TEST(SystemRandomTest, AForkedChildDrawsFreshBytes) {
  (void)Draw();  // the buffer is filled before the fork
  const Block first = DrawInChild(Draw);
  const Block second = DrawInChild(Draw);
  const Block here = Draw();
  EXPECT_NE(first, second);
  EXPECT_NE(first, here);
  EXPECT_NE(second, here);
}

TEST(SystemRandomTest, AGrandchildDrawsFreshBytesToo) {
  const Block grandchild = DrawInChild([] {
    (void)Draw();
    return DrawInChild(Draw);
  });
  EXPECT_NE(grandchild, Draw());
}

TEST(SystemRandomTest, SecretsOutliveAFork) {
  const SecretBytes secret = std::move(SecretBytes::CopyOf(Bytes(16, 0x42))).value();
  const Block block = DrawInChild([&secret] {
    Block copy{};
    std::memcpy(copy.data(), secret.Read(SecretAccess{}).data(), copy.size());
    return SecretBytes::Create(5000).ok() ? copy : Block{};
  });
  EXPECT_TRUE(SameBytes(block, secret.Read(SecretAccess{})));
}

TEST(CpuFeaturesTest, WiderImpliesNarrower) {
  const CpuFeatures& cpu = Cpu();
  EXPECT_EQ(&cpu, &Cpu());
  EXPECT_TRUE(!cpu.avx2 || cpu.avx);
  EXPECT_TRUE(!cpu.vaes || cpu.avx2);
  EXPECT_TRUE(!cpu.avx512ifma || cpu.avx512f);
#if defined(__x86_64__)
  EXPECT_EQ(cpu.avx2, __builtin_cpu_supports("avx2") != 0);
  EXPECT_EQ(cpu.avx512f, __builtin_cpu_supports("avx512f") != 0);
  EXPECT_EQ(cpu.avx512ifma, __builtin_cpu_supports("avx512ifma") != 0);
  EXPECT_EQ(cpu.pclmulqdq, __builtin_cpu_supports("pclmul") != 0);
  EXPECT_EQ(cpu.aes, __builtin_cpu_supports("aes") != 0);
#endif
}

}  // namespace
}  // namespace florin
