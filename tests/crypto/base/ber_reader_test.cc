#include "crypto/base/ber_reader.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "crypto/base/asn1_time.h"
#include "crypto/base/ber_writer.h"
#include "florin/base/hex.h"

namespace florin {
namespace {

Bytes FromHex(std::string_view hex) {
  auto bytes = HexDecode(hex);
  EXPECT_TRUE(bytes.ok()) << hex;
  return std::move(bytes).value();
}

// Reads every element, and everything inside what is constructed.
Status WalkAll(BerReader reader) {
  while (!reader.empty()) {
    FLORIN_TRY(const BerElement element, reader.Read());
    if ((element.tag & asn1::kConstructedBit) == 0) continue;
    FLORIN_TRY(const BerReader inner, reader.Open(element));
    FLORIN_CHECK_OK(WalkAll(inner));
  }
  return OkStatus();
}

Status Walk(std::string_view hex, BerRules rules) {
  const Bytes bytes = FromHex(hex);
  return WalkAll(BerReader(bytes, rules));
}

TEST(BerReader, ReadsDefiniteLengths) {
  const Bytes bytes = FromHex(
      "3006"
      "020105"
      "040201"
      "02"
      "0500");
  BerReader reader(bytes, BerRules::kDer);
  auto sequence = reader.Enter(asn1::kSequence);
  ASSERT_TRUE(sequence.ok());
  EXPECT_TRUE(sequence->ExpectInteger(5).ok());
  EXPECT_FALSE(sequence->empty());
  EXPECT_FALSE(sequence->ReadOctets().ok()) << "it is longer than the sequence";
}

TEST(BerReader, ReadsIndefiniteLengthsWithoutTheirEnd) {
  const Bytes bytes = FromHex(
      "3080"
      "3080"
      "020107"
      "0000"
      "0401aa"
      "0000"
      "0500");
  BerReader reader(bytes);
  auto outer = reader.Read(asn1::kSequence);
  ASSERT_TRUE(outer.ok());
  EXPECT_TRUE(outer->indefinite);
  EXPECT_EQ(outer->whole.size(), 14U);
  EXPECT_EQ(HexEncode(outer->content), "308002010700000401aa");
  EXPECT_TRUE(reader.Read(asn1::kNull).ok());
  EXPECT_TRUE(reader.ExpectEnd().ok());
  auto inner = BerReader(bytes).Open(*outer);
  ASSERT_TRUE(inner.ok());
  auto sequence = inner->Enter(asn1::kSequence);
  ASSERT_TRUE(sequence.ok());
  EXPECT_TRUE(sequence->ExpectInteger(7).ok());
  EXPECT_TRUE(sequence->ExpectEnd().ok());
}

TEST(BerReader, DefiniteContentMayHoldWhatLooksLikeAnEnd) {
  EXPECT_TRUE(Walk("3080"
                   "04020000"
                   "0000",
                   BerRules::kBer)
                  .ok());
  EXPECT_TRUE(Walk("3080"
                   "04040000"
                   "3080"
                   "0000",
                   BerRules::kBer)
                  .ok());
}

TEST(BerReader, RefusesWhatIsNoBer) {
  for (const char* hex : {
           "30",  // ends inside the header
           "3003020105"
           "02",            // second element cut
           "300402010505",  // element cut
           "3080020105",    // no end
           "30800201050000"
           "00",  // rest of one octet
           "0480"
           "0000",      // a primitive without length
           "0000",      // an end of nothing
           "30020000",  // the same inside a definite element
           "3080"
           "000100"
           "0000",  // an end with content
           "3080"
           "008100"
           "0000",  // an end with a long length
           "0485"
           "0000000001"
           "aa",  // five length octets
           "04ff"
           "00",            // reserved
           "0484ffffffff",  // more than there is
           "1f810100",      // a tag of several octets
           "0482"
           "00",  // ends inside the length
       }) {
    EXPECT_FALSE(Walk(hex, BerRules::kBer).ok()) << hex;
    EXPECT_FALSE(Walk(hex, BerRules::kDer).ok()) << hex;
  }
}

TEST(BerReader, DerRefusesWhatBerAllows) {
  for (const char* hex : {
           "30800201050000",  // indefinite
           "3081020500",      // length in long form without need
           "0482000161",      // leading zero
           "048161"
           "00",  // cut, and long form
       }) {
    EXPECT_FALSE(Walk(hex, BerRules::kDer).ok()) << hex;
  }
  EXPECT_TRUE(Walk("3081020500", BerRules::kBer).ok());
  EXPECT_TRUE(Walk("0482000161", BerRules::kBer).ok());
}

TEST(BerReader, ErrorsSayWhere) {
  const Bytes bytes = FromHex(
      "3005"
      "020101"
      "0480");
  BerReader reader(bytes);
  auto sequence = reader.Enter(asn1::kSequence);
  ASSERT_TRUE(sequence.ok());
  ASSERT_TRUE(sequence->Read().ok());
  const auto bad = sequence->Read();
  ASSERT_FALSE(bad.ok());
  EXPECT_EQ(bad.error().detail(), 5U);
}

TEST(BerReader, DepthIsBounded) {
  std::string definite = "0500";
  std::string indefinite;
  std::string ends;
  for (std::size_t i = 0; i < BerReader::kMaxDepth + 4; ++i) {
    const std::size_t length = definite.size() / 2;
    definite = "30" + HexEncode(Bytes{static_cast<std::uint8_t>(length)}) + definite;
    indefinite += "3080";
    ends += "0000";
  }
  EXPECT_EQ(Walk(definite, BerRules::kDer).code(), ErrorCode::kLimitExceeded);
  EXPECT_FALSE(Walk(indefinite + ends, BerRules::kBer).ok());
}

TEST(BerReader, SizeIsBounded) {
  const Bytes large(BerReader::kMaxSize + 1, 0x30);
  EXPECT_EQ(BerReader(large).Read().code(), ErrorCode::kLimitExceeded);
}

TEST(BerReader, IntegersAreMinimal) {
  for (const char* hex : {"0200", "02020001", "0202ff80", "0202007f"}) {
    const Bytes bytes = FromHex(hex);
    EXPECT_FALSE(BerReader(bytes).ReadInteger().ok()) << hex;
  }
  for (const char* hex : {"020100", "02020080", "0202ff7f", "0201ff"}) {
    const Bytes bytes = FromHex(hex);
    EXPECT_TRUE(BerReader(bytes).ReadInteger().ok()) << hex;
  }
}

TEST(BerReader, ObjectIdentifiersAreWellFormed) {
  for (const char* hex : {"0600", "060180", "06022a86", "0603808001", "06032a8001"}) {
    const Bytes bytes = FromHex(hex);
    EXPECT_FALSE(BerReader(bytes).ReadOid().ok()) << hex;
  }
  const Bytes sha256 = FromHex("0609608648016503040201");
  EXPECT_TRUE(BerReader(sha256).ReadOid().ok());
}

TEST(BerReader, JoinsSegmentsOfAnOctetString) {
  std::array<std::uint8_t, 4> scratch;
  const Bytes primitive = FromHex("0403010203");
  BerReader plain(primitive);
  auto octets = plain.ReadOctets(scratch);
  ASSERT_TRUE(octets.ok());
  EXPECT_EQ(octets->data(), primitive.data() + 2) << "one piece is not copied";

  for (const char* hex : {"240804020102"
                          "04020304",
                          "2480"
                          "0401012480"
                          "04010204010300000401040000",
                          "240a04020102"
                          "240404020304"}) {
    const Bytes bytes = FromHex(hex);
    BerReader reader(bytes);
    octets = reader.ReadOctets(scratch);
    ASSERT_TRUE(octets.ok()) << hex << octets.error().message();
    EXPECT_EQ(HexEncode(*octets), "01020304") << hex;
    EXPECT_FALSE(BerReader(bytes, BerRules::kDer).ReadOctets(scratch).ok()) << hex;
  }
  const Bytes mixed = FromHex(
      "24060401010201"
      "02");
  EXPECT_FALSE(BerReader(mixed).ReadOctets(scratch).ok());
  const Bytes long_string = FromHex(
      "240904020102"
      "0403030405");
  EXPECT_EQ(BerReader(long_string).ReadOctets(scratch).code(), ErrorCode::kLimitExceeded);
}

TEST(BerReader, OpenChangesToDer) {
  const Bytes long_form = FromHex("a081020500");
  BerReader outer(long_form);
  auto element = outer.Read();
  ASSERT_TRUE(element.ok());
  EXPECT_TRUE(outer.Open(*element, BerRules::kBer).ok());
  EXPECT_FALSE(outer.Open(*element, BerRules::kDer).ok());
}

TEST(Asn1Time, ReadsBothForms) {
  struct Case {
    std::uint8_t tag;
    const char* text;
    std::int64_t seconds;
  };
  for (const Case& test :
       {Case{asn1::kUtcTime, "210901190306Z", 1630522986}, Case{asn1::kUtcTime, "700101000000Z", 0},
        Case{asn1::kUtcTime, "500101000000Z", -631152000},
        Case{asn1::kUtcTime, "491231235959Z", 2524607999},
        Case{asn1::kUtcTime, "000229120000Z", 951825600},
        Case{asn1::kGeneralizedTime, "20500101000000Z", 2524608000},
        Case{asn1::kGeneralizedTime, "99991231235959Z", 253402300799},
        Case{asn1::kGeneralizedTime, "00010101000000Z", -62135596800}}) {
    auto time = ParseAsn1Time(test.tag, AsBytes(test.text));
    ASSERT_TRUE(time.ok()) << test.text;
    EXPECT_EQ(time->value, test.seconds) << test.text;
  }
}

TEST(Asn1Time, RefusesOtherForms) {
  for (const char* text :
       {"210901190306", "2109011903Z", "210901190306+0000", "210001190306Z", "211301190306Z",
        "210931190306Z", "210229190306Z", "210901240306Z", "210901196006Z", "210901190360Z",
        "21090119030 Z", "210901190306z", ""}) {
    EXPECT_FALSE(ParseAsn1Time(asn1::kUtcTime, AsBytes(text)).ok()) << text;
  }
  EXPECT_FALSE(ParseAsn1Time(asn1::kGeneralizedTime, AsBytes("20210901190306.5Z")).ok());
  EXPECT_FALSE(ParseAsn1Time(asn1::kGeneralizedTime, AsBytes("19000229000000Z")).ok());
  EXPECT_FALSE(ParseAsn1Time(asn1::kOctetString, AsBytes("210901190306Z")).ok());
}

TEST(Asn1Time, WhatIsWrittenReadsBack) {
  std::array<std::uint8_t, 15> text;
  for (std::int64_t seconds = -62135596800; seconds < 253402300799; seconds += 98765432123 / 7) {
    std::uint8_t tag = 0;
    auto size = FormatAsn1Time(UnixSeconds{seconds}, tag, text);
    ASSERT_TRUE(size.ok());
    auto read = ParseAsn1Time(tag, ByteView(text).first(*size));
    ASSERT_TRUE(read.ok());
    EXPECT_EQ(read->value, seconds);
  }
  std::uint8_t tag = 0;
  EXPECT_FALSE(FormatAsn1Time(UnixSeconds{253402300800}, tag, text).ok());
  EXPECT_FALSE(FormatAsn1Time(UnixSeconds{INT64_MIN}, tag, text).ok());
  EXPECT_FALSE(FormatAsn1Time(UnixSeconds{INT64_MAX}, tag, text).ok());
}

TEST(BerWriter, WritesShortestLengths) {
  for (const std::size_t size : {0U, 1U, 127U, 128U, 255U, 256U, 65535U, 65536U}) {
    const Bytes content(size, 0xa5);
    Bytes out(size + 32);
    BerWriter writer(out);
    writer.Begin(asn1::kSequence).Put(asn1::kOctetString, content).End();
    auto written = writer.Finish();
    ASSERT_TRUE(written.ok());
    const ByteView encoded = ByteView(out).first(*written);
    BerReader reader(encoded, BerRules::kDer);
    auto sequence = reader.Enter(asn1::kSequence);
    ASSERT_TRUE(sequence.ok()) << size;
    EXPECT_TRUE(reader.ExpectEnd().ok());
    auto octets = sequence->ReadOctets();
    ASSERT_TRUE(octets.ok()) << size;
    EXPECT_TRUE(SameBytes(*octets, content));
  }
}

TEST(BerWriter, SaysWhenTheSpanIsTooSmall) {
  const Bytes content(200, 1);
  for (std::size_t size = 0; size < 206; ++size) {
    Bytes out(size);
    BerWriter writer(out);
    writer.Begin(asn1::kSequence).Put(asn1::kOctetString, content).End();
    EXPECT_EQ(writer.Finish().code(), ErrorCode::kBufferTooSmall) << size;
  }
}

}  // namespace
}  // namespace florin
