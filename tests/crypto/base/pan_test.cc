#include "florin/base/pan.h"

#include <gtest/gtest.h>

#include <type_traits>

#include "tests/crypto/base/test_random.h"

namespace florin {
namespace {

static_assert(!std::is_copy_constructible_v<Pan> && !std::is_copy_assignable_v<Pan>);
static_assert(std::is_nothrow_move_constructible_v<Pan>);

TEST(LuhnTest, PublishedTestNumbers) {
  for (const char* pan : {"4111111111111111", "5555555555554444", "378282246310005",
                          "6011111111111117", "3530111333300000", "79927398713"}) {
    const std::string_view digits = pan;
    EXPECT_TRUE(LuhnValid(digits)) << digits;
    EXPECT_EQ(*LuhnCheckDigit(digits.substr(0, digits.size() - 1)), digits.back()) << digits;
  }
  EXPECT_FALSE(LuhnValid("4111111111111112"));
  EXPECT_FALSE(LuhnValid(""));
  EXPECT_FALSE(LuhnValid("411111111111111a"));
  EXPECT_FALSE(LuhnValid(" 4111111111111111"));
  EXPECT_TRUE(LuhnValid("0"));
  EXPECT_EQ(LuhnCheckDigit("").code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(LuhnCheckDigit("12x").code(), ErrorCode::kInvalidArgument);
}

TEST(LuhnTest, ExactlyOneCheckDigitIsValid) {
  TestRandom random;
  SCOPED_TRACE(random.Seed());
  for (int i = 0; i < 1000; ++i) {
    const std::string body = random.Digits(1 + random.UpTo(18));
    const char check = *LuhnCheckDigit(body);
    for (char digit = '0'; digit <= '9'; ++digit) {
      EXPECT_EQ(LuhnValid(body + digit), digit == check) << body;
    }
    std::string wrong = body + check;
    const std::size_t at = random.UpTo(wrong.size() - 1);
    wrong[at] = wrong[at] == '9' ? '0' : static_cast<char>(wrong[at] + 1);
    EXPECT_FALSE(LuhnValid(wrong)) << "one digit changed in " << body;
  }
}

TEST(PanTest, ParsesTwelveToNineteenDigits) {
  TestRandom random;
  SCOPED_TRACE(random.Seed());
  for (std::size_t size = 0; size <= 24; ++size) {
    const std::string digits = random.Digits(size);
    const auto pan = Pan::Parse(digits);
    EXPECT_EQ(pan.ok(), size >= 12 && size <= 19) << size;
    if (!pan.ok()) {
      EXPECT_EQ(pan.code(), ErrorCode::kMalformed);
      continue;
    }
    EXPECT_EQ(pan->size(), size);
    EXPECT_EQ(pan->Read(SecretAccess{}), digits);
    EXPECT_EQ(pan->IsLuhnValid(), LuhnValid(digits));
  }
}

TEST(PanTest, RefusesWhatIsNoDigit) {
  for (const char* text : {"4111 1111 1111 1111", "4111-1111-1111-1111", "411111111111111F",
                           "+411111111111111", "41111111111111\xb9", "4111111111111111 "}) {
    EXPECT_EQ(Pan::Parse(text).code(), ErrorCode::kMalformed) << text;
  }
  EXPECT_EQ(Pan::Parse(std::string_view("411111111111\0", 13)).code(), ErrorCode::kMalformed);
}

TEST(PanTest, MasksTheMiddle) {
  EXPECT_EQ(Pan::Parse("5204240250197840")->Masked(), "520424******7840");
  EXPECT_EQ(Pan::Parse("378282246310005")->Masked(), "378282*****0005");
  EXPECT_EQ(Pan::Parse("1234567890123456789")->Masked(), "123456*********6789");
  EXPECT_EQ(Pan::Parse("12345678901234")->Masked(), "123456****1234");
  EXPECT_EQ(Pan::Parse("1234567890123")->Masked(), "12345****0123");
  EXPECT_EQ(Pan::Parse("123456789012")->Masked(), "1234****9012");
  EXPECT_EQ(Pan().Masked(), "");
}

TEST(PanTest, MovesAndClones) {
  Pan pan = std::move(Pan::Parse("5204240250197840")).value();
  const Pan copy = pan.Clone();
  EXPECT_TRUE(copy.EqualTo(pan));
  Pan moved = std::move(pan);
  EXPECT_TRUE(moved.EqualTo(copy));
  EXPECT_TRUE(pan.empty());  // NOLINT(bugprone-use-after-move): the state is promised
  EXPECT_EQ(pan.Read(SecretAccess{}), "");
  EXPECT_FALSE(pan.EqualTo(copy));
  EXPECT_TRUE(pan.EqualTo(Pan()));
  pan = std::move(moved);
  EXPECT_EQ(pan.Read(SecretAccess{}), "5204240250197840");
  Pan& same = pan;
  pan = std::move(same);
  EXPECT_TRUE(pan.EqualTo(copy));
}

TEST(PanTest, EqualityComparesLengthToo) {
  const Pan a = std::move(Pan::Parse("411111111111000")).value();
  const Pan b = std::move(Pan::Parse("4111111111110000")).value();
  const Pan c = std::move(Pan::Parse("4111111111110001")).value();
  EXPECT_FALSE(a.EqualTo(b));
  EXPECT_FALSE(b.EqualTo(c));
  EXPECT_TRUE(b.EqualTo(b.Clone()));
}

}  // namespace
}  // namespace florin
