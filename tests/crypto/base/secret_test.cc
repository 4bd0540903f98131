#include "florin/base/secret.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <type_traits>
#include <vector>

#include "florin/base/secret_box.h"
#include "florin/base/secret_memory.h"
#include "tests/crypto/base/sanitizers.h"
#include "tests/crypto/base/test_random.h"

namespace florin {
namespace {

static_assert(!std::is_copy_constructible_v<SecretBytes>);
static_assert(!std::is_copy_constructible_v<SecretArray<16>>);
static_assert(!std::is_convertible_v<int, SecretAccess>);

constexpr std::size_t kLargestSlabbed = 16368;

TEST(ConstantTimeEqualTest, ComparesBytesAndLengths) {
  const Bytes a = {1, 2, 3};
  EXPECT_TRUE(ConstantTimeEqual(a, Bytes{1, 2, 3}));
  EXPECT_FALSE(ConstantTimeEqual(a, Bytes{1, 2, 4}));
  EXPECT_FALSE(ConstantTimeEqual(a, Bytes{0, 2, 3}));
  EXPECT_FALSE(ConstantTimeEqual(a, Bytes{1, 2}));
  EXPECT_FALSE(ConstantTimeEqual({}, a));
  EXPECT_TRUE(ConstantTimeEqual({}, {}));
}

TEST(SecretBytesTest, StartsZeroAtEverySize) {
  TestRandom random;
  SCOPED_TRACE(random.Seed());
  // Twice, so that used slots come back: they must be zero again.
  for (int round = 0; round < 2; ++round) {
    std::vector<SecretBytes> kept;
    for (std::size_t size = 0; size < 40000; size += 1 + size / 7) {
      auto secret = SecretBytes::Create(size);
      ASSERT_TRUE(secret.ok());
      ASSERT_EQ(secret->size(), size);
      ASSERT_EQ(secret->empty(), size == 0);
      const MutableBytes bytes = secret->Write(SecretAccess{});
      ASSERT_EQ(bytes.size(), size);
      EXPECT_EQ(reinterpret_cast<std::uintptr_t>(bytes.data()) % kSecretAlignment, 0u);
      for (const std::uint8_t byte : bytes) ASSERT_EQ(byte, 0);
      for (auto& byte : bytes) byte = 0xa5;
      kept.push_back(std::move(secret).value());
    }
    while (!kept.empty()) {
      const std::size_t at = random.UpTo(kept.size() - 1);
      std::swap(kept[at], kept.back());
      for (const std::uint8_t byte : kept.back().Read(SecretAccess{})) ASSERT_EQ(byte, 0xa5);
      kept.pop_back();
    }
  }
}

TEST(SecretBytesTest, CopiesClonesAndCompares) {
  const Bytes bytes = {1, 2, 3, 4};
  const SecretBytes a = std::move(SecretBytes::CopyOf(bytes)).value();
  const SecretBytes b = std::move(a.Clone()).value();
  EXPECT_TRUE(SameBytes(a.Read(SecretAccess{}), bytes));
  EXPECT_TRUE(a.EqualTo(b));
  EXPECT_NE(a.Read(SecretAccess{}).data(), b.Read(SecretAccess{}).data());
  EXPECT_FALSE(a.EqualTo(SecretBytes()));
  const SecretBytes empty = std::move(SecretBytes::CopyOf({})).value();
  EXPECT_TRUE(empty.EqualTo(SecretBytes()));
}

TEST(SecretBytesTest, MovedFromIsEmpty) {
  SecretBytes a = std::move(SecretBytes::CopyOf(Bytes{1, 2})).value();
  SecretBytes b = std::move(a);
  EXPECT_TRUE(a.empty());  // NOLINT(bugprone-use-after-move): the state is promised
  EXPECT_EQ(b.size(), 2u);
  a = std::move(b);
  EXPECT_EQ(a.size(), 2u);
  EXPECT_TRUE(b.empty());
  SecretBytes& same = a;
  a = std::move(same);
  EXPECT_EQ(a.size(), 2u);
  a = SecretBytes();
  EXPECT_TRUE(a.empty());
}

TEST(SecretBytesTest, RefusesAbsurdSizes) {
  EXPECT_EQ(SecretBytes::Create(kMaxSecretBytes + 1).code(), ErrorCode::kLimitExceeded);
  EXPECT_EQ(SecretBytes::Create(SIZE_MAX).code(), ErrorCode::kLimitExceeded);
}

TEST(SecretBytesTest, IsWipedOnRelease) {
  const std::uint8_t* where = nullptr;
  {
    const SecretBytes secret = std::move(SecretBytes::CopyOf(Bytes(100, 0x5a))).value();
    where = secret.Read(SecretAccess{}).data();
    EXPECT_EQ(where[99], 0x5a);
  }
  EXPECT_TRUE(IsZeroMemory(where, 100));
}

TEST(SecretBytesTest, TruncateWipesTheRest) {
  SecretBytes secret = std::move(SecretBytes::CopyOf(Bytes(40, 0x5a))).value();
  const std::uint8_t* where = secret.Read(SecretAccess{}).data();
  secret.Truncate(3);
  EXPECT_EQ(secret.size(), 3u);
  EXPECT_EQ(where[2], 0x5a);
  EXPECT_TRUE(IsZeroMemory(where + 3, 37));
  secret.Truncate(0);
  EXPECT_TRUE(secret.empty());
}

TEST(SecretArrayTest, IsWipedOnDestructionAndMove) {
  alignas(SecretArray<32>) std::array<unsigned char, sizeof(SecretArray<32>)> place{};
  auto* secret = new (place.data()) SecretArray<32>;
  EXPECT_TRUE(IsZeroMemory(place.data(), 32));
  for (auto& byte : secret->Write(SecretAccess{})) byte = 0x5a;
  SecretArray<32> moved = std::move(*secret);
  EXPECT_TRUE(IsZeroMemory(place.data(), 32));
  EXPECT_EQ(moved.Read(SecretAccess{})[31], 0x5a);
  EXPECT_FALSE(moved.EqualTo(*secret));
  *secret = std::move(moved);
  EXPECT_EQ(secret->Read(SecretAccess{})[0], 0x5a);
  secret->~SecretArray<32>();
  EXPECT_TRUE(IsZeroMemory(place.data(), 32));
}

TEST(WipeTest, ZeroesAndTakesNothing) {
  Bytes bytes(64, 0xff);
  Wipe(bytes);
  EXPECT_EQ(bytes, Bytes(64, 0));
  Wipe({});
}

TEST(WipeTest, ZeroesEveryLengthAndNothingBeside) {
  constexpr std::size_t kBeside = 32;
  for (std::size_t size = 0; size < 300; ++size) {
    Bytes bytes(size + 2 * kBeside, 0xAA);
    Wipe(MutableBytes(bytes).subspan(kBeside, size));
    Bytes expected(bytes.size(), 0xAA);
    std::fill_n(expected.begin() + kBeside, size, std::uint8_t{0});
    EXPECT_EQ(bytes, expected) << size;
  }
}

struct alignas(64) Schedule {
  std::array<std::uint32_t, 60> words{};
  int rounds = 14;
};

TEST(SecretBoxTest, HoldsAnAlignedStruct) {
  auto box = SecretBox<Schedule>::Create();
  ASSERT_TRUE(box.ok());
  EXPECT_EQ(box->Read(SecretAccess{}).rounds, 14);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(&box->Read(SecretAccess{})) % 64, 0u);
  box->Write(SecretAccess{}).words[3] = 7;
  SecretBox<Schedule> moved = std::move(box).value();
  EXPECT_EQ(moved.Read(SecretAccess{}).words[3], 7u);
  SecretBox<Schedule> other = std::move(SecretBox<Schedule>::Create()).value();
  other = std::move(moved);
  EXPECT_EQ(other.Read(SecretAccess{}).words[3], 7u);
  EXPECT_DEATH((void)moved.Read(SecretAccess{}), "broken invariant");
}

TEST(SecretMemoryTest, StatusCountsPages) {
  const SecretBytes small = std::move(SecretBytes::Create(1)).value();
  const SecretMemoryStatus before = GetSecretMemoryStatus();
  EXPECT_GE(before.reserved_bytes, 64u * 1024);
  EXPECT_LE(before.locked_bytes, before.reserved_bytes);
  {
    const SecretBytes large = std::move(SecretBytes::Create(100000)).value();
    EXPECT_GE(GetSecretMemoryStatus().reserved_bytes, before.reserved_bytes + 100000);
  }
  EXPECT_EQ(GetSecretMemoryStatus().reserved_bytes, before.reserved_bytes);
  EXPECT_EQ(GetSecretMemoryStatus().locked_bytes, before.locked_bytes);
}

// Slots of all sizes share regions: one key of each size must not cost a region each.
TEST(SecretMemoryTest, SmallSecretsShareRegions) {
  const std::size_t before = GetSecretMemoryStatus().reserved_bytes;
  std::vector<SecretBytes> kept;
  for (int i = 0; i < 1000; ++i) kept.push_back(std::move(SecretBytes::Create(32)).value());
  EXPECT_LE(GetSecretMemoryStatus().reserved_bytes, before + 2 * 64 * 1024);
}

// The rest runs in children, where limits can be set and processes may die.

void LimitLockedMemory(rlim_t bytes) {
  const rlimit limit{bytes, bytes};
  if (setrlimit(RLIMIT_MEMLOCK, &limit) != 0) _exit(100);
  // A privileged process may lock without limit.
  if (geteuid() == 0 && setuid(65534) != 0) _exit(101);
}

TEST(SecretMemoryDeathTest, GoesOnUnlockedAndSaysSo) {
  if (kSanitized) GTEST_SKIP() << "sanitizers turn mlock into a call that always succeeds";
  const auto child = [] {
    LimitLockedMemory(0);
    std::vector<SecretBytes> kept;
    for (int i = 0; i < 100; ++i) {
      auto secret = SecretBytes::CopyOf(Bytes(8000, 0x5a));
      if (!secret.ok()) _exit(1);
      kept.push_back(std::move(secret).value());
    }
    if (kept[50].Read(SecretAccess{})[7999] != 0x5a) _exit(2);
    const SecretMemoryStatus status = GetSecretMemoryStatus();
    if (status.all_locked() || status.locked_bytes >= status.reserved_bytes) _exit(3);
    if (RequireLockedSecretMemory().code() != ErrorCode::kResourceExhausted) _exit(4);
    _exit(0);
  };
  EXPECT_EXIT(child(), testing::ExitedWithCode(0), "");
}

TEST(SecretMemoryDeathTest, RefusesUnlockedMemoryWhenAsked) {
  if (kSanitized) GTEST_SKIP() << "sanitizers turn mlock into a call that always succeeds";
  const auto child = [] {
    LimitLockedMemory(0);
    (void)RequireLockedSecretMemory().ok();
    std::vector<SecretBytes> kept;
    for (int i = 0; i < 1000; ++i) {
      auto secret = SecretBytes::Create(8000);
      if (!secret.ok()) _exit(secret.code() == ErrorCode::kResourceExhausted ? 0 : 1);
      kept.push_back(std::move(secret).value());
    }
    _exit(2);
  };
  EXPECT_EXIT(child(), testing::ExitedWithCode(0), "");
}

TEST(SecretMemoryDeathTest, ExhaustionIsAnErrorAndReleasedMemoryServesAgain) {
  if (kSanitized) GTEST_SKIP() << "a sanitizer needs the address space itself";
  const auto child = [] {
    const rlimit limit{64 << 20, 64 << 20};
    if (setrlimit(RLIMIT_AS, &limit) != 0) _exit(100);
    std::vector<SecretBytes> kept;
    kept.reserve(100000);
    for (;;) {
      auto secret = SecretBytes::Create(4000);
      if (!secret.ok()) {
        if (secret.code() != ErrorCode::kResourceExhausted) _exit(1);
        break;
      }
      kept.push_back(std::move(secret).value());
    }
    if (kept.size() < 100) _exit(2);
    if (SecretBytes::Create(1 << 20).code() != ErrorCode::kResourceExhausted) _exit(3);
    kept.pop_back();
    if (!SecretBytes::Create(4000).ok()) _exit(4);
    _exit(0);
  };
  EXPECT_EXIT(child(), testing::ExitedWithCode(0), "");
}

TEST(SecretMemoryDeathTest, AnOverrunStopsTheProcessOnRelease) {
  const auto child = [](std::size_t size) {
    SecretBytes secret = std::move(SecretBytes::Create(size)).value();
    OverwriteByte(secret.Write(SecretAccess{}).data() + size);
    secret = SecretBytes();
    _exit(0);
  };
  EXPECT_DEATH(child(48), "broken invariant");               // a full small slot
  EXPECT_DEATH(child(kLargestSlabbed), "broken invariant");  // a full large slot
}

TEST(SecretMemoryDeathTest, ReadingBeyondALargeSecretHitsAGuardPage) {
  const auto child = [] {
    const SecretBytes secret = std::move(SecretBytes::Create(65536)).value();
    const volatile std::uint8_t* bytes = secret.Read(SecretAccess{}).data();
    (void)bytes[65536];
    _exit(0);
  };
  EXPECT_DEATH(child(), "");
}

TEST(SecretMemoryDeathTest, TruncateMayNotGrow) {
  SecretBytes secret = std::move(SecretBytes::Create(4)).value();
  EXPECT_DEATH(secret.Truncate(5), "broken invariant");
}

}  // namespace
}  // namespace florin
