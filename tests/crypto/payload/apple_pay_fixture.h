// What tests of ApplePay share: a merchant key in a session, a PKI, an observer that remembers.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "florin/hsm/key_templates.h"
#include "florin/payload/apple_pay.h"
#include "tests/crypto/payload/forge.h"
#include "tests/crypto/payload/recording_observer.h"
#include "tests/crypto/payload/test_sessions.h"

namespace florin::payload {

class SettableClock final : public Clock {
 public:
  UnixSeconds Now() const override { return now; }
  UnixSeconds now = kForgeNow;
};

// Session keys that open tokens, under a name.
inline hsm::KeyTemplate EcMerchantKey(const std::string& label) {
  auto pair = hsm::PaymentProcessingKeyPair(label);
  FLORIN_INVARIANT(pair.ok());
  pair->private_key.persistent = false;
  return pair->private_key;
}
inline hsm::KeyTemplate RsaMerchantKey(const std::string& label) {
  hsm::KeyTemplate key;
  key.rules.type = mechanisms::KeyType::kRsaPrivate;
  key.rules.length = 256;
  key.rules.verbs = {mechanisms::Verb::kUnwrap};
  key.name = hsm::KeyRef::Create(hsm::KeyClass::kPrivate, label).value();
  return key;
}

// The merchant's key pair inside `session`, under a name.
struct MerchantKeyPair {
  hsm::KeyRef name;
  Bytes point;
};

inline MerchantKeyPair MakeMerchantKey(hsm::Session& session, const char* label,
                                       const primitives::EcPrivateKey& key) {
  const hsm::KeyTemplate merchant = EcMerchantKey(label);
  auto handle = session.Import(merchant, key.scalar());
  FLORIN_INVARIANT(handle.ok());
  const ByteView point = key.public_key().point();
  return {*merchant.name, Bytes(point.begin(), point.end())};
}

inline primitives::EcPrivateKey NewKey() {
  return std::move(primitives::EcPrivateKey::Generate(Curve::kP256, SystemRandom())).value();
}

// One merchant, one PKI, and a token that opens unless a test changes it.
class ApplePayFixture : public testing::Test {
 protected:
  static void SetUpTestSuite() { pki_ = new ForgedPki(MakePki()); }
  static void TearDownTestSuite() {
    delete pki_;
    pki_ = nullptr;
  }

  void SetUpWith(std::unique_ptr<hsm::Session> session) {
    session_ = std::move(session);
    MerchantKeyPair pair = MakeMerchantKey(*session_, "merchant", merchant_key_);
    point_ = pair.point;
    guard_ = MakeMemoryReplayGuard(1000, clock_);
    apple_pay_ = std::make_unique<ApplePay>(MakeApplePay(*pki_));
  }

  ApplePay MakeApplePay(const ForgedPki& pki) {
    std::vector<ApplePayMerchantKey> keys;
    keys.push_back(std::move(ApplePayMerchantKey::FromMerchantIdentifier(
                                 hsm::KeyRef::Create(hsm::KeyClass::kPrivate, "merchant").value(),
                                 kForgeMerchant, point_))
                       .value());
    auto made = ApplePay::Create(std::move(keys), Options(pki));
    FLORIN_INVARIANT(made.ok());
    return std::move(made).value();
  }

  ApplePayOptions Options(const ForgedPki& pki) {
    ApplePayOptions options;
    options.trusted_roots = {DerOf(pki.root.certificate)};
    options.clock = &clock_;
    options.replay_guard = guard_.get();
    options.observer = &observer_;
    return options;
  }

  // A token with everything right.
  ForgedToken Good() { return Signed(Encrypt(SamplePlaintext(), point_)); }

  // Signs what `token` says now, with `change` applied to the message before.
  ForgedToken Signed(ForgedToken token, const std::function<void(ForgedCms&)>& change = {},
                     UnixSeconds time = kForgeNow, const ForgedPki* pki = nullptr) {
    ForgedCms cms = MakeCms(pki == nullptr ? *pki_ : *pki, ContentDigest(token), time);
    if (change) change(cms);
    token.signature = BuildCms(cms);
    return token;
  }

  Result<ApplePayPayment> Open(const std::string& json) {
    return apple_pay_->Open(*session_, AsBytes(json));
  }
  Result<ApplePayPayment> Open(const ForgedToken& token) { return Open(ToJson(token)); }

  // The token is refused with the one error, and the operator hears of `stage`.
  void ExpectRefused(const std::string& json, const char* stage, const std::string& what) {
    const auto refused = Open(json);
    ASSERT_FALSE(refused.ok()) << what;
    EXPECT_EQ(refused.error().code(), ErrorCode::kVerificationFailed) << what;
    EXPECT_STREQ(refused.error().message(),
                 "the payment token was refused; the operator's log says why")
        << what;
    EXPECT_EQ(refused.error().detail(), 0U) << what;
    if (*stage != '\0') {
      EXPECT_EQ(observer_.last_stage(), stage)
          << what << ": " << observer_.events.back().outcome.message();
    }
  }
  void ExpectRefused(const ForgedToken& token, const char* stage, const std::string& what) {
    ExpectRefused(ToJson(token), stage, what);
  }

  static inline ForgedPki* pki_ = nullptr;
  primitives::EcPrivateKey merchant_key_ = NewKey();
  SettableClock clock_;
  RecordingObserver observer_;
  std::unique_ptr<hsm::Session> session_;
  Bytes point_;
  std::unique_ptr<ReplayGuard> guard_;
  std::unique_ptr<ApplePay> apple_pay_;
};

}  // namespace florin::payload
