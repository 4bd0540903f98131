#include "florin/card/emv_tlv.h"

#include <gtest/gtest.h>

#include <string>

#include "florin/base/byte_writer.h"
#include "florin/base/hex.h"

namespace florin::card {
namespace {

Bytes FromHex(std::string_view hex) {
  auto bytes = HexDecode(hex);
  EXPECT_TRUE(bytes.ok()) << hex;
  return std::move(bytes).value();
}

ErrorCode ParseCode(std::string_view hex) {
  const Bytes bytes = FromHex(hex);
  return EmvTlv::Parse(bytes).code();
}

TEST(EmvTlv, ReadsThroughTemplates) {
  const Bytes bytes = FromHex(
      "770f"
      "9f360200c2"
      "9f2608"
      "0102030405060708");
  // The template is one byte short of its content.
  EXPECT_FALSE(EmvTlv::Parse(bytes).ok());
  const Bytes good = FromHex(
      "7710"
      "9f360200c2"
      "9f26080102030405060708");
  auto tlv = EmvTlv::Parse(good);
  ASSERT_TRUE(tlv.ok()) << tlv.error().message();
  EXPECT_EQ(tlv->size(), 2U);
  EXPECT_EQ(HexEncode(tlv->GetArray<8>(emv_tags::kCryptogram).value()), "0102030405060708");
  EXPECT_EQ(tlv->GetArray<4>(emv_tags::kCryptogram).code(), ErrorCode::kMalformed);
  EXPECT_EQ(tlv->Get(emv_tags::kTvr).code(), ErrorCode::kNotFound);
}

TEST(EmvTlv, RefusesWhatTheNormDoesNotAllow) {
  for (const char* hex : {
           "9f",                    // ends inside a tag
           "9f80800101",            // a tag that begins with an empty number
           "9fffffff0100",          // a tag of five bytes
           "82",                    // no length
           "8202ab",                // short value
           "8280ab0000",            // indefinite
           "8285000000000200ab",    // five length bytes
           "8281",                  // ends inside the length
           "8284ffffffff",          // longer than the data
           "82021cc000",            // padding behind
           "0082021cc0",            // padding in front
           "ff0101",                // padding of the other kind
           "82021cc082021cc0",      // twice
           "8201ab",                // AIP of one byte
           "9f260401020304",        // a cryptogram of four bytes
           "770482021cc082021cc0",  // twice, once in a template
       }) {
    EXPECT_EQ(ParseCode(hex), ErrorCode::kMalformed) << hex;
  }
}

TEST(EmvTlv, LongFormLengthsAreRead) {
  EXPECT_EQ(ParseCode("8281021cc0"), ErrorCode::kOk);
  EXPECT_EQ(ParseCode("8284000000021cc0"), ErrorCode::kOk);
}

TEST(EmvTlv, IsBounded) {
  EXPECT_EQ(EmvTlv::Parse(Bytes(EmvTlv::kMaxBytes + 1, 0x82)).code(), ErrorCode::kLimitExceeded);
  std::string nested;
  for (int i = 0; i < 6; ++i) {
    nested = "70" + HexEncode(Bytes{static_cast<std::uint8_t>(nested.size() / 2)}) + nested;
  }
  EXPECT_EQ(ParseCode(nested), ErrorCode::kLimitExceeded);
  std::string many;
  for (int i = 1; i <= 70; ++i)
    many += "df" + HexEncode(Bytes{static_cast<std::uint8_t>(i)}) + "00";
  EXPECT_EQ(ParseCode(many), ErrorCode::kLimitExceeded);
  EXPECT_EQ(EmvTlv::Parse({}).value().size(), 0U);
}

TEST(EmvTlv, WritesWhatItReads) {
  Bytes out(1024);
  for (const EmvTag tag : {0x5fU, 0x82U, 0xbf0cU, 0x9f26U, 0xdf8101U, 0xdf818101U}) {
    const bool is_tag = tag != 0x5f;
    for (const std::size_t size : {0U, 2U, 8U, 127U, 128U, 300U}) {
      const Bytes value(size, 0x11);
      ByteWriter writer(out);
      EXPECT_EQ(WriteEmvTlv(tag, value, writer).ok(), is_tag) << std::hex << tag;
    }
  }
  for (const EmvTag tag : {0x00U, 0xffU, 0x9f80U, 0x8226U, 0x9f2601U, 0x1fU}) {
    ByteWriter writer(out);
    EXPECT_EQ(WriteEmvTlv(tag, {}, writer).code(), ErrorCode::kInvalidArgument) << std::hex << tag;
  }
  ByteWriter small(MutableBytes(out).first(4));
  EXPECT_EQ(WriteEmvTlv(0x82, FromHex("1cc0"), small).code(), ErrorCode::kOk);
  EXPECT_EQ(WriteEmvTlv(0x9c, FromHex("00"), small).code(), ErrorCode::kBufferTooSmall);
}

}  // namespace
}  // namespace florin::card
