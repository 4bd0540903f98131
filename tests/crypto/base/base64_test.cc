#include "florin/base/base64.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

#include "tests/crypto/base/test_random.h"

namespace florin {
namespace {

constexpr std::array kForms = {Base64Form::kStandard, Base64Form::kUrl, Base64Form::kUrlPadded};

// All three decoders, which must agree. Returns the code of the error, or kOk.
ErrorCode DecodeAll(std::string_view text, Base64Form form, Bytes* bytes = nullptr) {
  const auto owned = Base64Decode(text, form);
  const auto secret = Base64DecodeSecret(text, form);
  Bytes span(Base64DecodedSizeBound(text.size()));
  const auto size = Base64Decode(text, form, span);
  EXPECT_EQ(owned.code(), secret.code()) << text;
  EXPECT_EQ(owned.code(), size.code()) << text;
  if (owned.ok()) {
    EXPECT_TRUE(SameBytes(*owned, secret->Read(SecretAccess{}))) << text;
    EXPECT_TRUE(SameBytes(*owned, ByteView(span).first(*size))) << text;
    if (bytes != nullptr) *bytes = *owned;
  }
  return owned.code();
}

TEST(Base64Test, Rfc4648Vectors) {
  // RFC 4648 section 10, BASE64.
  const std::array<std::array<const char*, 2>, 7> vectors = {{{"", ""},
                                                              {"f", "Zg=="},
                                                              {"fo", "Zm8="},
                                                              {"foo", "Zm9v"},
                                                              {"foob", "Zm9vYg=="},
                                                              {"fooba", "Zm9vYmE="},
                                                              {"foobar", "Zm9vYmFy"}}};
  for (const auto& [text, encoded] : vectors) {
    EXPECT_EQ(Base64Encode(AsBytes(text), Base64Form::kStandard), encoded);
    EXPECT_EQ(Base64Encode(AsBytes(text), Base64Form::kUrlPadded), encoded);
    std::string unpadded = encoded;
    while (unpadded.ends_with('=')) unpadded.pop_back();
    EXPECT_EQ(Base64Encode(AsBytes(text), Base64Form::kUrl), unpadded);
    Bytes bytes;
    ASSERT_EQ(DecodeAll(encoded, Base64Form::kStandard, &bytes), ErrorCode::kOk) << encoded;
    EXPECT_EQ(AsText(bytes), text);
    ASSERT_EQ(DecodeAll(unpadded, Base64Form::kUrl, &bytes), ErrorCode::kOk) << unpadded;
    EXPECT_EQ(AsText(bytes), text);
  }
}

TEST(Base64Test, AlphabetsDifferInTwoSigns) {
  const Bytes bytes = {0xfb, 0xff, 0xbf};
  EXPECT_EQ(Base64Encode(bytes, Base64Form::kStandard), "+/+/");
  EXPECT_EQ(Base64Encode(bytes, Base64Form::kUrl), "-_-_");
  EXPECT_EQ(DecodeAll("+/+/", Base64Form::kStandard), ErrorCode::kOk);
  EXPECT_EQ(DecodeAll("-_-_", Base64Form::kUrl), ErrorCode::kOk);
  EXPECT_EQ(DecodeAll("-_-_", Base64Form::kStandard), ErrorCode::kMalformed);
  EXPECT_EQ(DecodeAll("+/+/", Base64Form::kUrl), ErrorCode::kMalformed);
  EXPECT_EQ(DecodeAll("+/+/", Base64Form::kUrlPadded), ErrorCode::kMalformed);
}

TEST(Base64Test, RoundTrips) {
  TestRandom random;
  SCOPED_TRACE(random.Seed());
  for (int i = 0; i < 500; ++i) {
    const Bytes bytes = random.RandomBytes(random.UpTo(70));
    for (const Base64Form form : kForms) {
      const std::string text = Base64Encode(bytes, form);
      EXPECT_EQ(text.size(), Base64EncodedSize(bytes.size(), form));
      Bytes decoded;
      ASSERT_EQ(DecodeAll(text, form, &decoded), ErrorCode::kOk);
      EXPECT_EQ(decoded, bytes);
    }
  }
}

TEST(Base64Test, RefusesWrongPadding) {
  for (const char* text : {"Zg", "Zg=", "Zg===", "Zm8", "Zm8==", "=", "==", "===", "====", "Z===",
                           "Zm9v=", "Zm9v====", "Zg==Zg==", "Z=g=", "=Zm9", "Zm=v"}) {
    EXPECT_EQ(DecodeAll(text, Base64Form::kStandard), ErrorCode::kMalformed) << text;
    EXPECT_EQ(DecodeAll(text, Base64Form::kUrlPadded), ErrorCode::kMalformed) << text;
  }
  for (const char* text : {"Z", "Zm9vY", "Zg==", "Zm8=", "Zg=", "="}) {
    EXPECT_EQ(DecodeAll(text, Base64Form::kUrl), ErrorCode::kMalformed) << text;
  }
}

TEST(Base64Test, RefusesUnusedBits) {
  for (const char* text : {"Zh==", "Zv==", "Zm9=", "Zm+=", "Zm9vYh==", "//=="}) {
    EXPECT_EQ(DecodeAll(text, Base64Form::kStandard), ErrorCode::kMalformed) << text;
  }
  EXPECT_EQ(DecodeAll("Zh", Base64Form::kUrl), ErrorCode::kMalformed);
  EXPECT_EQ(DecodeAll("Zm9", Base64Form::kUrl), ErrorCode::kMalformed);
}

TEST(Base64Test, RefusesWhiteSpaceAndEveryOtherCharacter) {
  for (const char* text : {"Zm9v\n", "Zm9v\nZm9v", " Zm9v", "Zm9 ", "Zm\r\n"}) {
    EXPECT_EQ(DecodeAll(text, Base64Form::kStandard), ErrorCode::kMalformed) << text;
  }
  const std::string letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  for (const Base64Form form : kForms) {
    const std::string alphabet = letters + (form == Base64Form::kStandard ? "+/" : "-_");
    for (int c = 0; c < 256; ++c) {
      const bool known = alphabet.find(static_cast<char>(c)) != std::string::npos;
      for (std::size_t at = 0; at < 4; ++at) {
        std::string text = "AAAA";
        text[at] = static_cast<char>(c);
        // "AAA=" has the padding of two bytes.
        const bool padded = c == '=' && at == 3 && form != Base64Form::kUrl;
        EXPECT_EQ(DecodeAll(text, form) == ErrorCode::kOk, known || padded) << c << " at " << at;
      }
    }
  }
}

// Every accepted text is the one the encoder writes.
TEST(Base64Test, AcceptedTextIsCanonical) {
  TestRandom random;
  SCOPED_TRACE(random.Seed());
  const std::string signs = "AZaz09+/-_=Bg8";
  for (int i = 0; i < 20000; ++i) {
    std::string text(random.UpTo(9), 'A');
    for (auto& c : text) c = signs[random.UpTo(signs.size() - 1)];
    for (const Base64Form form : kForms) {
      Bytes bytes;
      if (DecodeAll(text, form, &bytes) == ErrorCode::kOk) {
        EXPECT_EQ(Base64Encode(bytes, form), text);
      }
    }
  }
}

TEST(Base64Test, SpansAreBounded) {
  const Bytes bytes = {'f', 'o', 'o', 'b'};
  std::array<char, 8> text{};
  EXPECT_EQ(*Base64Encode(bytes, Base64Form::kStandard, text), 8u);
  EXPECT_EQ(Base64Encode(bytes, Base64Form::kStandard, std::span(text).first(7)).code(),
            ErrorCode::kBufferTooSmall);
  EXPECT_EQ(*Base64Encode(bytes, Base64Form::kUrl, std::span(text).first(6)), 6u);
  std::array<std::uint8_t, 4> out{};
  EXPECT_EQ(*Base64Decode("Zm9vYg==", Base64Form::kStandard, out), 4u);
  EXPECT_EQ(Base64Decode("Zm9vYg==", Base64Form::kStandard, std::span(out).first(3)).code(),
            ErrorCode::kBufferTooSmall);
}

}  // namespace
}  // namespace florin
