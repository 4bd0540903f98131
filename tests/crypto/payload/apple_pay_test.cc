// Tokens that open, over every kind of session. The published ones: apple_pay_vectors_test.cc.
#include "florin/payload/apple_pay.h"

#include <gtest/gtest.h>

#include "florin/base/hex.h"
#include "tests/crypto/payload/apple_pay_fixture.h"

namespace florin::payload {
namespace {

class ApplePayOver : public ApplePayFixture, public testing::WithParamInterface<SessionKind> {
 protected:
  void SetUp() override {
    auto session = GetParam().open();
    if (session == nullptr) GTEST_SKIP() << "not on this machine";
    SetUpWith(std::move(session));
  }
};

INSTANTIATE_TEST_SUITE_P(Sessions, ApplePayOver, testing::ValuesIn(SessionKinds()),
                         [](const auto& kind) { return kind.param.name; });

TEST_P(ApplePayOver, OpensForgedTokens) {
  for (int i = 0; i < 20; ++i) {
    auto payment = Open(Good());
    ASSERT_TRUE(payment.ok()) << observer_.last_stage() << " "
                              << observer_.events.back().outcome.message();
    const PaymentCredential& card = payment->credential;
    EXPECT_EQ(card.pan.Read(SecretAccess{}), "4111111111111111");
    EXPECT_EQ(card.pan_kind, PanKind::kDevice);
    EXPECT_EQ(card.expiry.year, 2029);
    EXPECT_EQ(card.expiry.month, 12);
    EXPECT_EQ(card.expiry.day, 31);
    EXPECT_EQ(card.amount->currency_code, "978");
    EXPECT_EQ(card.amount->minor_units, 1234);
    EXPECT_EQ(AsText(card.cardholder_name.Read(SecretAccess{})), "TEST CARD");
    EXPECT_EQ(card.id, HexEncode(payment->transaction_id));
    EXPECT_EQ(card.valid_until.value, kForgeNow.value + 301) << "the last second counts";
    EXPECT_EQ(HexEncode(payment->device_manufacturer_id), "040010030273");
    const auto* secure = std::get_if<ThreeDSecureData>(&card.cryptogram);
    ASSERT_NE(secure, nullptr);
    EXPECT_EQ(HexEncode(secure->cryptogram.Read(SecretAccess{})),
              "000102030405060708090a0b0c0d0e0f10111213");
    EXPECT_EQ(secure->eci, "7");
  }
}

TEST_P(ApplePayOver, CheckKeys) {
  const Status checked = apple_pay_->CheckKeys(*session_);
  EXPECT_TRUE(checked.ok()) << checked.error().message();
  const MerchantKeyPair other = MakeMerchantKey(*session_, "another", NewKey());
  std::vector<ApplePayMerchantKey> keys;
  keys.push_back(
      ApplePayMerchantKey::FromMerchantIdentifier(other.name, kForgeMerchant, point_).value());
  const auto apple_pay = std::move(ApplePay::Create(std::move(keys), Options(*pki_))).value();
  EXPECT_EQ(apple_pay.CheckKeys(*session_).code(), ErrorCode::kVerificationFailed);
}

TEST_P(ApplePayOver, SelectsAmongSeveralKeys) {
  std::vector<primitives::EcPrivateKey> privates;
  std::vector<ApplePayMerchantKey> keys;
  std::vector<Bytes> points;
  for (int i = 0; i < 3; ++i) {
    privates.push_back(NewKey());
    const std::string label = "rotated-" + std::to_string(i);
    MerchantKeyPair pair = MakeMerchantKey(*session_, label.c_str(), privates.back());
    keys.push_back(std::move(ApplePayMerchantKey::FromMerchantIdentifier(pair.name, kForgeMerchant,
                                                                         pair.point))
                       .value());
    points.push_back(pair.point);
  }
  auto apple_pay = ApplePay::Create(std::move(keys), Options(*pki_));
  ASSERT_TRUE(apple_pay.ok());
  for (std::size_t i = 0; i < points.size(); ++i) {
    const std::string json = ToJson(Signed(Encrypt(SamplePlaintext(), points[i])));
    auto payment = apple_pay->Open(*session_, AsBytes(json));
    ASSERT_TRUE(payment.ok());
    EXPECT_EQ(payment->merchant_key_index, i);
  }
}

}  // namespace
}  // namespace florin::payload
