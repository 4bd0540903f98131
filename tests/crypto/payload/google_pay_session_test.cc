// GooglePay and the sessions it stands on: what they lack, break and keep.
#include <gtest/gtest.h>

#include "tests/crypto/payload/google_fixture.h"

namespace florin::payload {
namespace {

using mechanisms::MechanismType;

class GooglePaySession : public GooglePayFixture {
 protected:
  void SetUp() override {
    auto limited = std::make_unique<LimitedSession>(OpenSoft());
    limited_ = limited.get();
    SetUpWith(std::move(limited));
  }
  LimitedSession* limited_ = nullptr;
};

TEST_F(GooglePaySession, DerivedKeysAreDestroyed) {
  ExpectOpens(Good(), "good");
  EXPECT_EQ(limited_->live_derived_keys(), 0);
  EXPECT_EQ(limited_->derives(), 5) << "Z, e || Z, both keys, and each of them";
  ForgedGoogleToken token = Draft();
  token.signed_message = SealedText("x", NewKey().public_key().point());
  ExpectRefused(BuildGoogleToken(token), "tag", "another key");
  EXPECT_EQ(limited_->live_derived_keys(), 0);
  EXPECT_EQ(limited_->derives(), 9) << "no key that decrypts before the tag is right";
  limited_->derive_error = Error(ErrorCode::kDeviceError, "broken");
  for (int step = 0; step < 5; ++step) {
    limited_->derives_before_error = limited_->derives() + step;
    EXPECT_EQ(Open(Good()).code(), ErrorCode::kDeviceError) << step;
    EXPECT_EQ(limited_->live_derived_keys(), 0) << step;
  }
}

TEST_F(GooglePaySession, NamesTheMechanismThatIsMissing) {
  struct Case {
    MechanismType missing;
    const char* name;
  };
  for (const Case& test :
       {Case{MechanismType::kEcdhDerive, "CKM_ECDH1_DERIVE"},
        Case{MechanismType::kConcatenateDataAndBase, "CKM_CONCATENATE_DATA_AND_BASE"},
        Case{MechanismType::kHkdfDerive, "CKM_HKDF_DERIVE"},
        Case{MechanismType::kExtractKeyFromKey, "CKM_EXTRACT_KEY_FROM_KEY"}}) {
    limited_->without = {test.missing};
    const auto payment = Open(Good());
    EXPECT_EQ(payment.code(), ErrorCode::kUnsupported) << test.name;
    EXPECT_NE(std::string(payment.error().message()).find(test.name), std::string::npos)
        << payment.error().message();
    EXPECT_EQ(google_pay_->CheckKeys(*session_).code(), ErrorCode::kUnsupported) << test.name;
  }
  limited_->without.clear();
  ExpectOpens(Good(), "with all of them");
}

// SoftHSM2 has ECDH, and neither HKDF nor ExtractKeyFromKey.
TEST_F(GooglePaySession, SoftHsmIsToldWhatItLacks) {
  auto soft_hsm = OpenSoftHsm();
  if (soft_hsm == nullptr) GTEST_SKIP() << "not on this machine";
  MakeMerchantKey(*soft_hsm, "google-2026", shop_key_);
  const auto payment = google_pay_->Open(*soft_hsm, AsBytes(Good()));
  EXPECT_EQ(payment.code(), ErrorCode::kUnsupported);
  EXPECT_NE(std::string(payment.error().message()).find("CKM_"), std::string::npos)
      << payment.error().message();
}

TEST_F(GooglePaySession, ErrorsOfTheSessionPassThrough) {
  for (const ErrorCode code : {ErrorCode::kSessionLost, ErrorCode::kDeviceError,
                               ErrorCode::kPermissionDenied, ErrorCode::kResourceExhausted}) {
    limited_->derive_error = Error(code, "as injected");
    EXPECT_EQ(Open(Good()).code(), code) << ErrorCodeName(code);
    EXPECT_EQ(google_pay_->CheckKeys(*session_).code(), code);
    limited_->derive_error.reset();
    limited_->decrypt_error = Error(code, "as injected");
    EXPECT_EQ(Open(Good()).code(), code) << "the tag was right: it is no verdict on the token";
    limited_->decrypt_error.reset();
  }
}

// A key that is missing is told of, and keeps no other from opening the token.
TEST_F(GooglePaySession, AMissingKeyIsNoDenialOfService) {
  const auto nobody = hsm::KeyRef::Create(hsm::KeyClass::kPrivate, "nobody").value();
  const primitives::EcPrivateKey third = NewKey();
  std::vector<GooglePayKey> keys = {
      GooglePayKey::Create(nobody, third.public_key().point()).value()};
  keys.push_back(Keys()[0]);
  auto google_pay = GooglePay::Create(keys, Options());
  ASSERT_TRUE(google_pay.ok());
  const auto payment = google_pay->Open(*session_, AsBytes(Good()));
  ASSERT_TRUE(payment.ok());
  EXPECT_EQ(payment->key_index, 1U);
  ASSERT_EQ(observer_.events.size(), 2U);
  EXPECT_STREQ(observer_.events[0].stage, "private_key");
  EXPECT_EQ(observer_.events[0].outcome.code(), ErrorCode::kNotFound);
  ForgedGoogleToken token = Draft();
  token.signed_message = SealedText("x", third.public_key().point());
  EXPECT_EQ(google_pay->Open(*session_, AsBytes(BuildGoogleToken(token))).code(),
            ErrorCode::kNotFound)
      << "it may have been meant for the key that is missing";
}

TEST_F(GooglePaySession, CheckKeysFindsTheWrongOne) {
  EXPECT_TRUE(google_pay_->CheckKeys(*session_).ok());
  const primitives::EcPrivateKey other = NewKey();
  const MerchantKeyPair misplaced = MakeMerchantKey(*session_, "misplaced", other);
  const auto nobody = hsm::KeyRef::Create(hsm::KeyClass::kPrivate, "nobody").value();
  const std::vector<GooglePayKey> keys = {
      GooglePayKey::Create(misplaced.name, shop_->point).value(),
      GooglePayKey::Create(nobody, NewKey().public_key().point()).value()};
  auto google_pay = GooglePay::Create(keys, Options());
  ASSERT_TRUE(google_pay.ok());
  observer_.events.clear();
  EXPECT_EQ(google_pay->CheckKeys(*session_).code(), ErrorCode::kVerificationFailed);
  ASSERT_EQ(observer_.events.size(), 2U) << "each key is told";
  EXPECT_EQ(observer_.events[1].outcome.code(), ErrorCode::kNotFound);
  EXPECT_NE(observer_.events[0].subject, observer_.events[1].subject);
}

// An observer may open a token from inside a call: it gets a workspace of its own.
TEST_F(GooglePaySession, ObserversMayOpenTokens) {
  class Nested final : public Observer {
   public:
    void OnEvent(const Event&) override {
      if (++depth == 1) ok = open().ok();
      --depth;
    }
    std::function<Result<GooglePayPayment>()> open;
    int depth = 0;
    bool ok = false;
  } nested;
  const std::string inner = Good();
  nested.open = [&] { return Open(inner); };
  UseOptions([&](GooglePayOptions& options) { options.observer = &nested; });
  EXPECT_TRUE(Open(Good()).ok());
  EXPECT_TRUE(nested.ok);
}

}  // namespace
}  // namespace florin::payload
