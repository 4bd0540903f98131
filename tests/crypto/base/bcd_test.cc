#include "florin/base/bcd.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

#include "florin/base/hex.h"
#include "tests/crypto/base/test_random.h"

namespace florin {
namespace {

using Pack = Status (*)(std::string_view, MutableBytes);

std::string Packed(Pack pack, std::string_view digits, std::size_t size) {
  Bytes out(size);
  const Status status = pack(digits, out);
  return status.ok() ? HexEncode(out) : ErrorCodeName(status.code());
}

std::string LeftF(const char* hex) {
  std::array<char, 20> out{};
  const auto size = BcdUnpackLeftPadF(*HexDecode(hex), out);
  return size.ok() ? std::string(out.data(), *size) : ErrorCodeName(size.code());
}

std::string RightF(const char* hex) {
  std::array<char, 20> out{};
  const auto size = BcdUnpackRightPadF(*HexDecode(hex), out);
  return size.ok() ? std::string(out.data(), *size) : ErrorCodeName(size.code());
}

std::string Fixed(Status (*unpack)(ByteView, std::span<char>), const char* hex,
                  std::size_t digits) {
  std::string out(digits, '?');
  const Status status = unpack(*HexDecode(hex), out);
  return status.ok() ? out : ErrorCodeName(status.code());
}

TEST(BcdTest, PacksEachWay) {
  EXPECT_EQ(Packed(BcdPackLeftPadF, "12345", 4), "12345fff");
  EXPECT_EQ(Packed(BcdPackLeftPad0, "12345", 4), "12345000");
  EXPECT_EQ(Packed(BcdPackRightPadF, "12345", 4), "fff12345");
  EXPECT_EQ(Packed(BcdPackRightPad0, "12345", 4), "00012345");
  EXPECT_EQ(Packed(BcdPackLeftPadF, "123", BcdPackedSize(3)), "123f");
  EXPECT_EQ(Packed(BcdPackRightPad0, "123", BcdPackedSize(3)), "0123");
  EXPECT_EQ(Packed(BcdPackLeftPadF, "", 2), "ffff");
  EXPECT_EQ(Packed(BcdPackRightPad0, "", 0), "");
  EXPECT_EQ(Packed(BcdPackLeftPadF, "5204240250197840", 8), "5204240250197840");
}

TEST(BcdTest, PackRefuses) {
  for (const Pack pack : {BcdPackLeftPadF, BcdPackLeftPad0, BcdPackRightPadF, BcdPackRightPad0}) {
    EXPECT_EQ(Packed(pack, "12345", 2), "BUFFER_TOO_SMALL");
    EXPECT_EQ(Packed(pack, "1", 0), "BUFFER_TOO_SMALL");
    for (const char* digits : {"12a", "1 2", "-12", "12/", "12:", "\xb1"}) {
      EXPECT_EQ(Packed(pack, digits, 4), "INVALID_ARGUMENT") << digits;
    }
  }
}

TEST(BcdTest, UnpacksEachWay) {
  EXPECT_EQ(LeftF("12345fff"), "12345");
  EXPECT_EQ(LeftF("ffff"), "");
  EXPECT_EQ(LeftF(""), "");
  EXPECT_EQ(LeftF("1234"), "1234");
  EXPECT_EQ(RightF("fff12345"), "12345");
  EXPECT_EQ(RightF("ffff"), "");
  EXPECT_EQ(Fixed(BcdUnpackLeftPad0, "12345000", 5), "12345");
  EXPECT_EQ(Fixed(BcdUnpackRightPad0, "00012345", 5), "12345");
  EXPECT_EQ(Fixed(BcdUnpackRightPad0, "00012345", 8), "00012345");
  EXPECT_EQ(Fixed(BcdUnpackRightPad0, "0000", 0), "");
}

TEST(BcdTest, UnpackRefuses) {
  EXPECT_EQ(LeftF("12f4"), "MALFORMED");
  EXPECT_EQ(LeftF("f123"), "MALFORMED");
  EXPECT_EQ(LeftF("1a3f"), "MALFORMED");
  EXPECT_EQ(LeftF("123e"), "MALFORMED");
  EXPECT_EQ(RightF("12ff"), "MALFORMED");
  EXPECT_EQ(RightF("f1f3"), "MALFORMED");
  EXPECT_EQ(RightF("fd12"), "MALFORMED");
  EXPECT_EQ(Fixed(BcdUnpackLeftPad0, "12345001", 5), "MALFORMED");
  EXPECT_EQ(Fixed(BcdUnpackLeftPad0, "1a345000", 5), "MALFORMED");
  EXPECT_EQ(Fixed(BcdUnpackRightPad0, "10012345", 5), "MALFORMED");
  EXPECT_EQ(Fixed(BcdUnpackRightPad0, "0001234f", 5), "MALFORMED");
  EXPECT_EQ(Fixed(BcdUnpackRightPad0, "1234", 5), "INVALID_ARGUMENT");
  EXPECT_EQ(Fixed(BcdUnpackLeftPad0, "", 1), "INVALID_ARGUMENT");
  std::array<char, 3> small{};
  const Bytes four = {0x12, 0x34};
  EXPECT_EQ(BcdUnpackLeftPadF(four, small).code(), ErrorCode::kBufferTooSmall);
  EXPECT_EQ(BcdUnpackRightPadF(four, small).code(), ErrorCode::kBufferTooSmall);
}

TEST(BcdTest, RoundTrips) {
  TestRandom random;
  SCOPED_TRACE(random.Seed());
  for (int i = 0; i < 2000; ++i) {
    const std::string digits = random.Digits(random.UpTo(20));
    Bytes out(BcdPackedSize(digits.size()) + random.UpTo(3));
    std::string back(40, '?');
    ASSERT_TRUE(BcdPackLeftPadF(digits, out).ok());
    const std::size_t left = *BcdUnpackLeftPadF(out, back);
    EXPECT_EQ(back.substr(0, left), digits);
    ASSERT_TRUE(BcdPackRightPadF(digits, out).ok());
    const std::size_t right = *BcdUnpackRightPadF(out, back);
    EXPECT_EQ(back.substr(0, right), digits);
    std::string fixed(digits.size(), '?');
    ASSERT_TRUE(BcdPackLeftPad0(digits, out).ok());
    ASSERT_TRUE(BcdUnpackLeftPad0(out, fixed).ok());
    EXPECT_EQ(fixed, digits);
    ASSERT_TRUE(BcdPackRightPad0(digits, out).ok());
    ASSERT_TRUE(BcdUnpackRightPad0(out, fixed).ok());
    EXPECT_EQ(fixed, digits);
  }
}

}  // namespace
}  // namespace florin
