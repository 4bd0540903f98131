#include "florin/base/hex.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

#include "tests/crypto/base/test_random.h"

namespace florin {
namespace {

TEST(HexTest, Rfc4648Vectors) {
  // RFC 4648 section 10, BASE16.
  const std::array<std::array<const char*, 2>, 7> vectors = {{{"", ""},
                                                              {"f", "66"},
                                                              {"fo", "666F"},
                                                              {"foo", "666F6F"},
                                                              {"foob", "666F6F62"},
                                                              {"fooba", "666F6F6261"},
                                                              {"foobar", "666F6F626172"}}};
  for (const auto& [text, hex] : vectors) {
    EXPECT_EQ(HexEncode(AsBytes(text), HexCase::kUpper), hex);
    const auto decoded = HexDecode(hex);
    ASSERT_TRUE(decoded.ok()) << hex;
    EXPECT_EQ(AsText(*decoded), text);
  }
}

TEST(HexTest, RoundTrips) {
  TestRandom random;
  SCOPED_TRACE(random.Seed());
  for (int i = 0; i < 500; ++i) {
    const Bytes bytes = random.RandomBytes(random.UpTo(70));
    for (const HexCase digits : {HexCase::kLower, HexCase::kUpper}) {
      const std::string text = HexEncode(bytes, digits);
      EXPECT_EQ(*HexDecode(text), bytes);
      const auto secret = HexDecodeSecret(text);
      ASSERT_TRUE(secret.ok());
      EXPECT_TRUE(SameBytes(secret->Read(SecretAccess{}), bytes));
    }
  }
}

TEST(HexTest, EveryCharacterIsJudgedTheSameByBothDecoders) {
  for (int c = 0; c < 256; ++c) {
    const char character = static_cast<char>(c);
    const bool digit = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    for (const std::string& text :
         {std::string{'0', character}, std::string{character, '0'}, std::string(2, character)}) {
      const auto bytes = HexDecode(text);
      const auto secret = HexDecodeSecret(text);
      EXPECT_EQ(bytes.ok(), digit) << c;
      EXPECT_EQ(secret.ok(), digit) << c;
      if (digit) {
        EXPECT_EQ((*bytes)[0], std::stoul(text, nullptr, 16));
        EXPECT_EQ(secret->Read(SecretAccess{})[0], (*bytes)[0]);
      } else {
        EXPECT_EQ(bytes.code(), ErrorCode::kMalformed);
      }
    }
  }
}

TEST(HexTest, RefusesOddLengthPrefixAndSpace) {
  for (const char* text : {"0", "abc", "0x12", "12 34", " 12", "12\n"}) {
    EXPECT_EQ(HexDecode(text).code(), ErrorCode::kMalformed) << text;
    EXPECT_EQ(HexDecodeSecret(text).code(), ErrorCode::kMalformed) << text;
    Bytes out(8);
    EXPECT_EQ(HexDecode(text, out).code(), ErrorCode::kMalformed) << text;
  }
}

TEST(HexTest, SpansAreBounded) {
  const Bytes bytes = {0x01, 0xab};
  std::array<char, 4> text{};
  EXPECT_EQ(*HexEncode(bytes, text, HexCase::kLower), 4u);
  EXPECT_EQ(std::string(text.data(), 4), "01ab");
  EXPECT_EQ(HexEncode(bytes, std::span(text).first(3), HexCase::kLower).code(),
            ErrorCode::kBufferTooSmall);
  std::array<std::uint8_t, 3> out = {9, 9, 9};
  EXPECT_EQ(*HexDecode("01AB", out), 2u);
  EXPECT_EQ(out, (std::array<std::uint8_t, 3>{0x01, 0xab, 9}));
  EXPECT_EQ(HexDecode("01ab23cd", out).code(), ErrorCode::kBufferTooSmall);
  EXPECT_EQ(*HexDecode("", MutableBytes{}), 0u);
}

}  // namespace
}  // namespace florin
