// What PIN block may become what: the whole table, the keys, and translations of blocks.
#include <gtest/gtest.h>

#include <string>

#include "crypto/card/pin_block.h"
#include "tests/crypto/card/card_test_util.h"

namespace florin::card {
namespace {

constexpr PinKeyProperties kTdes{PinKeyAlgorithm::kTwoKeyTdes, true, false};
constexpr PinKeyProperties kAes{PinKeyAlgorithm::kAes, false, false};

PinKeyProperties KeyFor(int format) { return format == 4 ? kAes : kTdes; }

PinTranslation Of(int from, int to, bool same_pan, PinBlockUse use = PinBlockUse::kTransport) {
  return {static_cast<PinBlockFormat>(from),
          static_cast<PinBlockFormat>(to),
          same_pan,
          KeyFor(from),
          KeyFor(to),
          use};
}

// y always, p with the same PAN, c for the card, n never.
constexpr const char* kTable[5] = {"pncpp", "yycyy", "nnnnn", "pncpp", "pncpp"};

TEST(PinTranslation, FollowsTheTable) {
  for (int from = 0; from < 5; ++from) {
    for (int to = 0; to < 5; ++to) {
      const char rule = kTable[from][to];
      SCOPED_TRACE(std::to_string(from) + " to " + std::to_string(to));
      EXPECT_EQ(CheckTranslation(Of(from, to, true)).ok(), rule == 'y' || rule == 'p');
      EXPECT_EQ(CheckTranslation(Of(from, to, false)).ok(), rule == 'y');
      EXPECT_EQ(CheckTranslation(Of(from, to, true, PinBlockUse::kPinChange)).ok(), rule == 'c');
    }
  }
  EXPECT_EQ(CheckTranslation(Of(5, 0, true)).code(), ErrorCode::kPermissionDenied);
  EXPECT_EQ(CheckTranslation(Of(0, 5, true)).code(), ErrorCode::kPermissionDenied);
}

TEST(PinTranslation, RefusesSingleDes) {
  PinTranslation incoming = Of(0, 0, true);
  incoming.in_key.algorithm = PinKeyAlgorithm::kSingleDes;
  EXPECT_EQ(CheckTranslation(incoming).code(), ErrorCode::kPermissionDenied);
  PinTranslation outgoing = Of(0, 0, true);
  outgoing.out_key.algorithm = PinKeyAlgorithm::kSingleDes;
  EXPECT_EQ(CheckTranslation(outgoing).code(), ErrorCode::kPermissionDenied);
}

TEST(PinTranslation, AesBecomesTdesUnderZoneKeysThatAllowIt) {
  for (const auto algorithm : {PinKeyAlgorithm::kTwoKeyTdes, PinKeyAlgorithm::kThreeKeyTdes}) {
    PinTranslation down = Of(4, 0, true);
    down.out_key.algorithm = algorithm;
    EXPECT_TRUE(CheckTranslation(down).ok());
    down.out_key.zone_key = false;
    EXPECT_EQ(CheckTranslation(down).code(), ErrorCode::kPermissionDenied);
    down.out_key = {algorithm, true, true};
    EXPECT_EQ(CheckTranslation(down).code(), ErrorCode::kPermissionDenied);
    down.use = PinBlockUse::kPinChange;
    down.to = PinBlockFormat::kFormat2;
    EXPECT_EQ(CheckTranslation(down).code(), ErrorCode::kPermissionDenied);
    down.out_key = {algorithm, false, false};
    EXPECT_TRUE(CheckTranslation(down).ok());
  }
  PinTranslation up = Of(0, 4, true);
  up.in_key.zone_key = false;
  up.out_key.forbid_aes_to_tdes = true;
  EXPECT_TRUE(CheckTranslation(up).ok());
}

TEST(PinTranslation, FormatsGoUnderTheKeysTheyAreMadeFor) {
  PinTranslation aes_format_0 = Of(0, 0, true);
  aes_format_0.in_key.algorithm = PinKeyAlgorithm::kAes;
  EXPECT_EQ(CheckTranslation(aes_format_0).code(), ErrorCode::kPermissionDenied);
  PinTranslation tdes_format_4 = Of(0, 4, true);
  tdes_format_4.out_key.algorithm = PinKeyAlgorithm::kThreeKeyTdes;
  EXPECT_EQ(CheckTranslation(tdes_format_4).code(), ErrorCode::kPermissionDenied);
}

TEST(PinTranslation, PvvComesFromBlocksThatBindThePan) {
  for (int format = 0; format < 5; ++format) {
    EXPECT_EQ(CheckPvvSource(static_cast<PinBlockFormat>(format)).ok(),
              format == 0 || format == 3 || format == 4);
  }
}

class Translate : public testing::Test {
 protected:
  Translate() : batch_(SystemRandom(), buffer_) {}

