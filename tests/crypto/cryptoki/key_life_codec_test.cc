// KeyLife as attributes: numbers of states, and dates as the eight digits of CK_DATE.
#include "crypto/cryptoki/key_life_codec.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "crypto/cryptoki/attribute_codec.h"

namespace florin::cryptoki {
namespace {

using mechanisms::KeyLife;
using mechanisms::KeyOrigin;
using mechanisms::KeyState;

std::string TextOf(const CK_DATE& date) {
  return std::string(reinterpret_cast<const char*>(&date), sizeof(date));
}

// Seconds by date(1).
constexpr UnixSeconds kStart{1795651200};    // 2026-11-26T00:00:00Z
constexpr UnixSeconds kEnd{1798761600 - 1};  // 2026-12-31T23:59:59Z

TEST(KeyLifeCodec, DatesAreDaysOfUtc) {
  const auto encoded = EncodeLife({KeyState::kActive, kStart, kEnd});
  ASSERT_TRUE(encoded.ok());
  EXPECT_TRUE(encoded->has_start);
  EXPECT_TRUE(encoded->has_end);
  EXPECT_EQ(TextOf(encoded->dates[0]), "20261126");
  EXPECT_EQ(TextOf(encoded->dates[1]), "20261231");
  EXPECT_EQ(*NotBeforeFromDate(AsBytes("20261126")), kStart);
  EXPECT_EQ(*NotAfterFromDate(AsBytes("20261231")), kEnd);
  EXPECT_EQ(*NotBeforeFromDate({}), std::nullopt);
  EXPECT_EQ(*NotAfterFromDate({}), std::nullopt);
  const auto none = EncodeLife({});
  ASSERT_TRUE(none.ok());
  EXPECT_FALSE(none->has_start || none->has_end);
}

TEST(KeyLifeCodec, EveryDayOfFourCenturiesComesBack) {
  for (std::int64_t day = -40000; day < 110000; day += 17) {
    const KeyLife life{KeyState::kActive, UnixSeconds{day * 86400},
                       UnixSeconds{day * 86400 + 86399}};
    const auto encoded = EncodeLife(life);
    ASSERT_TRUE(encoded.ok()) << day;
    EXPECT_EQ(encoded->dates[0].year[0], encoded->dates[1].year[0]);
    EXPECT_EQ(*NotBeforeFromDate(AsBytes(TextOf(encoded->dates[0]))), life.not_before) << day;
    EXPECT_EQ(*NotAfterFromDate(AsBytes(TextOf(encoded->dates[1]))), life.not_after) << day;
  }
}

TEST(KeyLifeCodec, PartsOfDaysAreNotRounded) {
  for (const std::int64_t off : {std::int64_t{1}, std::int64_t{-1}, std::int64_t{3600}}) {
    EXPECT_EQ(EncodeLife({KeyState::kActive, UnixSeconds{kStart.value + off}, {}}).code(),
              ErrorCode::kInvalidArgument)
        << off;
    EXPECT_EQ(EncodeLife({KeyState::kActive, {}, UnixSeconds{kEnd.value + off}}).code(),
              ErrorCode::kInvalidArgument)
        << off;
  }
}

TEST(KeyLifeCodec, OnlyDaysAreDates) {
  for (const std::string_view date : {"2026112", "202611266", "00000101", "20260229", "20261301",
                                      "20261100", "2026 126", "        ", "2026-1-1", "+2026112"}) {
    const auto start = NotBeforeFromDate(AsBytes(date));
    EXPECT_EQ(start.code(), ErrorCode::kInvalidArgument) << date;
    EXPECT_EQ(start.error().detail(), CKR_ATTRIBUTE_VALUE_INVALID) << date;
    EXPECT_EQ(NotAfterFromDate(AsBytes(date)).code(), ErrorCode::kInvalidArgument) << date;
  }
}

TEST(KeyLifeCodec, OnlyKnownNumbers) {
  EXPECT_EQ(*StateFromNumber(1), KeyState::kPreActive);
  EXPECT_EQ(*StateFromNumber(5), KeyState::kCompromised);
  EXPECT_EQ(*OriginFromNumber(1), KeyOrigin::kGenerated);
  EXPECT_EQ(*OriginFromNumber(4), KeyOrigin::kDerived);
  for (const CK_ULONG number : {CK_ULONG{0}, CK_ULONG{6}, CK_ULONG{258}, ~CK_ULONG{0}}) {
    EXPECT_EQ(StateFromNumber(number).error().detail(), CKR_ATTRIBUTE_VALUE_INVALID);
    EXPECT_EQ(OriginFromNumber(number).error().detail(), CKR_ATTRIBUTE_VALUE_INVALID);
  }
  EXPECT_FALSE(OriginFromNumber(5).ok());
}

// The template of a key that is active and has no dates is the one it always was.
TEST(KeyLifeCodec, TemplatesSayOnlyWhatIsOutOfTheOrdinary) {
  const auto count = [](const KeyLife& life, CK_ATTRIBUTE_TYPE type) {
    mechanisms::KeyRules rules;
    rules.length = 32;
    rules.life = life;
    EncodedTemplate encoded;
    EXPECT_TRUE(encoded.Encode(TemplateUse::kGenerate, rules, {}).ok());
    int found = 0;
    for (CK_ULONG i = 0; i < encoded.count(); ++i) found += encoded.data()[i].type == type;
    return found;
  };
  EXPECT_EQ(count({}, CKA_FLORIN_KEY_STATE), 0);
  EXPECT_EQ(count({}, CKA_START_DATE), 0);
  EXPECT_EQ(count({KeyState::kPreActive, {}, {}}, CKA_FLORIN_KEY_STATE), 1);
  EXPECT_EQ(count({KeyState::kActive, {}, kEnd}, CKA_FLORIN_KEY_STATE), 1)
      << "a module that knows no states does not obey dates either";
  EXPECT_EQ(count({KeyState::kActive, {}, kEnd}, CKA_END_DATE), 1);
  EXPECT_EQ(count({KeyState::kActive, {}, kEnd}, CKA_START_DATE), 0);
}

}  // namespace
}  // namespace florin::cryptoki
