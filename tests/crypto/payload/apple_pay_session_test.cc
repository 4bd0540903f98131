// ApplePay and what it stands on: sessions that lack or break something, options, certificates.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "crypto/payload/apple_pay_kdf.h"
#include "florin/hsm/soft_session.h"
#include "florin/payload/wallet_simulator.h"
#include "tests/crypto/payload/apple_pay_fixture.h"

namespace florin::payload {
namespace {

using mechanisms::MechanismType;

class ApplePaySession : public ApplePayFixture {
 protected:
  void SetUp() override {
    auto limited = std::make_unique<LimitedSession>(OpenSoft());
    limited_ = limited.get();
    SetUpWith(std::move(limited));
  }
  LimitedSession* limited_ = nullptr;
};

TEST_F(ApplePaySession, DerivedKeysAreDestroyed) {
  for (const bool in_steps : {false, true}) {
    limited_->without_one_step_kdf = in_steps;
    EXPECT_TRUE(Open(Good()).ok());
    EXPECT_EQ(limited_->live_derived_keys(), 0) << in_steps;
    ForgedToken token = Encrypt(SamplePlaintext(), point_);
    token.data.back() ^= 1U;
    ExpectRefused(Signed(token), "decrypt", "wrong tag");
    EXPECT_EQ(limited_->live_derived_keys(), 0) << in_steps;
  }
  limited_->derive_error = Error(ErrorCode::kDeviceError, "broken");
  for (int step = 0; step < 4; ++step) {
    limited_->derives_before_error = limited_->derives() + step;
    EXPECT_EQ(Open(Good()).code(), ErrorCode::kDeviceError) << step;
    EXPECT_EQ(limited_->live_derived_keys(), 0) << step;
  }
}

// Which way worked is remembered, and found again when the session changes.
TEST_F(ApplePaySession, TriesTheWayThatWorkedFirst) {
  EXPECT_TRUE(Open(Good()).ok());
  EXPECT_EQ(limited_->derives(), 1);
  limited_->without_one_step_kdf = true;
  EXPECT_TRUE(Open(Good()).ok());
  EXPECT_EQ(limited_->derives(), 1 + 5) << "one call in vain, then four steps";
  EXPECT_TRUE(Open(Good()).ok());
  EXPECT_EQ(limited_->derives(), 6 + 4);
  limited_->without_one_step_kdf = false;
  limited_->without = {MechanismType::kConcatenateDataAndBase};
  EXPECT_TRUE(Open(Good()).ok());
  EXPECT_TRUE(Open(Good()).ok());
}

TEST_F(ApplePaySession, NamesTheMechanismThatIsMissing) {
  limited_->without_one_step_kdf = true;
  struct Case {
    MechanismType missing;
    const char* name;
  };
  for (const Case& test :
       {Case{MechanismType::kConcatenateDataAndBase, "CKM_CONCATENATE_DATA_AND_BASE"},
        Case{MechanismType::kConcatenateBaseAndData, "CKM_CONCATENATE_BASE_AND_DATA"},
        Case{MechanismType::kHashDerive, "CKM_SHA256_KEY_DERIVATION"},
        Case{MechanismType::kEcdhDerive, "CKM_ECDH1_DERIVE"}}) {
    limited_->without = {test.missing};
    const auto refused = Open(Good());
    ASSERT_EQ(refused.code(), ErrorCode::kUnsupported) << test.name;
    EXPECT_NE(std::string(refused.error().message()).find(test.name), std::string::npos)
        << refused.error().message();
  }
}

// SoftHSM2 knows CKD_NULL alone, and Debian's has no CONCATENATE.
TEST_F(ApplePaySession, OverSoftHsmItSaysWhatIsMissing) {
  auto soft_hsm = OpenSoftHsm();
  if (soft_hsm == nullptr) GTEST_SKIP() << "not on this machine";
  session_.reset();
  SetUpWith(std::move(soft_hsm));
  const auto refused = Open(Good());
  ASSERT_EQ(refused.code(), ErrorCode::kUnsupported) << refused.error().message();
  EXPECT_NE(std::string(refused.error().message()).find("CKM_CONCATENATE_DATA_AND_BASE"),
            std::string::npos)
      << refused.error().message();
}

TEST_F(ApplePaySession, ErrorsOfTheSessionPassThrough) {
  for (const ErrorCode code :
       {ErrorCode::kSessionLost, ErrorCode::kDeviceError, ErrorCode::kPermissionDenied,
        ErrorCode::kResourceExhausted, ErrorCode::kNotInitialized}) {
    limited_->derive_error = Error(code, "as injected");
    EXPECT_EQ(Open(Good()).code(), code);
    EXPECT_EQ(observer_.last_stage(), "key_agreement");
    limited_->derive_error.reset();
    limited_->decrypt_error = Error(code, "as injected");
    EXPECT_EQ(Open(Good()).code(), code);
    EXPECT_EQ(observer_.last_stage(), "decrypt");
    limited_->decrypt_error.reset();
  }
  const ForgedToken token = Good();
  limited_->decrypt_error = Error(ErrorCode::kSessionLost, "as injected");
  EXPECT_EQ(Open(token).code(), ErrorCode::kSessionLost);
  limited_->decrypt_error.reset();
  EXPECT_TRUE(Open(token).ok()) << "a token whose session was lost may be presented again";
}

TEST_F(ApplePaySession, AMissingKeyIsTheOperatorsFault) {
  std::vector<ApplePayMerchantKey> keys;
  keys.push_back(std::move(ApplePayMerchantKey::FromMerchantIdentifier(
                               hsm::KeyRef::Create(hsm::KeyClass::kPrivate, "nobody").value(),
                               kForgeMerchant, point_))
                     .value());
  auto apple_pay = ApplePay::Create(std::move(keys), Options(*pki_));
  ASSERT_TRUE(apple_pay.ok());
  const std::string json = ToJson(Good());
  EXPECT_EQ(apple_pay->Open(*session_, AsBytes(json)).code(), ErrorCode::kNotFound);
}

TEST_F(ApplePaySession, AFullReplayGuardIsNotTheTokensFault) {
  guard_ = MakeMemoryReplayGuard(1, clock_);
  apple_pay_ = std::make_unique<ApplePay>(MakeApplePay(*pki_));
  EXPECT_TRUE(Open(Good()).ok());
  EXPECT_EQ(Open(Good()).code(), ErrorCode::kResourceExhausted);
  EXPECT_EQ(observer_.last_stage(), "replay");
}

// An observer may do what it likes, also open another token.
TEST_F(ApplePaySession, AnObserverMayOpenAnotherToken) {
  class Nested final : public Observer {
   public:
    void OnEvent(const Event&) override {
      if (std::exchange(inside, true)) return;
      opened = open().ok();
    }
    std::function<Result<ApplePayPayment>()> open;
    bool inside = false;
    bool opened = false;
  };
  Nested nested;
  ApplePayOptions options = Options(*pki_);
  options.observer = &nested;
  std::vector<ApplePayMerchantKey> keys;
  keys.push_back(std::move(ApplePayMerchantKey::FromMerchantIdentifier(
                               hsm::KeyRef::Create(hsm::KeyClass::kPrivate, "merchant").value(),
                               kForgeMerchant, point_))
                     .value());
  auto apple_pay = std::move(ApplePay::Create(std::move(keys), options)).value();
  const std::string inner = ToJson(Good());
  const std::string outer = ToJson(Good());
  nested.open = [&] { return apple_pay.Open(*session_, AsBytes(inner)); };
  EXPECT_TRUE(apple_pay.Open(*session_, AsBytes(outer)).ok());
  EXPECT_TRUE(nested.opened);
}

TEST_F(ApplePaySession, OptionsAreChecked) {
  const auto create = [this](const std::function<void(ApplePayOptions&)>& change, int copies = 1) {
    std::vector<ApplePayMerchantKey> keys;
    for (int i = 0; i < copies; ++i) {
      keys.push_back(std::move(ApplePayMerchantKey::FromMerchantIdentifier(
                                   hsm::KeyRef::Create(hsm::KeyClass::kPrivate, "merchant").value(),
                                   kForgeMerchant, point_))
                         .value());
    }
    ApplePayOptions options = Options(*pki_);
    change(options);
    return ApplePay::Create(std::move(keys), options).code();
  };
  EXPECT_EQ(create([](ApplePayOptions&) {}), ErrorCode::kOk);
  const auto nothing = [](ApplePayOptions&) {};
  EXPECT_EQ(create(nothing, 0), ErrorCode::kInvalidArgument);
  EXPECT_EQ(create(nothing, 2), ErrorCode::kInvalidArgument);
  const std::function<void(ApplePayOptions&)> changes[] = {
      [](ApplePayOptions& o) { o.replay_guard = nullptr; },
      [](ApplePayOptions& o) { o.clock = nullptr; },
      [](ApplePayOptions& o) { o.observer = nullptr; },
      [](ApplePayOptions& o) { o.window_seconds = -1; },
      [](ApplePayOptions& o) { o.window_seconds = INT64_MAX; },
      [](ApplePayOptions& o) { o.max_token_bytes = 10; },
      [](ApplePayOptions& o) { o.max_token_bytes = 1 << 30; },
  };
  for (const auto& change : changes) EXPECT_EQ(create(change), ErrorCode::kInvalidArgument);
  EXPECT_NE(create([](ApplePayOptions& o) { o.trusted_roots = {Bytes{1, 2, 3}}; }), ErrorCode::kOk);
}

TEST_F(ApplePaySession, MerchantCertificates) {
  const auto name = hsm::KeyRef::Create(hsm::KeyClass::kPrivate, "merchant").value();
  auto wallet = std::move(WalletSimulator::Create(kForgeNow)).value();
  auto certificate = wallet.IssueMerchantCertificate(kForgeMerchant, point_);
  ASSERT_TRUE(certificate.ok());
  auto from_certificate = ApplePayMerchantKey::FromCertificate(name, *certificate);
  ASSERT_TRUE(from_certificate.ok()) << from_certificate.error().message();
  auto from_identifier = ApplePayMerchantKey::FromMerchantIdentifier(name, kForgeMerchant, point_);
  ASSERT_TRUE(from_identifier.ok());
  EXPECT_EQ(from_certificate->public_key_hash(), from_identifier->public_key_hash());
  EXPECT_EQ(from_certificate->merchant_id_hash(), from_identifier->merchant_id_hash());

  const auto secret = hsm::KeyRef::Create(hsm::KeyClass::kSecret, "merchant").value();
  EXPECT_EQ(ApplePayMerchantKey::FromCertificate(secret, *certificate).code(),
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(ApplePayMerchantKey::FromCertificate(name, DerOf(pki_->leaf.certificate)).code(),
            ErrorCode::kInvalidArgument)
      << "no payment processing certificate";
  EXPECT_FALSE(ApplePayMerchantKey::FromCertificate(name, {}).ok());
  EXPECT_FALSE(ApplePayMerchantKey::FromMerchantIdentifier(name, "", point_).ok());
  Bytes wrong = point_;
  wrong.back() ^= 1U;
  EXPECT_FALSE(ApplePayMerchantKey::FromMerchantIdentifier(name, kForgeMerchant, wrong).ok());
}

}  // namespace
}  // namespace florin::payload
