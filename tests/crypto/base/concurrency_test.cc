// Many threads in the secret arena and the generator at once; meant for ThreadSanitizer.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include "florin/base/random.h"
#include "florin/base/secret.h"
#include "florin/base/secret_memory.h"
#include "tests/crypto/base/sanitizers.h"

namespace florin {
namespace {

constexpr std::size_t kThreads = 4;
constexpr std::array<std::size_t, 8> kSizes = {1, 32, 48, 100, 500, 2000, 9000, 20000};

template <class Body>
void RunThreads(Body body) {
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < kThreads; ++t) threads.emplace_back(body, t);
  for (auto& thread : threads) thread.join();
}

bool AllAre(const SecretBytes& secret, std::uint8_t value) {
  for (const std::uint8_t byte : secret.Read(SecretAccess{})) {
    if (byte != value) return false;
  }
  return true;
}

TEST(ConcurrencyTest, ThreadsNeverShareASlot) {
  std::atomic<int> wrong = 0;
  RunThreads([&wrong](std::size_t t) {
    const auto mark = static_cast<std::uint8_t>(t + 1);
    std::vector<SecretBytes> kept;
    for (std::size_t i = 0; i < 4000; ++i) {
      auto secret = SecretBytes::Create(kSizes[(i * 7 + t) % (i % 50 == 0 ? 8 : 6)]);
      if (!secret.ok() || !AllAre(*secret, 0)) ++wrong;
      for (auto& byte : secret->Write(SecretAccess{})) byte = mark;
      kept.push_back(std::move(secret).value());
      if (kept.size() < 40) continue;
      for (std::size_t k = 0; k < 20; ++k) {
        if (!AllAre(kept.back(), mark)) ++wrong;
        kept.pop_back();
      }
    }
  });
  EXPECT_EQ(wrong, 0);
}

// Released by another thread than the one that created them, as sessions and pools do.
TEST(ConcurrencyTest, SecretsTravelBetweenThreads) {
  std::mutex mutex;
  std::deque<SecretBytes> queue;
  std::atomic<int> wrong = 0;
  RunThreads([&](std::size_t t) {
    for (std::size_t i = 0; i < 3000; ++i) {
      if (t % 2 == 0) {
        auto secret = SecretBytes::CopyOf(Bytes(kSizes[i % 5], 0x77));
        if (!secret.ok()) ++wrong;
        const std::lock_guard lock(mutex);
        queue.push_back(std::move(secret).value());
        continue;
      }
      SecretBytes taken;
      {
        const std::lock_guard lock(mutex);
        if (queue.empty()) continue;
        taken = std::move(queue.front());
        queue.pop_front();
      }
      if (!AllAre(taken, 0x77)) ++wrong;
    }
  });
  EXPECT_EQ(wrong, 0);
}

TEST(ConcurrencyTest, FinishedThreadsGiveTheirSlotsBack) {
  const auto churn = [] {
    RunThreads([](std::size_t) {
      for (const std::size_t size : kSizes) EXPECT_TRUE(SecretBytes::Create(size).ok());
    });
  };
  churn();
  const std::size_t before = GetSecretMemoryStatus().reserved_bytes;
  for (int i = 0; i < 50; ++i) churn();
  EXPECT_LE(GetSecretMemoryStatus().reserved_bytes, before + 64 * 1024);
}

// Secrets and random bytes still work in destructors that run after the thread's own caches are
// gone.
struct LateUser {
  ~LateUser() {
    std::array<std::uint8_t, 16> bytes{};
    EXPECT_TRUE(SystemRandom().Fill(bytes).ok());
    auto secret = SecretBytes::CopyOf(bytes);
    EXPECT_TRUE(secret.ok());
    held = SecretBytes();
  }
  SecretBytes held;
};

TEST(ConcurrencyTest, ThreadLocalDestructorsMayUseSecrets) {
  RunThreads([](std::size_t) {
    static thread_local LateUser late;  // made before the caches, destroyed after them
    late.held = std::move(SecretBytes::Create(32)).value();
    std::array<std::uint8_t, 16> bytes{};
    EXPECT_TRUE(SystemRandom().Fill(bytes).ok());
  });
}

TEST(ConcurrencyTest, RandomBlocksDifferAcrossThreads) {
  using Block = std::array<std::uint8_t, 16>;
  std::array<std::vector<Block>, kThreads> drawn;
  RunThreads([&drawn](std::size_t t) {
    for (int i = 0; i < 2000; ++i) {
      Block block{};
      EXPECT_TRUE(SystemRandom().Fill(block).ok());
      drawn[t].push_back(block);
    }
  });
  std::set<Block> seen;
  for (const auto& blocks : drawn) seen.insert(blocks.begin(), blocks.end());
  EXPECT_EQ(seen.size(), kThreads * 2000);
}

// A fork while other threads are inside the arena must not leave its locks taken in the child.
TEST(ConcurrencyTest, ForkWhileOthersAllocate) {
  if (kSanitized) GTEST_SKIP() << "sanitizers do not support fork with threads";
  std::atomic<bool> stop = false;
  std::vector<std::thread> threads;
  for (int t = 0; t < 2; ++t) {
    threads.emplace_back([&stop] {
      for (std::size_t i = 0; !stop; ++i) (void)SecretBytes::Create(kSizes[i % kSizes.size()]).ok();
    });
  }
  for (int i = 0; i < 100; ++i) {
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      alarm(20);
      std::array<std::uint8_t, 16> bytes{};
      bool good = SystemRandom().Fill(bytes).ok();
      for (const std::size_t size : kSizes) good = good && SecretBytes::Create(size).ok();
      _exit(good ? 0 : 1);
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
  }
  stop = true;
  for (auto& thread : threads) thread.join();
}

}  // namespace
}  // namespace florin
