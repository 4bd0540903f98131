#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <cstring>
#include <map>
#include <random>
#include <thread>
#include <vector>

#include "florin/payload/apple_pay.h"

namespace florin::payload {
namespace {

using Id = std::array<std::uint8_t, 32>;

Id IdOf(std::uint64_t number) {
  Id id{};
  std::memcpy(id.data(), &number, sizeof(number));
  return id;
}

class TestClock final : public Clock {
 public:
  UnixSeconds Now() const override { return UnixSeconds{now.load()}; }
  std::atomic<std::int64_t> now{1000};
};

TEST(ReplayGuard, ClaimsOnce) {
  TestClock clock;
  const auto guard = MakeMemoryReplayGuard(10, clock);
  EXPECT_TRUE(guard->Claim(IdOf(1), UnixSeconds{1300}).ok());
  EXPECT_EQ(guard->Claim(IdOf(1), UnixSeconds{1300}).code(), ErrorCode::kReplayed);
  EXPECT_TRUE(guard->Claim(IdOf(2), UnixSeconds{1300}).ok());
  clock.now = 1300;
  EXPECT_EQ(guard->Claim(IdOf(1), UnixSeconds{1600}).code(), ErrorCode::kReplayed)
      << "still live in its last second";
}

TEST(ReplayGuard, ForgetsWhatHasExpired) {
  TestClock clock;
  const auto guard = MakeMemoryReplayGuard(3, clock);
  for (std::uint64_t i = 0; i < 3; ++i) EXPECT_TRUE(guard->Claim(IdOf(i), UnixSeconds{1300}).ok());
  EXPECT_EQ(guard->Claim(IdOf(9), UnixSeconds{1300}).code(), ErrorCode::kResourceExhausted);
  EXPECT_EQ(guard->Claim(IdOf(0), UnixSeconds{1300}).code(), ErrorCode::kReplayed)
      << "a full guard still knows its ids";
  clock.now = 1360;
  EXPECT_EQ(guard->Claim(IdOf(0), UnixSeconds{1600}).code(), ErrorCode::kReplayed)
      << "ids are kept a minute longer than asked";
  clock.now = 1361;
  EXPECT_TRUE(guard->Claim(IdOf(9), UnixSeconds{1600}).ok());
}

// A claim that comes after its time could be of an id that was forgotten.
TEST(ReplayGuard, RefusesClaimsThatComeTooLate) {
  TestClock clock;
  const auto guard = MakeMemoryReplayGuard(10, clock);
  EXPECT_TRUE(guard->Claim(IdOf(1), UnixSeconds{1300}).ok());
  EXPECT_EQ(guard->Claim(IdOf(2), UnixSeconds{999}).code(), ErrorCode::kExpired);
  clock.now = 5000;
  EXPECT_EQ(guard->Claim(IdOf(1), UnixSeconds{1300}).code(), ErrorCode::kExpired);
  EXPECT_TRUE(guard->Claim(IdOf(3), UnixSeconds{INT64_MAX}).ok());
  EXPECT_EQ(guard->Claim(IdOf(3), UnixSeconds{INT64_MAX}).code(), ErrorCode::kReplayed);
}

TEST(ReplayGuard, ClockSetBack) {
  TestClock clock;
  const auto guard = MakeMemoryReplayGuard(1, clock);
  EXPECT_TRUE(guard->Claim(IdOf(1), UnixSeconds{1300}).ok());
  clock.now = 1330;
  EXPECT_EQ(guard->Claim(IdOf(2), UnixSeconds{1600}).code(), ErrorCode::kResourceExhausted)
      << "sweeps, but not what the slack keeps";
  clock.now = 1290;
  EXPECT_EQ(guard->Claim(IdOf(1), UnixSeconds{1300}).code(), ErrorCode::kReplayed);
}

TEST(ReplayGuard, CapacityIsBounded) {
  TestClock clock;
  EXPECT_EQ(MakeMemoryReplayGuard(0, clock), nullptr);
  EXPECT_EQ(MakeMemoryReplayGuard((std::size_t{1} << 24) + 1, clock), nullptr);
  EXPECT_EQ(MakeMemoryReplayGuard(SIZE_MAX, clock), nullptr);
}

TEST(ReplayGuard, RefusesOtherLengths) {
  TestClock clock;
  const auto guard = MakeMemoryReplayGuard(10, clock);
  EXPECT_EQ(guard->Claim(Bytes(31), UnixSeconds{1}).code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(guard->Claim({}, UnixSeconds{1}).code(), ErrorCode::kInvalidArgument);
}

// Against a model: random claims while time goes on, many collisions, never beyond capacity.
TEST(ReplayGuard, AgreesWithAMap) {
  std::mt19937_64 random(20261125);
  for (const std::size_t capacity : {1U, 7U, 300U, 5000U}) {
    TestClock clock;
    const auto guard = MakeMemoryReplayGuard(capacity, clock);
    std::map<std::uint64_t, std::int64_t> model;
    for (int step = 0; step < 20000; ++step) {
      if (random() % 8 == 0) clock.now += static_cast<std::int64_t>(random() % 20);
      const std::uint64_t number = random() % (2 * capacity + 3);
      const std::int64_t not_after = clock.now + static_cast<std::int64_t>(random() % 300);
      const ErrorCode code = guard->Claim(IdOf(number), UnixSeconds{not_after}).code();
      const auto known = model.find(number);
      const bool live = known != model.end() && known->second >= clock.now;
      if (live) {
        ASSERT_EQ(code, ErrorCode::kReplayed);
      } else if (code == ErrorCode::kOk) {
        model[number] = not_after;
      } else if (code == ErrorCode::kReplayed) {
        ASSERT_NE(known, model.end()) << "what it remembers too long it has seen";
      } else {
        ASSERT_EQ(code, ErrorCode::kResourceExhausted);
      }
    }
  }
}

TEST(ReplayGuardThreads, OneOfManyWins) {
  TestClock clock;
  const auto guard = MakeMemoryReplayGuard(100000, clock);
  constexpr int kThreads = 4;
  constexpr std::uint64_t kIds = 3000;
  std::atomic<std::uint64_t> won{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      for (std::uint64_t i = 0; i < kIds; ++i) {
        if (i % 500 == 0) ++clock.now;
        if (guard->Claim(IdOf(i), UnixSeconds{100000}).ok()) ++won;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(won, kIds);
}

}  // namespace
}  // namespace florin::payload
