// CVV, dCVV, CVC3 and CSC by published values and against a second implementation.
#include "crypto/card/card_verification.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "crypto/card/amex_csc.h"
#include "crypto/card/decimalise.h"
#include "crypto/primitives/hash.h"
#include "florin/base/bcd.h"
#include "florin/card/emv.h"
#include "tests/crypto/base/test_random.h"
#include "tests/crypto/card/card_test_util.h"
#include "tests/crypto/card/reference.h"

namespace florin::card {
namespace {

using vectors::TestCase;
using vectors::VectorFile;

bool HasFlag(const TestCase& test, const char* flag) {
  return std::find(test.flags.begin(), test.flags.end(), flag) != test.flags.end();
}

EmvMasterKeyOption OptionOf(const TestCase& test) {
  if (test.Text("option") == "A") return EmvMasterKeyOption::kA;
  // jPOS hashes PANs of any length for dCVV and CVC3.
  return HasFlag(test, "always_hashed") ? EmvMasterKeyOption::kBEveryLength
                                        : EmvMasterKeyOption::kB;
}

Bytes CardKeyOf(const TestCase& test) {
  if (test.Has("udk")) return test.Hex("udk");
  const EmvKey issuer = EmvKey::Create(EmvAlgorithm::kTdes, test.Hex("imk")).value();
  const auto psn = static_cast<std::uint8_t>(std::stoi(test.Text("psn")));
  return Clear(DeriveIccMasterKey(issuer, OptionOf(test), PanOf(test.Text("pan")), psn).value());
}

void CheckCvv(const TestCase& test) {
  const auto key = MacKeyOf(test.Hex("cvk"));
  const std::string expected = test.Text("cvv");
  const Pan pan = PanOf(test.Text("pan"));
  const Expiry expiry = ExpiryOf(test.Text("expiry"));
  const ServiceCode code = ServiceCodeOf(test.Text("service_code"));
  const auto value = Cvv(key, pan, expiry, code, expected.size());
  ASSERT_TRUE(value.ok()) << test.place();
  EXPECT_EQ(TextOf(*value) == expected, test.valid) << test.place();
  const auto presented = VerificationValue::Parse(expected).value();
  EXPECT_EQ(VerifyValue(*value, presented).ok(), test.valid) << test.place();
  EXPECT_EQ(HasFlag(test, "more_digits"), expected.size() > kCvvDigits) << test.place();
  const auto three = Cvv(key, pan, expiry, code).value();
  EXPECT_EQ(TextOf(three), TextOf(*value).substr(0, 3)) << test.place();
}

void CheckDcvv(const TestCase& test) {
  const auto key = MacKeyOf(CardKeyOf(test));
  if (test.Has("psn")) (void)test.Text("psn");
  const auto value = Dcvv(key, PanOf(test.Text("pan")), ExpiryOf(test.Text("expiry")),
                          ServiceCodeOf(test.Text("service_code")), CounterOf(test.Hex("atc")));
  EXPECT_EQ(TextOf(value.value()), test.Text("dcvv")) << test.place();
}

void CheckCvc3(const TestCase& test) {
  const auto key = MacKeyOf(CardKeyOf(test));
  std::array<std::uint8_t, 2> iv{};
  if (test.Has("track")) {
    ASSERT_TRUE(Ivcvc3(key, test.Hex("track"), iv).ok()) << test.place();
    if (test.Has("ivcvc3")) {
      EXPECT_EQ(Bytes(iv.begin(), iv.end()), test.Hex("ivcvc3")) << test.place();
    }
  } else {
    const Bytes given = test.Hex("ivcvc3");
    std::copy_n(given.begin(), 2, iv.begin());
  }
  if (!test.Has("cvc3")) return;
  const std::string expected = test.Text("cvc3");
  const Bytes un = test.Hex("un");
  const std::uint16_t atc = CounterOf(test.Hex("atc"));
  for (std::size_t digits = 1; digits <= kMaxCvc3Digits; ++digits) {
    const auto value = Cvc3(key, iv, ByteView(un).first<4>(), atc, digits);
    EXPECT_EQ(TextOf(value.value()), expected.substr(5 - digits)) << test.place();
  }
}

void CheckCsc(const TestCase& test) {
  const auto key = TdesOf(test.Hex("csck"));
  const Pan pan = PanOf(test.Text("pan"));
  const Expiry expiry = ExpiryOf(test.Text("expiry"));
  for (const std::size_t digits : {5U, 4U, 3U}) {
    const std::string name = "csc" + std::to_string(digits);
    if (!test.Has(name)) continue;
    const auto value =
        test.Has("service_code")
            ? AmexCscVersion2(key, pan, expiry, ServiceCodeOf(test.Text("service_code")), digits)
            : AmexCscVersion1(key, pan, expiry, digits);
    EXPECT_EQ(TextOf(value.value()), test.Text(name)) << test.place();
  }
}

TEST(CardVerificationVectors, All) {
  const VectorFile file = LoadVectors("card_verification.json");
  for (const auto& group : file.groups()) {
    for (const TestCase& test : group.tests) {
      if (group.type == "cvv") CheckCvv(test);
      if (group.type == "dcvv") CheckDcvv(test);
      if (group.type == "cvc3") CheckCvc3(test);
      if (group.type == "csc") CheckCsc(test);
      if (group.type == "icc_master_key") {
        Bytes published = test.Hex("mk");
        primitives::SetOddParity(published);
        EXPECT_EQ(CardKeyOf(test), published) << test.place();
      }
    }
  }
  EXPECT_EQ(file.Problems(), std::vector<std::string>{});
}

TEST(CardVerification, AgreesWithASecondImplementation) {
  TestRandom random;
  SCOPED_TRACE(random.Seed());
  for (int i = 0; i < 500; ++i) {
    const Bytes key_bytes = random.RandomBytes(16);
    const std::string key = UpperHex(key_bytes);
    const auto mac_key = MacKeyOf(key_bytes);
    const std::string pan = random.Digits(12 + random.UpTo(7));
    const std::string expiry = random.Digits(4);
    const std::string code = random.Digits(3);
    EXPECT_EQ(TextOf(Cvv(mac_key, PanOf(pan), ExpiryOf(expiry), ServiceCodeOf(code)).value()),
              reference::Cvv(key, pan, expiry, code));
    const std::string counter = random.Digits(4);
    const auto number = static_cast<std::uint16_t>(std::stoi(counter));
    EXPECT_EQ(TextOf(Dcvv(mac_key, PanOf(pan), ExpiryOf(expiry), ServiceCodeOf(code), number,
                          DcvvAtcForm::kDecimal)
                         .value()),
              reference::Cvv(key, counter + pan.substr(4), expiry, code));
    const auto hex_number = static_cast<std::uint16_t>(random.UpTo(0xFFFF));
    const std::array<std::uint8_t, 2> bytes = {static_cast<std::uint8_t>(hex_number >> 8U),
                                               static_cast<std::uint8_t>(hex_number & 0xFFU)};
    EXPECT_EQ(
        TextOf(
            Dcvv(mac_key, PanOf(pan), ExpiryOf(expiry), ServiceCodeOf(code), hex_number).value()),
        reference::Cvv(key, UpperHex(bytes) + pan.substr(4), expiry, code));
  }
}

TEST(CardVerification, CscAgreesWithASecondImplementation) {
  TestRandom random;
  SCOPED_TRACE(random.Seed());
  for (int i = 0; i < 500; ++i) {
    const Bytes key_bytes = random.RandomBytes(16);
    const std::string key = UpperHex(key_bytes);
    const bool is_34 = random.UpTo(1) == 0;
    const std::string pan = (is_34 ? "34" : "37") + random.Digits(13);
    const std::string expiry = random.Digits(4);
    const std::string code = random.Digits(3);
    const std::string middle = pan.substr(2, 12);
    const std::string block = is_34 ? middle + expiry : expiry + middle;
    const std::string first = reference::TdesEncrypt(key, block);
    const std::string second =
        reference::TdesEncrypt(key, reference::Xor(first, code + std::string(13, '0')));
    const std::string v1 = reference::CscDigits(first);
    const std::string v2 = reference::CscDigits(second);
    const auto cipher = TdesOf(key_bytes);
    std::string all1;
    std::string all2;
    for (const std::size_t digits : {5U, 4U, 3U}) {
      all1 += TextOf(AmexCscVersion1(cipher, PanOf(pan), ExpiryOf(expiry), digits).value());
      all2 +=
          TextOf(AmexCscVersion2(cipher, PanOf(pan), ExpiryOf(expiry), ServiceCodeOf(code), digits)
                     .value());
    }
    EXPECT_EQ(all1, v1);
    EXPECT_EQ(all2, v2);
  }
}

TEST(CardVerification, DecimalisesInTwoPasses) {
  // All letters, so that the second pass gives everything; and a mixture.
  for (const char* hex : {"ABCDEFABCDEFABCD", "A1B2C3D4E5F60718", "0123456789012345"}) {
    const Bytes cryptogram = HexDecode(hex).value();
    Bytes digits(16);
    Decimalise(cryptogram, digits);
    EXPECT_EQ(AsText(digits), reference::TwoPassDigits(hex));
  }
}

TEST(CardVerification, RefusesWhatHasNoValue) {
  const auto key = MacKeyOf(Bytes(16, 0x11));
  const Pan pan = PanOf("4123456789012345");
  const Expiry expiry = ExpiryOf("2512");
  EXPECT_EQ(Cvv(key, Pan(), expiry, kCvv2ServiceCode).code(), ErrorCode::kInvalidArgument);
  for (const std::size_t digits : {0U, 2U, 9U}) {
    EXPECT_EQ(Cvv(key, pan, expiry, kCvv2ServiceCode, digits).code(), ErrorCode::kInvalidArgument);
  }
  EXPECT_EQ(Dcvv(key, Pan(), expiry, kIcvvServiceCode, 1).code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(Dcvv(key, pan, expiry, kIcvvServiceCode, 10000, DcvvAtcForm::kDecimal).code(),
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(CvvOfFields(key, std::string(26, '1'), "2512", "101", 3).code(),
            ErrorCode::kInvalidArgument);
  std::array<std::uint8_t, 2> iv{};
  EXPECT_EQ(Ivcvc3(key, {}, iv).code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(Ivcvc3(key, Bytes(kMaxStaticTrackData + 1), iv).code(), ErrorCode::kInvalidArgument);
  const std::array<std::uint8_t, 4> un{};
  EXPECT_EQ(Cvc3(key, iv, un, 0, 0).code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(Cvc3(key, iv, un, 0, 6).code(), ErrorCode::kInvalidArgument);
  const auto csck = TdesOf(Bytes(16, 0x11));
  for (const char* other : {"361234567890123", "3712345678901234", "37123456789012"}) {
    EXPECT_EQ(AmexCscVersion1(csck, PanOf(other), expiry, 4).code(), ErrorCode::kInvalidArgument);
  }
  const Pan amex = PanOf("371234567890123");
  EXPECT_EQ(AmexCscVersion1(csck, Pan(), expiry, 4).code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(AmexCscVersion1(csck, amex, expiry, 2).code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(AmexCscVersion1(AesOf(Bytes(16)), amex, expiry, 4).code(), ErrorCode::kInvalidArgument);
}

TEST(CardVerification, TheLengthIsTheIssuersDecision) {
  const auto expected = VerificationValue::Parse("123").value();
  EXPECT_TRUE(VerifyValue(expected, VerificationValue::Parse("123").value()).ok());
  for (const char* other : {"124", "12", "1", "1230", "12300000"}) {
    EXPECT_EQ(VerifyValue(expected, VerificationValue::Parse(other).value()).code(),
              ErrorCode::kVerificationFailed)
        << other;
  }
}

TEST(CardData, IsStrict) {
  for (const char* text : {"", "251", "25123", "25A2", "25 2", "-512"}) {
    EXPECT_EQ(Expiry::Parse(text).code(), ErrorCode::kMalformed) << text;
  }
  for (const char* text : {"", "10", "1011", "10x"}) {
    EXPECT_EQ(ServiceCode::Parse(text).code(), ErrorCode::kMalformed) << text;
  }
  for (const char* text : {"", "123456789", "12/", "12:", "1\x80"}) {
    EXPECT_EQ(VerificationValue::Parse(text).code(), ErrorCode::kMalformed) << text;
  }
  EXPECT_EQ(kIcvvServiceCode.digits(), "999");
  auto value = VerificationValue::Parse("1234").value();
  const auto copy = value.Clone();
  const auto moved = std::move(value);
  EXPECT_TRUE(moved.EqualTo(copy));
  EXPECT_TRUE(value.empty());  // NOLINT(bugprone-use-after-move): promised
}

}  // namespace
}  // namespace florin::card
