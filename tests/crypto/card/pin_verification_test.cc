// PVV and IBM 3624 by published values and against a second implementation; PIN generation.
#include "crypto/card/pin_verification.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "crypto/card/pin_generation.h"
#include "tests/crypto/base/test_random.h"
#include "tests/crypto/card/card_test_util.h"
#include "tests/crypto/card/reference.h"

namespace florin::card {
namespace {

using vectors::TestCase;
using vectors::VectorFile;

Pin PinOf(const std::string& digits) { return Pin::Parse(digits).value(); }
PinOffset OffsetOf(const std::string& digits) { return PinOffset::Parse(digits).value(); }

void CheckPvv(const TestCase& test) {
  const auto pvk = TdesOf(test.Hex("pvk"));
  const Pan pan = PanOf(test.Text("pan"));
  const PvvContext card{pvk, pan, static_cast<std::uint8_t>(test.Number("pvki"))};
  const Pin pin = PinOf(test.Text("pin"));
  const Pvv pvv = Pvv::Parse(test.Text("pvv")).value();
  EXPECT_EQ(VerifyPvv(card, pin, pvv).ok(), test.valid) << test.place();
  EXPECT_EQ(MakePvv(card, pin).value().EqualTo(pvv), test.valid) << test.place();
}

void CheckIbm3624(const TestCase& test) {
  const auto pvk = TdesOf(test.Hex("pvk"));
  const auto table = DecimalisationTable::Parse(test.Text("table")).value();
  const auto data = ValidationData::Parse(test.Text("validation_data")).value();
  const Ibm3624Context card{pvk, table, data};
  const Pin pin = PinOf(test.Text("pin"));
  const PinOffset offset = OffsetOf(test.Text("offset"));
  EXPECT_EQ(VerifyOffset(card, pin, offset).ok(), test.valid) << test.place();
  EXPECT_EQ(MakeOffset(card, pin).value().EqualTo(offset), test.valid) << test.place();
  EXPECT_EQ(PinFromOffset(card, offset).value().EqualTo(pin), test.valid) << test.place();
  if (test.Text("offset") == std::string(pin.size(), '0')) {
    EXPECT_TRUE(NaturalPin(card, pin.size()).value().EqualTo(pin)) << test.place();
  }
}

TEST(PinVerificationVectors, All) {
  const VectorFile file = LoadVectors("pin_verification.json");
  for (const auto* group : file.GroupsOf("pvv")) {
    for (const TestCase& test : group->tests) CheckPvv(test);
  }
  for (const auto* group : file.GroupsOf("ibm3624")) {
    for (const TestCase& test : group->tests) CheckIbm3624(test);
  }
  EXPECT_EQ(file.Problems(), std::vector<std::string>{});
}

TEST(PinVerification, AgreesWithASecondImplementation) {
  TestRandom random;
  SCOPED_TRACE(random.Seed());
  const std::string table_digits = "8351296477461538";
  const auto table = DecimalisationTable::Parse(table_digits).value();
  for (int i = 0; i < 500; ++i) {
    const Bytes key_bytes = random.RandomBytes(8 + 8 * random.UpTo(2));
    const auto pvk = TdesOf(key_bytes);
    const std::string key = UpperHex(key_bytes);
    const std::string pan_digits = random.Digits(12 + random.UpTo(7));
    const Pan pan = PanOf(pan_digits);
    const auto pvki = static_cast<std::uint8_t>(random.UpTo(6));
    const std::string digits = random.Digits(4 + random.UpTo(8));
    const Pin pin = PinOf(digits);
    EXPECT_EQ(TextOf(MakePvv({pvk, pan, pvki}, pin).value()),
              reference::Pvv(key, pan_digits, pvki, digits));

    const std::size_t count = 1 + random.UpTo(10);
    const auto data = ValidationData::FromPan(pan, 1, count, 0xD).value();
    const Ibm3624Context card{pvk, table, data};
    const std::string natural = reference::NaturalPin(
        key, table_digits, (pan_digits.substr(1, count) + std::string(16, 'D')).substr(0, 16));
    EXPECT_EQ(TextOf(NaturalPin(card, digits.size()).value()), natural.substr(0, digits.size()));
    const PinOffset offset = MakeOffset(card, pin).value();
    for (std::size_t j = 0; j < digits.size(); ++j) {
      EXPECT_EQ((natural[j] - '0' + TextOf(offset)[j] - '0') % 10, digits[j] - '0');
    }
    EXPECT_TRUE(PinFromOffset(card, offset).value().EqualTo(pin));
    EXPECT_TRUE(VerifyOffset(card, pin, offset).ok());
  }
}

class PinBlockVerification : public testing::Test {
 protected:
  PinBlockVerification() : batch_(SystemRandom(), buffer_) {}

