// The replay guard that outlives its process: over memory for what it decides, over LMDB for what
// is left of it when processes end, are killed, or come in numbers.
#include "tokenizer/stored_replay_guard.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <csignal>
#include <cstring>
#include <limits>
#include <set>
#include <thread>
#include <vector>

#include "florin/tokenizer/replay_guard.h"
#include "florin/tokenizer/vault.h"
#include "tests/tokenizer/vault_testing.h"
#include "tokenizer/store/memory_store.h"

namespace florin::tokenizer {
namespace {

using testing::TestDirectory;
using Id = std::array<std::uint8_t, 32>;

constexpr UnixSeconds kNow{1700000000};
constexpr UnixSeconds kLater{kNow.value + 300};

Id IdOf(std::uint64_t number) {
  Id id{};
  std::memcpy(id.data() + 8, &number, sizeof(number));
  return id;
}

class SettableClock final : public Clock {
 public:
  UnixSeconds Now() const override { return UnixSeconds{now.load()}; }
  std::atomic<std::int64_t> now{kNow.value};
};

std::size_t RecordsIn(Store& store) {
  std::size_t records = 0;
  for (const char prefix : {'i', 'x'}) {
    const auto byte = static_cast<std::uint8_t>(prefix);
    EXPECT_TRUE(store
                    .Read([&](const StoreSnapshot& snapshot) {
                      return snapshot.ScanMeta(ByteView(&byte, 1), [&](ByteView, ByteView) {
                        ++records;
                        return OkStatus();
                      });
                    })
                    .ok());
  }
  return records;
}

class StoredReplayGuardTest : public ::testing::Test {
 protected:
  void Make(std::uint64_t capacity) {
    auto store = std::make_unique<MemoryStore>();
    store_ = store.get();
    guard_ = MakeStoredReplayGuard(std::move(store), capacity, clock_);
  }
  ErrorCode Claim(std::uint64_t number, UnixSeconds not_after = kLater) {
    return guard_->Claim(IdOf(number), not_after).code();
  }

