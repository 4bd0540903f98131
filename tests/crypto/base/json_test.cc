#include "crypto/base/json.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/crypto/base/sanitizers.h"
#include "tests/crypto/base/test_random.h"

namespace florin {
namespace {

class JsonTest : public testing::Test {
 protected:
  JsonTest() : parser_(std::move(JsonParser::Create()).value()) {}

  ErrorCode CodeOf(std::string_view text) { return parser_.Parse(text).code(); }
  std::string MessageOf(std::string_view text) {
    const auto result = parser_.Parse(text);
    return result.ok() ? "ok" : result.error().message();
  }
  JsonObject Object(std::string_view text) { return std::move(parser_.ParseObject(text)).value(); }

  JsonParser parser_;
};

TEST_F(JsonTest, ReadsEveryKind) {
  const JsonObject root =
      Object(R"( {"s":"text","n":-12,"u":18446744073709551615,"t":true,"f":false,"z":null,)"
             R"("d":1.10,"a":[1,"two",[],{}],"o":{"inner":"x"}} )");
  EXPECT_EQ(root.size(), 9u);
  EXPECT_EQ(*root.GetString("s"), "text");
  EXPECT_EQ(*root.GetInt64("n"), -12);
  EXPECT_EQ(*root.GetUint64("u"), UINT64_MAX);
  EXPECT_EQ(*root.GetBool("t"), true);
  EXPECT_EQ(*root.GetBool("f"), false);
  EXPECT_TRUE(root.Get("z")->is_null());
  EXPECT_EQ(*root.GetNumberText("d"), "1.10");
  EXPECT_EQ(*root.GetObject("o")->GetString("inner"), "x");
  const JsonArray array = std::move(root.GetArray("a")).value();
  EXPECT_EQ(array.size(), 4u);
  std::vector<JsonKind> kinds;
  for (const JsonValue element : array) kinds.push_back(element.kind());
  EXPECT_EQ(kinds, (std::vector<JsonKind>{JsonKind::kNumber, JsonKind::kString, JsonKind::kArray,
                                          JsonKind::kObject}));
  std::string names;
  for (const JsonMember member : root) names += member.name;
  EXPECT_EQ(names, "snutfzdao");
}

TEST_F(JsonTest, EmptyContainersAndArrayRoots) {
  EXPECT_EQ(Object("{}").size(), 0u);
  EXPECT_EQ(Object("{}").begin(), Object("{}").end());
  EXPECT_EQ(parser_.Parse("[]")->AsArray()->size(), 0u);
  EXPECT_EQ(parser_.Parse(" [ [ ] , { } ] ")->AsArray()->size(), 2u);
  EXPECT_EQ(parser_.ParseObject("[]").code(), ErrorCode::kMalformed);
}

TEST_F(JsonTest, WrongTypesArePreciseErrors) {
  const JsonObject root = Object(R"({"s":"1","n":1,"b":true,"z":null,"a":[],"o":{}})");
  const auto says = [](const auto& result, const char* word) {
    return result.code() == ErrorCode::kMalformed &&
           std::string(result.error().message()).find(word) != std::string::npos;
  };
  EXPECT_TRUE(says(root.GetString("n"), "a string is expected"));
  EXPECT_TRUE(says(root.GetString("z"), "a string is expected"));
  EXPECT_TRUE(says(root.GetInt64("s"), "a number is expected"));
  EXPECT_TRUE(says(root.GetUint64("b"), "a number is expected"));
  EXPECT_TRUE(says(root.GetNumberText("s"), "a number is expected"));
  EXPECT_TRUE(says(root.GetBool("n"), "true or false is expected"));
  EXPECT_TRUE(says(root.GetObject("a"), "an object is expected"));
  EXPECT_TRUE(says(root.GetArray("o"), "an array is expected"));
  EXPECT_TRUE(says(root.Get("absent"), "lacks a member"));
  EXPECT_FALSE(root.Find("absent").has_value());
  EXPECT_TRUE(root.Find("z").has_value());
}

TEST_F(JsonTest, IntegersAreExact) {
  const JsonObject root =
      Object(R"({"a":9223372036854775807,"b":-9223372036854775808,"c":9223372036854775808,)"
             R"("d":18446744073709551616,"e":1.0,"f":1e2,"g":-1,"h":-0,)"
             R"("i":123456789012345678901234567890})");
  EXPECT_EQ(*root.GetInt64("a"), INT64_MAX);
  EXPECT_EQ(*root.GetInt64("b"), INT64_MIN);
  EXPECT_EQ(root.GetInt64("c").code(), ErrorCode::kMalformed);
  EXPECT_EQ(*root.GetUint64("c"), 9223372036854775808u);
  EXPECT_EQ(root.GetUint64("d").code(), ErrorCode::kMalformed);
  EXPECT_EQ(root.GetInt64("e").code(), ErrorCode::kMalformed);
  EXPECT_EQ(root.GetInt64("f").code(), ErrorCode::kMalformed);
  EXPECT_EQ(root.GetUint64("g").code(), ErrorCode::kMalformed);
  EXPECT_EQ(*root.GetInt64("h"), 0);
  EXPECT_EQ(*root.GetNumberText("i"), "123456789012345678901234567890");
  EXPECT_EQ(*root.GetNumberText("f"), "1e2");
}

TEST_F(JsonTest, NumberGrammar) {
  for (const char* good : {"0", "-0", "10", "1.5", "-1.25e10", "1E+5", "1e-5", "0.0", "0e0"}) {
    EXPECT_EQ(CodeOf("[" + std::string(good) + "]"), ErrorCode::kOk) << good;
  }
  for (const char* bad : {"01", "-", "+1", ".5", "1.", "1e", "1e+", "0x10", "1_0", "--1", "-01",
                          "NaN", "Infinity", "-Infinity", "1.2.3", "1e1.5", "00", "1a"}) {
    EXPECT_EQ(CodeOf("[" + std::string(bad) + "]"), ErrorCode::kMalformed) << bad;
    EXPECT_EQ(CodeOf("{\"a\":" + std::string(bad) + "}"), ErrorCode::kMalformed) << bad;
  }
}

TEST_F(JsonTest, UnescapesStrings) {
  const JsonObject root = Object(
      R"({"a":"\"\\\/\b\f\n\r\t","b":"\u0041\u00e9\u20ac\ud83d\ude00","c":"x\u0000y","\u0064":1})");
  EXPECT_EQ(*root.GetString("a"), "\"\\/\b\f\n\r\t");
  EXPECT_EQ(*root.GetString("b"), "A\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80");
  EXPECT_EQ(*root.GetString("c"), std::string_view("x\0y", 3));
  EXPECT_EQ(*root.GetInt64("d"), 1);
}

TEST_F(JsonTest, RefusesBadEscapesAndLoneSurrogates) {
  for (const char* bad :
       {R"(\x41)", R"(\u12)", R"(\u12g4)", R"(\a)", R"(\ud800)", R"(\udc00)", R"(\ud800\ud800)",
        R"(\ud83dx)", R"(\ud83d\n)", R"(\udfff\ud800)", R"(\u)", R"(\U0041)", R"(\')"}) {
    EXPECT_EQ(CodeOf("[\"" + std::string(bad) + "\"]"), ErrorCode::kMalformed) << bad;
    EXPECT_EQ(CodeOf("{\"" + std::string(bad) + "\":1}"), ErrorCode::kMalformed) << bad;
  }
}

TEST_F(JsonTest, RefusesDuplicateMembersAtEveryLevel) {
  for (const char* bad :
       {R"({"a":1,"a":1})", R"({"a":1,"b":2,"a":3})", R"({"a":1,"\u0061":2})",
        R"({"x":{"a":1,"a":2}})", R"([{"a":{"b":[]},"c":1,"a":2}])", R"({"":1,"":2})"}) {
    EXPECT_EQ(CodeOf(bad), ErrorCode::kMalformed) << bad;
    EXPECT_EQ(MessageOf(bad), "a JSON object names a member twice") << bad;
  }
  EXPECT_EQ(CodeOf(R"({"a":{"a":{"a":1}},"A":1})"), ErrorCode::kOk);
}

TEST_F(JsonTest, ChecksExactMembers) {
  const JsonObject root = Object(R"({"a":1,"b":2,"c":3})");
  EXPECT_TRUE(root.CheckMembers({"a", "b", "c"}).ok());
  EXPECT_TRUE(root.CheckMembers({"c", "a"}, {"b", "d"}).ok());
  EXPECT_EQ(root.CheckMembers({"a", "b"}).code(), ErrorCode::kMalformed);
  EXPECT_EQ(root.CheckMembers({"a", "b", "c", "d"}).code(), ErrorCode::kMalformed);
  EXPECT_EQ(Object("{}").CheckMembers({"a"}).code(), ErrorCode::kMalformed);
  EXPECT_TRUE(Object("{}").CheckMembers({}).ok());
}

TEST_F(JsonTest, RefusesBrokenStructure) {
  for (const char* bad : {"",
                          " ",
                          "{",
                          "}",
                          "[",
                          "]",
                          "{]",
                          "[}",
                          "{\"a\"}",
                          "{\"a\":}",
                          "{\"a\":1,}",
                          "[1,]",
                          "[,1]",
                          "[1 2]",
                          "{\"a\":1 \"b\":2}",
                          "{a:1}",
                          "{'a':1}",
                          "{1:2}",
                          "{null:1}",
                          "[1:2]",
                          "{\"a\",1}",
                          "{\"a\":1]",
                          "[1}",
                          "{\"a\":[}",
                          "{\"a\":{]}",
                          "[tru]",
                          "[truex]",
                          "[nul]",
                          "[nulll]",
                          "[falsey]",
                          "[True]",
                          "[\"a]",
                          "{\"a:1}",
                          "[\"a\"\"b\"]",
                          "[\"a\"b]",
                          "{\"a\":\"b\":\"c\"}",
                          "[\"a\":\"b\"]",
                          "{\"a\":\"b\":1,\"c\":2}",
                          "{\"a\":1:2}",
                          "{\"a\":1}}",
                          "{\"a\":1}]",
                          "[]]",
                          "{} {}",
                          "[] []",
                          "[]1",
                          "{}x",
                          "{}\x01",
                          "[1]//x",
                          "/**/{}",
                          "{\"a\":/**/1}",
                          "\"text\"",
                          "1",
                          "true",
                          "null",
                          "{\"a\":undefined}",
                          ",",
                          ":",
                          "[\"\\\"]",
                          "{\"a\":1,,\"b\":2}",
                          "[[]",
                          "{\"a\":{}",
                          "{,}",
                          "{:}",
                          "{\"a\"::1}"}) {
    EXPECT_EQ(CodeOf(bad), ErrorCode::kMalformed) << bad;
  }
}

TEST_F(JsonTest, RefusesBytesThatAreNotText) {
  EXPECT_EQ(MessageOf("\xef\xbb\xbf{}"), "the JSON text starts with a byte order mark; remove it");
  EXPECT_EQ(MessageOf("{\"a\":\"\xff\"}"), "the JSON text is not valid UTF-8");
  for (const char* bad : {"[\"\x80\"]", "[\"\xc0\x80\"]", "[\"\xed\xa0\x80\"]", "[\"\xe2\x82\"]",
                          "[\"\xf4\x90\x80\x80\"]", "[\"\xf5\x80\x80\x80\"]", "[\"a\nb\"]",
                          "[\"a\tb\"]", "[\"\x1f\"]", "\xfe\xff[]"}) {
    EXPECT_EQ(CodeOf(bad), ErrorCode::kMalformed) << bad;
  }
  EXPECT_EQ(CodeOf(std::string_view("[]\0", 3)), ErrorCode::kMalformed);
  EXPECT_EQ(CodeOf(std::string_view("[\0]", 3)), ErrorCode::kMalformed);
  EXPECT_EQ(CodeOf(std::string_view("[\"\0\"]", 5)), ErrorCode::kMalformed);
  EXPECT_EQ(CodeOf(std::string_view("\0[]", 3)), ErrorCode::kMalformed);
}

TEST_F(JsonTest, EveryTruncationIsRefused) {
  const std::string text =
      R"({"version":"EC_v1","header":{"key":"M\u0041A=","n":[1.5,true,null,"\ud83d\ude00"]}})";
  ASSERT_EQ(CodeOf(text), ErrorCode::kOk);
  for (std::size_t size = 0; size < text.size(); ++size) {
    EXPECT_EQ(CodeOf(text.substr(0, size)), ErrorCode::kMalformed) << text.substr(0, size);
  }
}

TEST_F(JsonTest, LimitsAreExact) {
  JsonLimits limits;
  limits.max_bytes = 40;
  limits.max_depth = 3;
  limits.max_values = 6;
  limits.max_members = 2;
  JsonParser parser = std::move(JsonParser::Create(limits)).value();
  EXPECT_EQ(parser.Parse("[[[]]]").code(), ErrorCode::kOk);
  EXPECT_EQ(parser.Parse("[[[[]]]]").code(), ErrorCode::kLimitExceeded);
  EXPECT_EQ(parser.Parse("[[[{}]]]").code(), ErrorCode::kLimitExceeded);
  EXPECT_EQ(parser.Parse("[1,2,3,4,5]").code(), ErrorCode::kOk);
  EXPECT_EQ(parser.Parse("[1,2,3,4,5,6]").code(), ErrorCode::kLimitExceeded);
  EXPECT_EQ(parser.Parse(R"({"a":1,"b":2})").code(), ErrorCode::kOk);
  EXPECT_EQ(parser.Parse(R"({"a":1,"b":2,"c":3})").code(), ErrorCode::kLimitExceeded);
  const std::string full = "[\"" + std::string(36, 'x') + "\"]";
  EXPECT_EQ(parser.Parse(full).code(), ErrorCode::kOk);
  EXPECT_EQ(parser.Parse(full + " ").code(), ErrorCode::kLimitExceeded);
}

TEST_F(JsonTest, HostileDepthIsRefusedEarly) {
  for (const std::string& open : {std::string("["), std::string("{\"a\":")}) {
    std::string text;
    while (text.size() + open.size() < 65000) text += open;
    EXPECT_NE(CodeOf(text), ErrorCode::kOk);
    EXPECT_NE(CodeOf(text + "]"), ErrorCode::kOk);
    EXPECT_NE(CodeOf(text + "}"), ErrorCode::kOk);
  }
  EXPECT_EQ(CodeOf("[" + std::string(70000, ' ') + "]"), ErrorCode::kLimitExceeded);
}

TEST_F(JsonTest, AbsurdLimitsAreRefused) {
  for (const JsonLimits& limits :
       {JsonLimits{0, 1, 1, 1}, JsonLimits{1, 0, 1, 1}, JsonLimits{1, 1, 0, 1},
        JsonLimits{1, 1, 1, 0}, JsonLimits{SIZE_MAX, 1, 1, 1}, JsonLimits{1, 65, 1, 1},
        JsonLimits{1, 1, SIZE_MAX, 1}}) {
    EXPECT_EQ(JsonParser::Create(limits).code(), ErrorCode::kInvalidArgument);
  }
}

TEST_F(JsonTest, ErrorsTellTheOffset) {
  const auto error = parser_.Parse(R"({"a":1,"b":bad})").error();
  EXPECT_EQ(error.detail(), 11u);
}

TEST_F(JsonTest, TextIsWipedOnReuseAndClear) {
  const std::string text = R"({"pan":"5204240250197840","esc":"52042402\u00350197840"})";
  const std::string_view plain = *Object(text).GetString("pan");
  const std::string_view escaped = *Object(text).GetString("esc");
  ASSERT_EQ(plain, "5204240250197840");
  ASSERT_EQ(escaped, "5204240250197840");
  ASSERT_EQ(CodeOf("{}"), ErrorCode::kOk);
  EXPECT_TRUE(IsZeroMemory(plain.data(), plain.size()));
  EXPECT_TRUE(IsZeroMemory(escaped.data(), escaped.size()));
  const std::string_view again = *Object(text).GetString("esc");
  parser_.Clear();
  EXPECT_TRUE(IsZeroMemory(again.data(), again.size()));
  // A refused document is wiped at once.
  ASSERT_EQ(CodeOf(text + "x"), ErrorCode::kMalformed);
  EXPECT_TRUE(IsZeroMemory(plain.data(), plain.size()));
  EXPECT_TRUE(IsZeroMemory(escaped.data(), escaped.size()));
}

TEST_F(JsonTest, TextIsWipedOnDestruction) {
  std::string_view pan;
  {
    JsonLimits limits;
    limits.max_bytes = 4000;  // small enough for pages that stay mapped
    JsonParser parser = std::move(JsonParser::Create(limits)).value();
    pan = *parser.ParseObject(R"({"pan":"5204240250197840"})")->GetString("pan");
    ASSERT_EQ(pan.size(), 16u);
  }
  EXPECT_TRUE(IsZeroMemory(pan.data(), pan.size()));
}

TEST_F(JsonTest, ParsersMove) {
  JsonParser moved = std::move(parser_);
  EXPECT_TRUE(moved.Parse("{}").ok());
  EXPECT_DEATH((void)parser_.Parse("{}").ok(), "broken invariant");
  parser_ = std::move(moved);
  EXPECT_TRUE(parser_.Parse("[]").ok());
}

// Changed bytes may or may not be refused, but never crash, and what is accepted stays readable.
TEST_F(JsonTest, MutatedDocumentsAreSafe) {
  TestRandom random;
  SCOPED_TRACE(random.Seed());
  const std::string text =
      R"({"data":"q83v","header":{"hash":"x\n\u00e9","n":[1,-2.5e3,true,null]},"version":"EC_v1"})";
  const std::string signs = "{}[]\",:\\u0d8 \n1-.e\xc3\xff";
  for (int i = 0; i < 20000; ++i) {
    std::string changed = text;
    for (std::size_t k = 0; k <= random.UpTo(3); ++k) {
      changed[random.UpTo(changed.size() - 1)] = signs[random.UpTo(signs.size() - 1)];
    }
    const auto root = parser_.Parse(changed);
    if (!root.ok() || root->kind() != JsonKind::kObject) continue;
    const JsonObject object = std::move(root->AsObject()).value();
    std::size_t count = 0;
    for (const JsonMember member : object) count += member.name.size() + 1;
    EXPECT_GE(count, object.size());
  }
}

}  // namespace
}  // namespace florin