  Status Run(const PinBlockProfile& from, const Pan& pan_in, ByteView block,
             const PinBlockProfile& to, const Pan& pan_out, Bytes& out) {
    out = Bytes(PinBlockSize(to.format));
    return TranslatePinBlock({KeyOf(from), PropertiesOf(from), from, pan_in}, block,
                             {KeyOf(to), PropertiesOf(to), to, pan_out}, PinBlockUse::kTransport,
                             batch_, out);
  }
  Bytes Encrypt(const PinBlockProfile& profile, const char* pin, const Pan& pan) {
    Bytes block(PinBlockSize(profile.format));
    EXPECT_TRUE(
        EncryptPinBlock(KeyOf(profile), profile, Pin::Parse(pin).value(), pan, batch_, block).ok());
    return block;
  }
  const primitives::KeyedCipher& KeyOf(const PinBlockProfile& profile) const {
    return profile.format == PinBlockFormat::kFormat4 ? aes_ : tdes_;
  }
  static PinKeyProperties PropertiesOf(const PinBlockProfile& profile) {
    return KeyFor(static_cast<int>(profile.format));
  }

  primitives::KeyedCipher tdes_ = TdesOf(HexDecode("0123456789ABCDEFFEDCBA9876543210").value());
  primitives::KeyedCipher aes_ = AesOf(Bytes(16, 0x42));
  Bytes buffer_ = Bytes(256);
  RandomBatch batch_;
  Pan pan_ = PanOf("4111111111111111");
};

TEST_F(Translate, AllAllowedPairsKeepThePin) {
  Bytes out;
  for (int from = 0; from < 5; ++from) {
    for (int to = 0; to < 5; ++to) {
      SCOPED_TRACE(std::to_string(from) + " to " + std::to_string(to));
      const PinBlockProfile in{static_cast<PinBlockFormat>(from), {}, {}};
      PinBlockProfile target{static_cast<PinBlockFormat>(to), {}, {}};
      target.pan_field = Format4PanField::kPan12;
      const Bytes block = Encrypt(in, "97531", pan_);
      const Status status = Run(in, pan_, block, target, pan_, out);
      if (kTable[from][to] == 'y' || kTable[from][to] == 'p') {
        ASSERT_TRUE(status.ok());
        EXPECT_EQ(TextOf(DecryptPinBlock(KeyOf(target), target, out, pan_).value()), "97531");
      } else {
        EXPECT_EQ(status.code(), ErrorCode::kPermissionDenied);
        EXPECT_EQ(out, Bytes(out.size()));
      }
    }
  }
}

TEST_F(Translate, RefusesAnotherPan) {
  const PinBlockProfile in{PinBlockFormat::kFormat0, {}, {}};
  const PinBlockProfile target{PinBlockFormat::kFormat3, {}, {}};
  const Pan other = PanOf("4111111111111129");
  const Bytes block = Encrypt(in, "97531", pan_);
  Bytes out;
  EXPECT_EQ(Run(in, pan_, block, target, other, out).code(), ErrorCode::kPermissionDenied);
  EXPECT_EQ(Run(in, other, block, target, other, out).code(), ErrorCode::kVerificationFailed);
}

TEST_F(Translate, ALengthTheTargetForbidsIsAWrongBlock) {
  const PinBlockProfile in{PinBlockFormat::kFormat0, {}, {}};
  PinBlockProfile target{PinBlockFormat::kFormat4, {}, {}};
  target.lengths = {4, 4};
  const Bytes block = Encrypt(in, "97531", pan_);
  Bytes out;
  const Status too_long = Run(in, pan_, block, target, pan_, out);
  Bytes broken = block;
  broken[3] ^= 1;
  const Status wrong = Run(in, pan_, broken, target, pan_, out);
  EXPECT_EQ(too_long.code(), ErrorCode::kVerificationFailed);
  EXPECT_STREQ(too_long.error().message(), wrong.error().message());
}

}  // namespace
}  // namespace florin::card
