#include "florin/base/result.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "florin/base/clock.h"
#include "florin/base/observer.h"

namespace florin {
namespace {

constexpr Error kBad(ErrorCode::kMalformed, "bad", 7);

Result<int> Half(int value) {
  if (value % 2 != 0) return kBad;
  return value / 2;
}

Result<int> Quarter(int value) {
  FLORIN_TRY(const int half, Half(value));
  FLORIN_TRY(const int quarter, Half(half));
  return quarter;
}

Status CheckHalf(int value) {
  FLORIN_CHECK_OK(Half(value));
  return OkStatus();
}

// Counts how many of it live.
struct Counted {
  explicit Counted(int* count) : live(count) { ++*live; }
  Counted(Counted&& other) noexcept : live(other.live) { ++*live; }
  Counted& operator=(Counted&&) = default;
  ~Counted() { --*live; }
  int* live;
};

TEST(ResultTest, HoldsAValue) {
  Result<std::string> result = std::string("value");
  ASSERT_TRUE(result.ok());
  EXPECT_TRUE(static_cast<bool>(result));
  EXPECT_EQ(*result, "value");
  EXPECT_EQ(result->size(), 5u);
  EXPECT_EQ(result.code(), ErrorCode::kOk);
  const Result<std::string>& view = result;
  EXPECT_EQ(*view, "value");
  EXPECT_EQ(view->size(), 5u);
}

TEST(ResultTest, HoldsAnError) {
  const Result<std::string> result = kBad;
  ASSERT_FALSE(result.ok());
  EXPECT_FALSE(static_cast<bool>(result));
  EXPECT_EQ(result.code(), ErrorCode::kMalformed);
  EXPECT_STREQ(result.error().message(), "bad");
  EXPECT_EQ(result.error().detail(), 7u);
}

TEST(ResultTest, CarriesMoveOnlyValues) {
  Result<std::unique_ptr<int>> result = std::make_unique<int>(5);
  Result<std::unique_ptr<int>> moved = std::move(result);
  ASSERT_TRUE(moved.ok());
  const std::unique_ptr<int> taken = std::move(moved).value();
  EXPECT_EQ(*taken, 5);
  const std::unique_ptr<int> direct = *Result<std::unique_ptr<int>>(std::make_unique<int>(6));
  EXPECT_EQ(*direct, 6);
}

TEST(ResultTest, DestroysWhatItHolds) {
  int live = 0;
  {
    Result<Counted> a = Counted(&live);
    EXPECT_EQ(live, 1);
    Result<Counted> b = std::move(a);
    EXPECT_EQ(live, 2);  // the moved-from value still lives
    b = Result<Counted>(kBad);
    EXPECT_EQ(live, 1);
    EXPECT_EQ(b.code(), ErrorCode::kMalformed);
    b = std::move(a);
    EXPECT_TRUE(b.ok());
    Result<Counted>& same = b;
    b = std::move(same);
    EXPECT_TRUE(b.ok());
  }
  EXPECT_EQ(live, 0);
}

TEST(ResultTest, TryPassesErrorsUp) {
  EXPECT_EQ(*Quarter(12), 3);
  EXPECT_EQ(Quarter(6).code(), ErrorCode::kMalformed);
  EXPECT_EQ(Quarter(5).error().detail(), 7u);
  EXPECT_TRUE(CheckHalf(4).ok());
  EXPECT_EQ(CheckHalf(5).code(), ErrorCode::kMalformed);
}

TEST(ResultTest, StatusIsSuccessOrError) {
  EXPECT_TRUE(OkStatus().ok());
  EXPECT_TRUE(Status().ok());
  EXPECT_EQ(OkStatus().code(), ErrorCode::kOk);
  const Status failed = kBad;
  EXPECT_FALSE(failed.ok());
  EXPECT_EQ(failed.error().detail(), 7u);
}

TEST(ResultTest, EveryCodeHasAName) {
  EXPECT_STREQ(ErrorCodeName(ErrorCode::kOk), "OK");
  EXPECT_STREQ(ErrorCodeName(ErrorCode::kMalformed), "MALFORMED");
  EXPECT_STREQ(ErrorCodeName(ErrorCode::kReplayed), "REPLAYED");
  EXPECT_STREQ(ErrorCodeName(ErrorCode::kCancelled), "CANCELLED");
  EXPECT_STREQ(ErrorCodeName(static_cast<ErrorCode>(999)), "UNKNOWN");
}

TEST(ResultDeathTest, ReadingTheWrongSideStopsTheProcess) {
  Result<int> error = kBad;
  Result<int> value = 1;
  EXPECT_DEATH((void)error.value(), "broken invariant: ok_ at .*result.h:[0-9]+");
  EXPECT_DEATH((void)*std::move(error), "broken invariant");
  EXPECT_DEATH((void)value.error(), "broken invariant: !ok_");
}

TEST(ResultDeathTest, InvariantNamesExpressionAndPlace) {
  EXPECT_DEATH(FLORIN_INVARIANT(1 + 1 == 3), "1 \\+ 1 == 3 at .*result_test.cc:[0-9]+");
  EXPECT_DEATH(InvariantFailed("x", "file.cc", 0), "x at file.cc:0");
}

TEST(ClockTest, FixedStandsStillAndSystemIsNow) {
  const FixedClock fixed(UnixSeconds{1234});
  EXPECT_EQ(fixed.Now(), UnixSeconds{1234});
  EXPECT_LT(UnixSeconds{1}, UnixSeconds{2});
  const UnixSeconds before{time(nullptr)};
  const UnixSeconds now = SystemClock().Now();
  EXPECT_LE(before.value - 1, now.value);  // time() may read a coarser clock
  EXPECT_LE(now.value, time(nullptr) + 1);
}

TEST(ObserverTest, NullObserverTakesEverything) {
  NullObserver().OnEvent({"component", "stage", kBad});
  NullObserver().OnEvent({"component", "stage", Error(ErrorCode::kOk, "ok"), 1, 2});
}

}  // namespace
}  // namespace florin