  SettableClock clock_;
  MemoryStore* store_ = nullptr;
  std::unique_ptr<ReplayGuard> guard_;
};

TEST_F(StoredReplayGuardTest, ClaimsOnce) {
  Make(10);
  EXPECT_EQ(Claim(1), ErrorCode::kOk);
  EXPECT_EQ(Claim(1), ErrorCode::kReplayed);
  EXPECT_EQ(Claim(2), ErrorCode::kOk);
  EXPECT_EQ(guard_->Claim(Bytes(31), kLater).code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(guard_->Claim(Bytes(33), kLater).code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(Claim(3, UnixSeconds{kNow.value - 1}), ErrorCode::kExpired);
  EXPECT_EQ(Claim(3, kNow), ErrorCode::kOk) << "the last second counts";
  EXPECT_EQ(Claim(4, UnixSeconds{std::numeric_limits<std::int64_t>::max()}), ErrorCode::kOk);
  EXPECT_EQ(Claim(4), ErrorCode::kReplayed);
}

TEST_F(StoredReplayGuardTest, KeepsIdsAMinuteLonger) {
  Make(10);
  EXPECT_EQ(Claim(1), ErrorCode::kOk);
  clock_.now = kLater.value + 60;
  EXPECT_EQ(Claim(1, UnixSeconds{kLater.value + 600}), ErrorCode::kReplayed);
  clock_.now = kLater.value + 61;
  EXPECT_EQ(Claim(1, UnixSeconds{kLater.value + 600}), ErrorCode::kOk) << "forgotten by then";
}

TEST_F(StoredReplayGuardTest, AFullGuardRefusesUntilSomethingExpires) {
  Make(100);
  for (std::uint64_t i = 0; i < 100; ++i) ASSERT_EQ(Claim(i), ErrorCode::kOk);
  EXPECT_EQ(Claim(100), ErrorCode::kResourceExhausted);
  EXPECT_EQ(Claim(50), ErrorCode::kReplayed) << "a full guard still knows";
  EXPECT_EQ(RecordsIn(*store_), 200U);
  clock_.now = kLater.value + 61;
  const UnixSeconds next{clock_.now + 300};
  EXPECT_EQ(Claim(100, next), ErrorCode::kOk);
  EXPECT_EQ(RecordsIn(*store_), 2U * (100 - 64 + 1)) << "at most 64 are forgotten by one claim";
  EXPECT_EQ(Claim(100, next), ErrorCode::kReplayed);
  EXPECT_EQ(RecordsIn(*store_), 2U) << "a refused claim sweeps as well";
}

TEST_F(StoredReplayGuardTest, ADamagedRecordIsSaid) {
  Make(10);
  ASSERT_TRUE(store_
                  ->Write([](StoreTransaction& store) {
                    return store.PutMeta(AsBytes("c"), AsBytes("short"));
                  })
                  .ok());
  EXPECT_EQ(Claim(1), ErrorCode::kCorrupted);
}

TEST(StoredReplayGuardOnDisk, SurvivesARestart) {
  const TestDirectory directory;
  SettableClock clock;
  const StoredReplayGuardOptions options = {directory.path() + "/guard", 1000, &clock};
  for (int run = 0; run < 3; ++run) {
    auto guard = OpenStoredReplayGuard(options);
    ASSERT_TRUE(guard.ok()) << guard.error().message();
    for (std::uint64_t i = 0; i < 10; ++i) {
      EXPECT_EQ((*guard)->Claim(IdOf(i), kLater).code(),
                run == 0 ? ErrorCode::kOk : ErrorCode::kReplayed);
    }
  }
  for (const std::uint64_t capacity : {std::uint64_t{0}, (std::uint64_t{1} << 28) + 1}) {
    EXPECT_EQ(OpenStoredReplayGuard({directory.path() + "/guard", capacity, &clock}).code(),
              ErrorCode::kInvalidArgument);
  }
}

TEST(StoredReplayGuardOnDisk, ManyThreadsClaimEachIdOnce) {
  const TestDirectory directory;
  SettableClock clock;
  auto guard = OpenStoredReplayGuard({directory.path() + "/guard", 1000, &clock});
  ASSERT_TRUE(guard.ok());
  std::atomic<int> claimed{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (std::uint64_t i = 0; i < 50; ++i) {
        if ((*guard)->Claim(IdOf(i), kLater).ok()) ++claimed;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(claimed, 50);
}

// Claims ids from 0 on in a process of its own and writes each that it got to `out`.
pid_t StartClaimer(const std::string& directory, int out, std::uint64_t ids) {
  const pid_t child = fork();
  if (child != 0) return child;
  SettableClock clock;
  auto guard = OpenStoredReplayGuard({directory, 100000, &clock});
  if (!guard.ok()) _exit(2);
  for (std::uint64_t i = 0; i < ids; ++i) {
    const Status claimed = (*guard)->Claim(IdOf(i), kLater);
    if (claimed.ok()) {
      if (write(out, &i, sizeof i) != sizeof i) _exit(3);
    } else if (claimed.code() != ErrorCode::kReplayed) {
      _exit(4);
    }
  }
  _exit(0);
}

std::vector<std::uint64_t> ReadAll(int in) {
  std::vector<std::uint64_t> ids;
  std::uint64_t id = 0;
  while (read(in, &id, sizeof id) == sizeof id) ids.push_back(id);
  return ids;
}

TEST(StoredReplayGuardOnDisk, ManyProcessesClaimEachIdOnce) {
  const TestDirectory directory;
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  std::vector<pid_t> children;
  for (int i = 0; i < 3; ++i) {
    children.push_back(StartClaimer(directory.path() + "/guard", ends[1], 100));
  }
  close(ends[1]);
  const std::vector<std::uint64_t> claimed = ReadAll(ends[0]);
  close(ends[0]);
  for (const pid_t child : children) {
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
  }
  EXPECT_EQ(claimed.size(), 100U);
  EXPECT_EQ(std::set<std::uint64_t>(claimed.begin(), claimed.end()).size(), 100U);
}

// What was claimed before the kill stays claimed; what was not may be.
TEST(StoredReplayGuardOnDisk, SurvivesKills) {
  const TestDirectory directory;
  const std::string folder = directory.path() + "/guard";
  SettableClock clock;
  std::set<std::uint64_t> acknowledged;
  for (int round = 0; round < 8; ++round) {
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    const pid_t child = StartClaimer(folder, ends[1], 100000);
    close(ends[1]);
    for (int i = 0; i < 5 + 7 * round; ++i) {
      std::uint64_t id = 0;
      ASSERT_EQ(read(ends[0], &id, sizeof id), static_cast<ssize_t>(sizeof id));
      EXPECT_TRUE(acknowledged.insert(id).second) << "claimed twice: " << id;
    }
    ASSERT_EQ(kill(child, SIGKILL), 0);
    for (const std::uint64_t id : ReadAll(ends[0])) {
      EXPECT_TRUE(acknowledged.insert(id).second) << "claimed twice: " << id;
    }
    close(ends[0]);
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
  }
  auto guard = OpenStoredReplayGuard({folder, 100000, &clock});
  ASSERT_TRUE(guard.ok());
  for (const std::uint64_t id : acknowledged) {
    EXPECT_EQ((*guard)->Claim(IdOf(id), kLater).code(), ErrorCode::kReplayed) << id;
  }
}

TEST(StoredReplayGuardOnDisk, RefusesTheFolderOfAVault) {
  const TestDirectory directory;
  testing::TestHsm hsm;
  const std::string folder = directory.path() + "/vault";
  ASSERT_TRUE(Vault::Open({.directory = folder}, hsm.session(), hsm.ring_key()).ok());
  EXPECT_EQ(OpenStoredReplayGuard({folder, 10}).code(), ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace florin::tokenizer
