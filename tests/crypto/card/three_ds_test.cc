// CAVV, SPA AAV and SPA2 IAV by the values of public implementations.
#include "crypto/card/three_ds.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/crypto/card/card_test_util.h"

namespace florin::card {
namespace {

using vectors::TestCase;
using vectors::VectorFile;

CavvPanForm FormOf(const std::string& text) {
  EXPECT_TRUE(text == "full" || text == "rightmost16");
  return text == "full" ? CavvPanForm::kFullPan : CavvPanForm::kRightmost16;
}

std::uint8_t ByteOf(const Bytes& bytes) {
  EXPECT_EQ(bytes.size(), 1U);
  return bytes.at(0);
}

std::uint8_t NumberOf(const std::string& text) {
  return static_cast<std::uint8_t>(std::stoi(text));
}

void CheckCavvOutput(const TestCase& test) {
  const auto output =
      CavvOutput(MacKeyOf(test.Hex("cvk")), PanOf(test.Text("pan")), FormOf(test.Text("pan_form")),
                 CavvTracking::Parse(test.Text("tracking")).value(),
                 NumberOf(test.Text("result_code")), NumberOf(test.Text("second_factor")));
  EXPECT_EQ(TextOf(output.value()), test.Text("output")) << test.place();
}

// The CVC2 inside an AAV: result code 1 and second factor 40 are its service code 140.
void CheckAavCvc2Digits(const TestCase& test) {
  const auto output =
      CavvOutput(MacKeyOf(test.Hex("cvk")), PanOf(test.Text("pan")), CavvPanForm::kRightmost16,
                 CavvTracking::Parse(test.Text("tracking")).value(), 1, 40);
  EXPECT_EQ(TextOf(output.value()), test.Text("output")) << test.place();
}

void CheckCavv(const TestCase& test) {
  const auto key = MacKeyOf(test.Hex("cvk"));
  const Pan pan = PanOf(test.Text("pan"));
  const CavvPanForm form = FormOf(test.Text("pan_form"));
  const Bytes field = test.Hex("cavv");
  const auto parsed = VisaCavv::Parse(field);
  ASSERT_TRUE(parsed.ok()) << test.place();
  EXPECT_EQ(VerifyVisaCavv(key, pan, form, *parsed).ok(), test.valid) << test.place();
  std::array<std::uint8_t, kVisaCavvSize> written;
  ASSERT_TRUE(parsed->Write(written).ok());
  EXPECT_EQ(UpperHex(written), UpperHex(field)) << test.place();
  if (!test.valid) return;
  VisaCavv made;
  made.result_code = NumberOf(test.Text("result_code"));
  made.second_factor = NumberOf(test.Text("second_factor"));
  made.key_indicator = ByteOf(test.Hex("key_indicator"));
  made.atn = Atn::Parse(test.Text("atn")).value();
  made.output =
      CavvOutput(key, pan, form, made.tracking(), made.result_code, made.second_factor).value();
  EXPECT_EQ(TextOf(made.output), test.Text("output")) << test.place();
  ASSERT_TRUE(made.Write(written).ok());
  EXPECT_EQ(UpperHex(written), UpperHex(field)) << test.place();
}

void CheckSpaAav(const TestCase& test) {
  const Pan pan = PanOf(test.Text("pan"));
  const bool hmac = test.Text("mac") == "hmac-sha1";
  const Bytes field = test.Hex("aav");
  const Bytes key = test.Hex("key");
  SpaAav aav;
  aav.control = ByteOf(test.Hex("control"));
  ASSERT_TRUE(SpaMerchantHash(test.Text("merchant"), aav.merchant_hash).ok());
  EXPECT_EQ(UpperHex(aav.merchant_hash), test.Text("merchant_hash")) << test.place();
  aav.acs_id = ByteOf(test.Hex("acs_id"));
  aav.authentication_method = NumberOf(test.Text("auth_method"));
  aav.bin_key_id = NumberOf(test.Text("bin_key_id"));
  aav.transaction_sequence_number =
      static_cast<std::uint32_t>(std::stoul(test.Text("tsn"), nullptr, 16));
  const Status sealed = hmac
                            ? SealSpaAavHmac(primitives::HmacKey::CreateSha1(key).value(), pan, aav)
                            : SealSpaAavCvc2(MacKeyOf(key), pan, aav);
  ASSERT_TRUE(sealed.ok()) << test.place();
  std::array<std::uint8_t, kSpaAavSize> written;
  ASSERT_TRUE(aav.Write(written).ok());
  EXPECT_EQ(UpperHex(written) == UpperHex(field), test.valid) << test.place();
  const SpaAav parsed = SpaAav::Parse(field).value();
  const Status verified =
      hmac ? VerifySpaAavHmac(primitives::HmacKey::CreateSha1(key).value(), pan, parsed)
           : VerifySpaAavCvc2(MacKeyOf(key), pan, parsed);
  EXPECT_EQ(verified.ok(), test.valid) << test.place();
}

void CheckSpa2Iav(const TestCase& test) {
  const auto key = primitives::HmacKey::Create(Hash::kSha256, test.Hex("key")).value();
  const Pan pan = PanOf(test.Text("pan"));
  const std::string merchant = test.Text("merchant");
  Spa2Transaction transaction{merchant,
                              static_cast<std::uint64_t>(test.Number("amount")),
                              static_cast<std::uint16_t>(test.Number("currency")),
                              {}};
  const Bytes id = test.Hex("ds_transaction_id");
  ASSERT_EQ(id.size(), transaction.ds_transaction_id.size()) << test.place();
  std::copy(id.begin(), id.end(), transaction.ds_transaction_id.begin());
  EXPECT_EQ(Spa2AmountCode(transaction.amount).value(), CounterOf(test.Hex("amount_code")));
  std::array<std::uint8_t, kSpa2IavSize> iav;
  ASSERT_TRUE(Spa2Iav(key, pan, transaction, iav).ok()) << test.place();
  Bytes published = test.Hex("iav");
  EXPECT_EQ(UpperHex(ByteView(published).first(kSpa2IavSize)), UpperHex(iav)) << test.place();
  for (const std::uint8_t rest : ByteView(published).subspan(kSpa2IavSize)) EXPECT_EQ(rest, 0);
  EXPECT_TRUE(VerifySpa2Iav(key, pan, transaction, iav).ok());
  iav[5] ^= 1;
  EXPECT_EQ(VerifySpa2Iav(key, pan, transaction, iav).code(), ErrorCode::kVerificationFailed);
}

TEST(ThreeDsVectors, All) {
  const VectorFile file = LoadVectors("three_ds.json");
  for (const auto& group : file.groups()) {
    for (const TestCase& test : group.tests) {
      if (group.type == "cavv_output") CheckCavvOutput(test);
      if (group.type == "aav_cvc2_digits") CheckAavCvc2Digits(test);
      if (group.type == "cavv") CheckCavv(test);
      if (group.type == "spa_aav") CheckSpaAav(test);
      if (group.type == "spa2_iav") CheckSpa2Iav(test);
      if (group.type == "spa2_amount_code") {
        EXPECT_EQ(Spa2AmountCode(static_cast<std::uint64_t>(test.Number("amount"))).value(),
                  CounterOf(test.Hex("code")))
            << test.place();
      }
    }
  }
  EXPECT_EQ(file.Problems(), std::vector<std::string>{});
}

TEST(ThreeDs, CavvFieldIsStrict) {
  const Bytes good = HexDecode("0700010972799396022310347279930000000000").value();
  ASSERT_TRUE(VisaCavv::Parse(good).ok());
  EXPECT_EQ(VisaCavv::Parse(ByteView(good).first(19)).code(), ErrorCode::kMalformed);
  // Result code, second factor, output, the copy of the ATN's last digits, the ATN.
  for (const std::size_t at : {0U, 1U, 3U, 5U, 6U, 9U}) {
    Bytes wrong = good;
    wrong[at] = 0xAA;
    EXPECT_EQ(VisaCavv::Parse(wrong).code(), ErrorCode::kMalformed) << at;
  }
  Bytes other_tracking = good;
  other_tracking[6] = 0x92;
  EXPECT_EQ(VisaCavv::Parse(other_tracking).code(), ErrorCode::kMalformed);
}

TEST(ThreeDs, RefusesWhatDoesNotFit) {
  const auto key = MacKeyOf(Bytes(16, 0x11));
  const Pan pan = PanOf("4123456789012345");
  const CavvTracking tracking = CavvTracking::Of("1234");
  EXPECT_EQ(CavvOutput(key, Pan(), CavvPanForm::kFullPan, tracking, 0, 0).code(),
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(CavvOutput(key, pan, CavvPanForm::kFullPan, tracking, 10, 0).code(),
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(CavvOutput(key, pan, CavvPanForm::kFullPan, tracking, 0, 100).code(),
            ErrorCode::kInvalidArgument);
  std::array<std::uint8_t, kVisaCavvSize> field;
  EXPECT_EQ(VisaCavv().Write(field).code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(CavvResultCode('Y').value(), 0);
  EXPECT_EQ(CavvResultCode('A').value(), 7);
  EXPECT_EQ(CavvResultCode('X').code(), ErrorCode::kInvalidArgument);
  SpaAav aav;
  aav.bin_key_id = 16;
  EXPECT_EQ(SealSpaAavHmac(primitives::HmacKey::CreateSha1(Bytes(16)).value(), pan, aav).code(),
            ErrorCode::kInvalidArgument);
  aav.bin_key_id = 0;
  EXPECT_EQ(SealSpaAavHmac(primitives::HmacKey::Create(Hash::kSha256, Bytes(16)).value(), pan, aav)
                .code(),
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(SealSpaAavCvc2(key, Pan(), aav).code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(SpaAav::Parse(Bytes(21)).code(), ErrorCode::kMalformed);
  EXPECT_EQ(SpaMerchantHash("", aav.merchant_hash).code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(Spa2AmountCode(kMaxSpa2Amount + 1).code(), ErrorCode::kInvalidArgument);
}

// Both forms of the PAN are one up to sixteen digits only for those of sixteen.
TEST(ThreeDs, PanFormsDifferUnlessThePanHasSixteenDigits) {
  const auto key = MacKeyOf(HexDecode("0123456789ABCDEFFEDCBA9876543210").value());
  const CavvTracking tracking = CavvTracking::Of("1234");
  const auto output = [&](const char* pan, CavvPanForm form) {
    return TextOf(CavvOutput(key, PanOf(pan), form, tracking, 0, 1).value());
  };
  EXPECT_EQ(output("4123456789012345", CavvPanForm::kFullPan),
            output("4123456789012345", CavvPanForm::kRightmost16));
  EXPECT_EQ(output("9994123456789012345", CavvPanForm::kRightmost16),
            output("4123456789012345", CavvPanForm::kRightmost16));
  EXPECT_NE(output("9994123456789012345", CavvPanForm::kFullPan),
            output("9994123456789012345", CavvPanForm::kRightmost16));
}

}  // namespace
}  // namespace florin::card