  Bytes Encrypt(const PinBlockProfile& profile, const char* pin, const Pan& pan) {
    Bytes block(PinBlockSize(profile.format));
    EXPECT_TRUE(EncryptPinBlock(KeyOf(profile), profile, PinOf(pin), pan, batch_, block).ok());
    return block;
  }
  const primitives::KeyedCipher& KeyOf(const PinBlockProfile& profile) const {
    return profile.format == PinBlockFormat::kFormat4 ? aes_ : tdes_;
  }

  primitives::KeyedCipher tdes_ = TdesOf(HexDecode("0123456789ABCDEFFEDCBA9876543210").value());
  primitives::KeyedCipher aes_ = AesOf(Bytes(16, 0x42));
  primitives::KeyedCipher pvk_ = TdesOf(HexDecode("AAAABBBBCCCCDDDDEEEEFFFFAAAABBBB").value());
  Pan pan_ = PanOf("5432101234567890");
  Bytes buffer_ = Bytes(256);
  RandomBatch batch_;
};

TEST_F(PinBlockVerification, Pvv) {
  const PvvContext card{pvk_, pan_, 1};
  const Pvv pvv = Pvv::Parse("5596").value();
  for (int format = 0; format < 5; ++format) {
    const PinBlockProfile profile{static_cast<PinBlockFormat>(format), {}, {}};
    SCOPED_TRACE(format);
    const Bytes right = Encrypt(profile, "1234", pan_);
    const Status status = VerifyPinBlockPvv(card, KeyOf(profile), profile, right, pvv);
    if (format == 1 || format == 2) {
      EXPECT_EQ(status.code(), ErrorCode::kPermissionDenied);
      continue;
    }
    EXPECT_TRUE(status.ok());
    const Status wrong_pin =
        VerifyPinBlockPvv(card, KeyOf(profile), profile, Encrypt(profile, "1235", pan_), pvv);
    Bytes broken = right;
    broken[0] ^= 1;
    const Status wrong_block = VerifyPinBlockPvv(card, KeyOf(profile), profile, broken, pvv);
    const Status cut =
        VerifyPinBlockPvv(card, KeyOf(profile), profile, ByteView(right).first(7), pvv);
    for (const Status& failed : {wrong_pin, wrong_block, cut}) {
      EXPECT_EQ(failed.code(), ErrorCode::kVerificationFailed);
      EXPECT_STREQ(failed.error().message(), wrong_pin.error().message());
    }
  }
}

TEST_F(PinBlockVerification, AWrongBlockFailsEvenWhereItsDigitsWouldMatch) {
  // A wrong block counts as the PIN 0000..., whose PVV an attacker may know.
  const PvvContext card{pvk_, pan_, 1};
  const Pvv of_zeros = MakePvv(card, PinOf("0000")).value();
  const PinBlockProfile profile;
  EXPECT_EQ(VerifyPinBlockPvv(card, tdes_, profile, Bytes(7), of_zeros).code(),
            ErrorCode::kVerificationFailed);
}

TEST_F(PinBlockVerification, Offset) {
  const auto table = DecimalisationTable::Parse("0123456789012345").value();
  const auto data = ValidationData::FromPan(pan_, 0, 16, 0).value();
  const Ibm3624Context card{tdes_, table, data};
  const PinOffset offset = OffsetOf("3207");
  for (const int format : {0, 1, 3, 4}) {
    SCOPED_TRACE(format);
    const PinBlockProfile profile{static_cast<PinBlockFormat>(format), {}, {}};
    const auto verify = [&](const char* pin) {
      return VerifyPinBlockOffset(card, KeyOf(profile), profile, Encrypt(profile, pin, pan_), pan_,
                                  offset);
    };
    EXPECT_TRUE(verify("1234").ok());
    for (const char* wrong : {"1235", "12340", "123400000000", "0234"}) {
      EXPECT_EQ(verify(wrong).code(), ErrorCode::kVerificationFailed) << wrong;
    }
    EXPECT_EQ(VerifyPinBlockOffset(card, KeyOf(profile), profile, Bytes(3), pan_, offset).code(),
              ErrorCode::kVerificationFailed);
  }
  const PinBlockProfile format2{PinBlockFormat::kFormat2, {}, {}};
  EXPECT_EQ(VerifyPinBlockOffset(card, tdes_, format2, Encrypt(format2, "1234", pan_), pan_, offset)
                .code(),
            ErrorCode::kPermissionDenied);
}

TEST_F(PinBlockVerification, PinChangeProvesTheOldPinFirst) {
  const PvvContext card{pvk_, pan_, 1};
  const Pin old_pin = PinOf("1234");
  const Pvv old_pvv = Pvv::Parse("5596").value();
  const Pin new_pin = PinOf("8024");
  const Pvv new_pvv = ChangePinPvv(card, old_pin, old_pvv, new_pin).value();
  EXPECT_TRUE(VerifyPvv(card, new_pin, new_pvv).ok());
  EXPECT_EQ(ChangePinPvv(card, PinOf("1235"), old_pvv, new_pin).code(),
            ErrorCode::kVerificationFailed);
  EXPECT_EQ(ChangePinPvv(card, PinOf("1235"), old_pvv, PinOf("1111")).code(),
            ErrorCode::kVerificationFailed);
  EXPECT_EQ(ChangePinPvv(card, old_pin, old_pvv, PinOf("1111")).code(),
            ErrorCode::kInvalidArgument);
  std::vector<Pin> excluded;
  excluded.push_back(PinOf("8024"));
  EXPECT_EQ(ChangePinPvv(card, old_pin, old_pvv, new_pin, excluded).code(),
            ErrorCode::kInvalidArgument);

  const auto table = DecimalisationTable::Parse("0123456789012345").value();
  const auto data = ValidationData::FromPan(pan_, 0, 16, 0).value();
  const Ibm3624Context ibm{tdes_, table, data};
  const PinOffset offset = ChangePinOffset(ibm, old_pin, OffsetOf("3207"), new_pin).value();
  EXPECT_TRUE(VerifyOffset(ibm, new_pin, offset).ok());
  EXPECT_EQ(ChangePinOffset(ibm, old_pin, OffsetOf("3208"), new_pin).code(),
            ErrorCode::kVerificationFailed);
  EXPECT_EQ(ChangePinOffset(ibm, old_pin, OffsetOf("3207"), PinOf("9876")).code(),
            ErrorCode::kInvalidArgument);
}

TEST_F(PinBlockVerification, RefusesWhatDoesNotFit) {
  const Pin pin = PinOf("1234");
  const Pan none;
  EXPECT_EQ(MakePvv({pvk_, none, 1}, pin).code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(MakePvv({pvk_, pan_, 7}, pin).code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(MakePvv({aes_, pan_, 1}, pin).code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(MakePvv({pvk_, pan_, 1}, Pin()).code(), ErrorCode::kInvalidArgument);
  const auto table = DecimalisationTable::Parse("0123456789012345").value();
  const auto data = ValidationData::FromPan(pan_, 0, 16, 0).value();
  EXPECT_EQ(NaturalPin({tdes_, table, data}, 3).code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(NaturalPin({tdes_, table, data}, 13).code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(NaturalPin({aes_, table, data}, 4).code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(VerifyOffset({tdes_, table, data}, pin, OffsetOf("32070")).code(),
            ErrorCode::kVerificationFailed);
}

TEST(ValidationDataTest, IsStrict) {
  for (const char* text :
       {"", "112233445566778", "11223344556677889", "112233445566778G", "112233445566778f"}) {
    EXPECT_EQ(ValidationData::Parse(text).code(), ErrorCode::kMalformed) << text;
  }
  const Pan pan = PanOf("5432101234567890");
  EXPECT_EQ(ValidationData::FromPan(pan, 0, 0, 0).code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(ValidationData::FromPan(pan, 0, 17, 0).code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(ValidationData::FromPan(pan, 10, 7, 0).code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(ValidationData::FromPan(pan, 17, 1, 0).code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(ValidationData::FromPan(pan, 0, 12, 16).code(), ErrorCode::kInvalidArgument);
}

TEST(DecimalisationTableTest, IsDiverse) {
  EXPECT_EQ(DecimalisationTable::Parse("012345678901234").code(), ErrorCode::kMalformed);
  EXPECT_EQ(DecimalisationTable::Parse("012345678901234F").code(), ErrorCode::kMalformed);
  EXPECT_TRUE(DecimalisationTable::Parse("0123456701234567").ok());
  EXPECT_EQ(DecimalisationTable::Parse("0123456012345601").code(), ErrorCode::kPermissionDenied);
  EXPECT_TRUE(DecimalisationTable::Parse("0000123456712345").ok());
  EXPECT_EQ(DecimalisationTable::Parse("0000012345671234").code(), ErrorCode::kPermissionDenied);
  // The tables of the attack.
  EXPECT_EQ(DecimalisationTable::Parse("0000000000000000").code(), ErrorCode::kPermissionDenied);
  EXPECT_EQ(DecimalisationTable::Parse("1000000000100000").code(), ErrorCode::kPermissionDenied);
  EXPECT_TRUE(DecimalisationTable::Parse("0000000000000000", {1, 16}).ok());
}

TEST(PinOffsetTest, IsReadWithItsFilling) {
  EXPECT_EQ(TextOf(ParsePaddedOffset("3207FFFFFFFF").value()), "3207");
  EXPECT_EQ(TextOf(ParsePaddedOffset("3207").value()), "3207");
  EXPECT_EQ(TextOf(ParsePaddedOffset("320712345678").value()), "320712345678");
  for (const char* text :
       {"", "FFFFFFFFFFFF", "320FFFFFFFFF", "32F7FFFFFFFF", "3207FFFFFFFFF", "3207ffffffff"}) {
    EXPECT_EQ(ParsePaddedOffset(text).code(), ErrorCode::kMalformed) << text;
  }
}

TEST(PinGeneration, KnowsWeakPins) {
  for (const char* weak : {"0000", "1111", "999999999999", "1234", "0123", "7890", "8901", "4321",
                           "3210", "2109", "012345678901"}) {
    EXPECT_EQ(CheckPinStrength(PinOf(weak)).code(), ErrorCode::kInvalidArgument) << weak;
  }
  for (const char* good : {"1112", "1235", "4231", "2468", "1357", "1010"}) {
    EXPECT_TRUE(CheckPinStrength(PinOf(good)).ok()) << good;
  }
  EXPECT_EQ(CheckPinStrength(PinOf("1235"), std::vector<Pin>(kMaxExcludedPins + 1)).code(),
            ErrorCode::kInvalidArgument);
}

TEST(PinGeneration, MakesGoodPinsOfEveryLength) {
  Bytes buffer(128);
  RandomBatch batch(SystemRandom(), buffer);
  std::vector<Pin> excluded;
  for (int first = 0; first < 10; ++first) {
    for (int rest = 0; rest < 100; ++rest) {
      excluded.push_back(PinOf(std::string(1, static_cast<char>('0' + first)) + "2" +
                               std::to_string(100 + rest).substr(1)));
    }
  }
  std::set<char> seen;
  for (std::size_t length = kMinPinDigits; length <= kMaxPinDigits; ++length) {
    for (int i = 0; i < 50; ++i) {
      const Pin pin = GeneratePin(batch, length, excluded).value();
      EXPECT_EQ(pin.size(), length);
      EXPECT_TRUE(CheckPinStrength(pin, excluded).ok());
      for (const char digit : TextOf(pin)) seen.insert(digit);
      if (length == 4) {
        EXPECT_NE(TextOf(pin)[1], '2');
      }
    }
  }
  EXPECT_EQ(seen.size(), 10U);
  EXPECT_EQ(GeneratePin(batch, 3).code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(GeneratePin(batch, 13).code(), ErrorCode::kInvalidArgument);
}

TEST(PinGeneration, GivesUpOnABrokenSource) {
  Bytes buffer(32);
  for (const Bytes& bytes : {Bytes{0}, Bytes{255}, Bytes{}}) {
    FixedRandom source(bytes);
    RandomBatch batch(source, buffer);
    EXPECT_FALSE(GeneratePin(batch, 4).ok());
  }
}

}  // namespace
}  // namespace florin::card
