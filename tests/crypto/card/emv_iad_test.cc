// Layouts of issuer application data, by published values and by random bytes.
#include "florin/card/emv_iad.h"

#include "florin/base/hex.h"
#include "tests/crypto/card/emv_test_util.h"

namespace florin::card {
namespace {

constexpr std::uint32_t kSeed = 20261126;

Bytes Hex(std::string_view text) { return HexDecode(text).value(); }

TEST(EmvIad, LayoutsOfTheSchemes) {
  const Bytes visa = Hex("06010A03A020000F04000000000000000000006232E4F9");
  auto iad = EmvIad::Parse(EmvScheme::kVisa, visa).value();
  EXPECT_EQ(iad.format, EmvIadFormat::kVis013);
  EXPECT_EQ(iad.cvn, 0x0A);
  EXPECT_EQ(iad.dki, 0x01);
  EXPECT_TRUE(SameBytes(iad.cvr, Hex("03A02000")));

  const Bytes visa2 = Hex("1F22050300000000000000000000000000000000000000000000000000000000");
  iad = EmvIad::Parse(EmvScheme::kVisa, visa2).value();
  EXPECT_EQ(iad.format, EmvIadFormat::kVis24);
  EXPECT_EQ(iad.cvn, 0x22);
  EXPECT_EQ(iad.dki, 0x05);

  const Bytes mchip = Hex("0110A0000322000011220102030405060708");
  iad = EmvIad::Parse(EmvScheme::kMastercard, mchip).value();
  EXPECT_EQ(iad.cvn, 0x10);
  EXPECT_EQ(iad.dki, 0x01);
  EXPECT_TRUE(SameBytes(iad.cvr, Hex("A00003220000")));
  EXPECT_TRUE(SameBytes(iad.counters, Hex("0102030405060708")));

  const Bytes ccd = Hex("0FA503A03800000001020304050607080F010000000000000000000000000000");
  iad = EmvIad::Parse(EmvScheme::kCcd, ccd).value();
  EXPECT_EQ(iad.cvn, 0xA5);
  EXPECT_EQ(iad.dki, 0x03);
  EXPECT_TRUE(SameBytes(iad.cvr, Hex("A038000000")));
  EXPECT_TRUE(SameBytes(iad.counters, Hex("0102030405060708")));
  EXPECT_TRUE(SameBytes(iad.whole, ccd));

  const Bytes pboc = Hex("07010103A02000010A0100000000009D64C09B");
  iad = EmvIad::Parse(EmvScheme::kUnionPay, pboc).value();
  EXPECT_EQ(iad.format, EmvIadFormat::kPboc);
  EXPECT_TRUE(SameBytes(iad.cvr, Hex("03A02000")));
}

TEST(EmvIad, EveryOtherLengthIsRefused) {
  for (std::size_t size = 0; size <= 40; ++size) {
    Bytes iad(size, 0x03);
    if (size > 16) iad[0] = iad[16] = 0x0F;
    EXPECT_EQ(EmvIad::Parse(EmvScheme::kCcd, iad).ok(), size == 32) << size;
    EXPECT_EQ(EmvIad::Parse(EmvScheme::kMastercard, iad).ok(),
              size == 18 || size == 20 || size == 26 || size == 28)
        << size;
    if (size > 0) iad[0] = 0x06;
    EXPECT_EQ(EmvIad::Parse(EmvScheme::kVisa, iad).ok(), size >= 7 && size <= 32) << size;
    if (size > 0) iad[0] = 0x1F;
    EXPECT_EQ(EmvIad::Parse(EmvScheme::kVisa, iad).ok(), size == 32) << size;
    if (size > 0) iad[0] = 0x15;
    if (size > 3) iad[3] = 0x04;
    EXPECT_EQ(EmvIad::Parse(EmvScheme::kInterac, iad).ok(), size == 22) << size;
  }
}

TEST(EmvIad, RandomBytesNeverReachBeyondThemselves) {
  Dice dice(kSeed);
  for (int i = 0; i < 20000; ++i) {
    Bytes bytes = dice.Some(dice.Below(36));
    constexpr std::uint8_t kFirst[] = {0x06, 0x07, 0x0F, 0x15, 0x1F};
    if (!bytes.empty() && dice.Below(2) == 0) bytes[0] = kFirst[dice.Below(5)];
    const auto scheme = static_cast<EmvScheme>(dice.Below(8));
    const auto iad = EmvIad::Parse(scheme, bytes);
    if (!iad.ok()) continue;
    EXPECT_TRUE(SameBytes(iad->whole, bytes)) << "seed " << kSeed;
    for (const ByteView part : {iad->cvr, iad->counters}) {
      if (part.empty()) continue;
      EXPECT_GE(part.data(), bytes.data());
      EXPECT_LE(part.data() + part.size(), bytes.data() + bytes.size());
    }
  }
}

}  // namespace
}  // namespace florin::card
