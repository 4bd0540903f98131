#include "crypto/base/json_writer.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

#include "crypto/base/json.h"
#include "crypto/base/utf8.h"
#include "florin/base/base64.h"
#include "tests/crypto/base/test_random.h"

namespace florin {
namespace {

TEST(JsonWriterTest, WritesEveryKind) {
  std::string text = "> ";
  JsonWriter writer(&text);
  writer.BeginObject()
      .String("s", "a\"b\\c\n\r\t\x01\x1f/")
      .Int("i", INT64_MIN)
      .Uint("u", UINT64_MAX)
      .Bool("t", true)
      .Name("n")
      .Null()
      .Name("d")
      .NumberText("1.10")
      .Name("b")
      .Base64(AsBytes("foob"))
      .Name("a")
      .BeginArray()
      .Int(1)
      .Bool(false)
      .BeginObject()
      .EndObject()
      .BeginArray()
      .EndArray()
      .EndArray()
      .EndObject();
  const std::string expected =
      R"({"s":"a\"b\\c\n\r\t\u0001\u001f/","i":-9223372036854775808,)"
      R"("u":18446744073709551615,"t":true,"n":null,"d":1.10,"b":"Zm9vYg==",)"
      R"("a":[1,false,{},[]]})";
  EXPECT_EQ(text, "> " + expected);
  EXPECT_EQ(*writer.Finish(), expected.size());
}

TEST(JsonWriterTest, FillsASpanAndReportsAFullOne) {
  for (std::size_t size = 0; size < 12; ++size) {
    std::string out(12, '#');
    JsonWriter writer(std::span(out.data(), size));
    writer.BeginObject().Int("a", 12345).EndObject();  // 11 characters
    const auto written = writer.Finish();
    EXPECT_EQ(written.ok(), size >= 11) << size;
    if (written.ok()) {
      EXPECT_EQ(out.substr(0, *written), R"({"a":12345})");
    } else {
      EXPECT_EQ(written.code(), ErrorCode::kBufferTooSmall);
    }
    EXPECT_EQ(out.substr(size), std::string(12 - size, '#'));
  }
}

TEST(JsonWriterTest, RefusesWhatIsNoTextOrNumber) {
  std::string text;
  JsonWriter broken(&text);
  broken.BeginArray().String("\xff").EndArray();
  EXPECT_EQ(broken.Finish().code(), ErrorCode::kInvalidArgument);
  for (const char* number : {"", "01", "1.", "x", "1 ", "\"1\""}) {
    JsonWriter writer(&text);
    writer.NumberText(number);
    EXPECT_EQ(writer.Finish().code(), ErrorCode::kInvalidArgument) << number;
  }
}

TEST(JsonWriterTest, Base64OfEveryLength) {
  for (std::size_t size = 0; size < 200; ++size) {
    const Bytes bytes(size, 0xfb);
    std::string text;
    JsonWriter writer(&text);
    writer.Base64(bytes);
    ASSERT_TRUE(writer.Finish().ok());
    EXPECT_EQ(text, "\"" + Base64Encode(bytes, Base64Form::kStandard) + "\"");
  }
}

TEST(JsonWriterDeathTest, WrongOrderIsABrokenInvariant) {
  std::string text;
  EXPECT_DEATH(JsonWriter(&text).EndObject(), "broken invariant");
  EXPECT_DEATH(JsonWriter(&text).BeginObject().EndArray(), "broken invariant");
  EXPECT_DEATH(JsonWriter(&text).BeginObject().Int(1), "broken invariant");
  EXPECT_DEATH(JsonWriter(&text).BeginObject().Name("a").Name("b"), "broken invariant");
  EXPECT_DEATH(JsonWriter(&text).BeginObject().Name("a").EndObject(), "broken invariant");
  EXPECT_DEATH(JsonWriter(&text).Name("a"), "broken invariant");
  EXPECT_DEATH(JsonWriter(&text).Int(1).Int(2), "broken invariant");
  EXPECT_DEATH((void)JsonWriter(&text).BeginArray().Finish().ok(), "broken invariant");
  EXPECT_DEATH((void)JsonWriter(&text).Finish().ok(), "broken invariant");
}

TEST(JsonWriterTest, WhatIsWrittenIsRead) {
  TestRandom random;
  SCOPED_TRACE(random.Seed());
  JsonParser parser = std::move(JsonParser::Create()).value();
  for (int i = 0; i < 500; ++i) {
    std::string value;
    for (std::size_t k = random.UpTo(20); k > 0; --k) {
      constexpr std::array<const char*, 4> kWide = {"\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80",
                                                    "\xef\xbf\xbf"};
      if (random.UpTo(4) == 0) {
        value += kWide[random.UpTo(3)];
      } else {
        value += static_cast<char>(random.UpTo(127));
      }
    }
    const auto number = static_cast<std::int64_t>(random.UpTo(SIZE_MAX));
    std::string text;
    JsonWriter writer(&text);
    writer.BeginObject().String("v", value).Int("n", number).EndObject();
    ASSERT_TRUE(writer.Finish().ok());
    const auto root = parser.ParseObject(text);
    ASSERT_TRUE(root.ok()) << text;
    EXPECT_EQ(*root->GetString("v"), value);
    EXPECT_EQ(*root->GetInt64("n"), number);
  }
}

// RFC 3629 section 4, at every edge.
TEST(Utf8Test, AcceptsExactlyTheUnicodeScalars) {
  const auto encode = [](std::uint32_t code) {
    std::string text;
    const auto tail = [code](unsigned shift) {
      return static_cast<char>(0x80 | (code >> shift & 0x3f));
    };
    if (code < 0x80) {
      text += static_cast<char>(code);
    } else if (code < 0x800) {
      text += static_cast<char>(0xc0 | code >> 6);
      text += tail(0);
    } else if (code < 0x10000) {
      text += static_cast<char>(0xe0 | code >> 12);
      (text += tail(6)) += tail(0);
    } else {
      text += static_cast<char>(0xf0 | code >> 18);
      ((text += tail(12)) += tail(6)) += tail(0);
    }
    return text;
  };
  for (std::uint32_t code = 0; code < 0x120000; code += code < 0x900 ? 1 : 61) {
    const bool scalar = code < 0xd800 || (code > 0xdfff && code < 0x110000);
    EXPECT_EQ(IsValidUtf8(encode(code)), scalar) << code;
  }
  for (const std::uint32_t edge : {0xd7ffu, 0xd800u, 0xdfffu, 0xe000u, 0x10ffffu, 0x110000u}) {
    const bool scalar = edge < 0xd800 || (edge > 0xdfff && edge < 0x110000);
    EXPECT_EQ(IsValidUtf8(encode(edge)), scalar) << edge;
  }
  for (const char* overlong : {"\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xf0\x8f\xbf\xbf"}) {
    EXPECT_FALSE(IsValidUtf8(overlong));
  }
}

}  // namespace
}  // namespace florin
