// Track 2 and its equivalent data.
#include "florin/card/track2.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/crypto/base/test_random.h"
#include "tests/crypto/card/card_test_util.h"

namespace florin::card {
namespace {

TEST(Track2Test, ReadsBothForms) {
  // The track of pyemv's CVC3 example.
  const Bytes packed = HexDecode("5123456789012345D35121010000000000000F").value();
  const Track2 track = Track2::ParseEquivalent(packed).value();
  EXPECT_EQ(track.pan.Read(SecretAccess{}), "5123456789012345");
  EXPECT_EQ(track.expiry.digits(), "3512");
  EXPECT_EQ(track.service_code.digits(), "101");
  EXPECT_EQ(TextOf(track.discretionary_data), "0000000000000");
  for (const char* text :
       {"5123456789012345=35121010000000000000", "5123456789012345D35121010000000000000",
        ";5123456789012345=35121010000000000000?"}) {
    const auto same = Track2::Parse(text);
    ASSERT_TRUE(same.ok()) << text;
    Bytes written(kMaxTrack2Bytes);
    EXPECT_EQ(same->WriteEquivalent(written).value(), packed.size());
    EXPECT_EQ(written, packed);
  }
}

TEST(Track2Test, RefusesEverythingElse) {
  for (const char* text : {"", ";", "?", ";?", "5123456789012345", "5123456789012345=", "=3512101",
                           "5123456789012345=351210",       // no service code
                           "5123456789012345=3512=101",     // two separators
                           "51234567890=3512101",           // PAN too short
                           "51234567890123456789=3512101",  // PAN too long
                           "5123456789012345=35X2101", "5123456789012345=3512 01",
                           "5123456789012345=3512101000000000000000",  // 38 characters
                           ";5123456789012345=3512101", "5123456789012345=3512101?",
                           ";5123456789012345=3512101?5",  // a longitudinal redundancy check
                           "%B5123456789012345^NAME^3512101", "5123456789012345=3512101F"}) {
    EXPECT_EQ(Track2::Parse(text).code(), ErrorCode::kMalformed) << text;
  }
  for (const char* hex : {"", "5123456789012345D3512101FF", "5123456789012345F3512101",
                          "5123456789012345D351210", "5123456789012345D35121010000000000000000",
                          "5123456789012345D35A2101", "5123456789012345D3512101F0"}) {
    const auto bytes = HexDecode(hex);
    if (!bytes.ok()) continue;
    EXPECT_EQ(Track2::ParseEquivalent(*bytes).code(), ErrorCode::kMalformed) << hex;
  }
}

TEST(Track2Test, RoundTrips) {
  TestRandom random;
  SCOPED_TRACE(random.Seed());
  for (int i = 0; i < 1000; ++i) {
    const std::string pan = random.Digits(12 + random.UpTo(7));
    const std::string rest = random.Digits(7 + random.UpTo(29 - pan.size()));
    const std::string text = pan + "=" + rest;
    const Track2 track = Track2::Parse(text).value();
    Bytes packed(kMaxTrack2Bytes);
    const std::size_t size = track.WriteEquivalent(packed).value();
    EXPECT_EQ(UpperHex(ByteView(packed).first(size)),
              pan + "D" + rest + (text.size() % 2 == 0 ? "" : "F"));
    const Track2 again = Track2::ParseEquivalent(ByteView(packed).first(size)).value();
    EXPECT_TRUE(again.pan.EqualTo(track.pan));
    EXPECT_EQ(again.expiry, track.expiry);
    EXPECT_EQ(again.service_code, track.service_code);
    EXPECT_TRUE(again.discretionary_data.EqualTo(track.discretionary_data));
    EXPECT_EQ(track.WriteEquivalent(MutableBytes(packed).first(size - 1)).code(),
              ErrorCode::kBufferTooSmall);
  }
}

}  // namespace
}  // namespace florin::card
