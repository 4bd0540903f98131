// Key serial numbers: what is read, what is refused, which number comes next.
#include "florin/card/ksn.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/crypto/card/card_test_util.h"

namespace florin::card {
namespace {

using vectors::TestCase;

template <class Ksn>
void CheckNext(const TestCase& test, const Ksn& ksn) {
  const auto next = ksn.Next();
  if (const std::string expected = test.Text("next"); expected.empty()) {
    EXPECT_EQ(next.code(), ErrorCode::kExpired) << test.place();
  } else {
    ASSERT_TRUE(next.ok()) << test.place();
    EXPECT_EQ(next->ToHex(), expected) << test.place();
  }
}

std::string Upper(std::string text) {
  for (char& c : text) c = c >= 'a' && c <= 'f' ? static_cast<char>(c - 'a' + 'A') : c;
  return text;
}

TEST(KsnVectors, TdesAndAes) {
  const auto file = LoadVectors("ksn.json");
  for (const auto* group : file.GroupsOf("tdes")) {
    for (const TestCase& test : group->tests) {
      const std::string text = test.Text("ksn");
      const auto ksn = TdesKsn::ParseHex(text);
      ASSERT_EQ(ksn.code(), test.valid ? ErrorCode::kOk : ErrorCode::kMalformed) << test.place();
      if (!test.valid) continue;
      EXPECT_EQ(ksn->ToHex(), (text.size() == 16 ? "FFFF" : "") + Upper(text)) << test.place();
      EXPECT_EQ(ksn->counter(), test.Number("counter")) << test.place();
      CheckNext(test, *ksn);
    }
  }
  for (const auto* group : file.GroupsOf("aes")) {
    for (const TestCase& test : group->tests) {
      const std::string text = test.Text("ksn");
      const auto ksn = AesKsn::ParseHex(text);
      ASSERT_EQ(ksn.code(), test.valid ? ErrorCode::kOk : ErrorCode::kMalformed) << test.place();
      if (!test.valid) continue;
      EXPECT_EQ(ksn->ToHex(), text) << test.place();
      EXPECT_EQ(ksn->counter(), test.Number("counter")) << test.place();
      EXPECT_TRUE(SameBytes(ksn->initial_key_id(), test.Hex("initial_key_id"))) << test.place();
      CheckNext(test, *ksn);
    }
  }
  for (const auto* group : file.GroupsOf("aes_compatible")) {
    for (const TestCase& test : group->tests) {
      const std::string text = test.Text("ksn");
      const auto ksn = AesKsn::ParseCompatible(Hex(text));
      ASSERT_EQ(ksn.code(), test.valid ? ErrorCode::kOk : ErrorCode::kMalformed) << test.place();
      if (!test.valid) continue;
      EXPECT_EQ(ksn->ToHex(), text) << test.place();
      EXPECT_EQ(ksn->counter(), test.Number("counter")) << test.place();
      EXPECT_TRUE(SameBytes(ksn->initial_key_id(), test.Hex("initial_key_id"))) << test.place();
    }
  }
  EXPECT_EQ(file.Problems(), std::vector<std::string>{});
}

TEST(Ksn, TdesHasAsManyTransactionsAsTheNormSays) {
  auto ksn = TdesKsn::ParseInitial(Hex("FFFF9876543210E00000"));
  ASSERT_TRUE(ksn.ok());
  std::uint32_t transactions = 0;
  for (auto next = ksn->Next(); next.ok(); next = next->Next()) {
    ASSERT_TRUE(TdesKsn::Parse(next->bytes()).ok());
    ++transactions;
  }
  EXPECT_EQ(transactions, TdesKsn::kMaxTransactions);
}

TEST(Ksn, InitialOnesHaveCounterZero) {
  EXPECT_EQ(TdesKsn::ParseInitial(Hex("FFFF9876543210E00001")).code(), ErrorCode::kMalformed);
  const auto initial = TdesKsn::ParseInitial(Hex("9876543210E00000"));
  ASSERT_TRUE(initial.ok());
  EXPECT_EQ(initial->ToHex(), "FFFF9876543210E00000");
  EXPECT_EQ(TdesKsn::ParseHex("9876543210F00001")->At(0), *initial);
  const AesKsn aes = AesKsn::Initial({0x12, 0x34, 0x56, 0x78, 0x90, 0x12, 0x34, 0x56});
  EXPECT_EQ(aes.ToHex(), "123456789012345600000000");
  EXPECT_EQ(aes.Next().value(), AesKsn::ParseHex("123456789012345600000001").value());
}

TEST(Ksn, CompatibilityModeHas21Bits) {
  const auto initial = AesKsn::InitialCompatible({0x00, 0xE1, 0x11, 0x11, 0x11, 0x12, 0x22, 0x22});
  ASSERT_TRUE(initial.ok());
  EXPECT_EQ(initial->ToHex(), "0E111111112222200000");
  EXPECT_EQ(AesKsn::InitialCompatible({0x10, 0, 0, 0, 0, 0, 0, 2}).code(),
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(AesKsn::InitialCompatible({0x0F, 0, 0, 0, 0, 0, 0, 1}).code(),
            ErrorCode::kInvalidArgument);
  const auto last = AesKsn::ParseCompatible(Hex("0E1111111122223FFFE0"));
  ASSERT_TRUE(last.ok());
  EXPECT_EQ(last->Next().code(), ErrorCode::kExpired);
  Bytes small(9);
  EXPECT_EQ(last->Write(small).code(), ErrorCode::kBufferTooSmall);
}

}  // namespace
}  // namespace florin::card
