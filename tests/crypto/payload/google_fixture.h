// What tests of GooglePay share: a shop with a private key in a session, and a Google of its own.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "florin/payload/google_pay.h"
#include "tests/crypto/payload/apple_pay_fixture.h"
#include "tests/crypto/payload/google_forge.h"

namespace florin::payload {

class GooglePayFixture : public testing::Test {
 protected:
  void SetUpWith(std::unique_ptr<hsm::Session> session) {
    clock_.now = kGoogleNow;
    session_ = std::move(session);
    shop_ = std::make_unique<MerchantKeyPair>(MakeMerchantKey(*session_, "google-2026", shop_key_));
    guard_ = MakeMemoryReplayGuard(1000, clock_);
    UseRoots(RootsJson());
  }

  std::string RootsJson() const {
    return GoogleKeysJson({{&pki_.ecv1_root, "ECv1", ""},
                           {&pki_.root, "ECv2", "2000000000000"},
                           {&pki_.root, "ECv2SigningOnly", "2000000000000"}});
  }

  // Root keys and a GooglePay that trusts them.
  void UseRoots(const std::string& keys_json) {
    google_pay_.reset();
    auto roots = GoogleRootKeys::Pinned(AsBytes(keys_json));
    ASSERT_TRUE(roots.ok()) << roots.error().message();
    roots_ = std::move(roots).value();
    UseOptions([](GooglePayOptions&) {});
  }

  void UseOptions(const std::function<void(GooglePayOptions&)>& change) {
    GooglePayOptions options = Options();
    change(options);
    auto made = GooglePay::Create(Keys(), std::move(options));
    ASSERT_TRUE(made.ok()) << made.error().message();
    google_pay_ = std::make_unique<GooglePay>(std::move(made).value());
  }

  GooglePayOptions Options() {
    GooglePayOptions options;
    options.recipients = {GoogleRecipientId::Parse(kGoogleRecipient).value()};
    options.root_keys = roots_.get();
    options.accept_ecv1 = true;
    options.clock = &clock_;
    options.replay_guard = guard_.get();
    options.observer = &observer_;
    return options;
  }

  std::vector<GooglePayKey> Keys() {
    return {GooglePayKey::Create(shop_->name, shop_->point).value()};
  }

  // A token with everything right but for its signature, which Built makes.
  ForgedGoogleToken Draft(const std::string& plaintext, bool ecv1 = false) {
    ForgedGoogleToken token;
    token.protocol = ecv1 ? "ECv1" : "ECv2";
    token.signed_key = SignedKeyText(pki_.intermediate.public_key(), "1800000000000");
    token.signed_message = SealedText(plaintext, shop_->point, ecv1);
    token.root = &pki_.root;
    token.signer = ecv1 ? &pki_.ecv1_root : &pki_.intermediate;
    return token;
  }
  ForgedGoogleToken Draft() { return Draft(GooglePlaintext(NewId())); }
  std::string Good() { return BuildGoogleToken(Draft()); }
  std::string NewId() { return "id-" + std::to_string(++ids_); }

  Result<GooglePayPayment> Open(const std::string& json, std::string_view merchant = {}) {
    return google_pay_->Open(*session_, AsBytes(json), merchant);
  }

  void ExpectOpens(const std::string& json, const std::string& what) {
    const auto payment = Open(json);
    EXPECT_TRUE(payment.ok()) << what << ": " << observer_.last_stage() << " "
                              << (observer_.events.empty()
                                      ? ""
                                      : observer_.events.back().outcome.message());
  }

  // The token is refused with the one error, and the operator hears of `stage`.
  void ExpectRefused(const std::string& json, const char* stage, const std::string& what,
                     std::string_view merchant = {}) {
    const auto refused = Open(json, merchant);
    ASSERT_FALSE(refused.ok()) << what;
    EXPECT_EQ(refused.error().code(), ErrorCode::kVerificationFailed) << what;
    EXPECT_STREQ(refused.error().message(),
                 "the payment token was refused; the operator's log says why")
        << what;
    EXPECT_EQ(refused.error().detail(), 0U) << what;
    EXPECT_EQ(observer_.last_stage(), stage)
        << what << ": " << observer_.events.back().outcome.message();
  }

  GooglePki pki_ = MakeGooglePki();
  primitives::EcPrivateKey shop_key_ = NewKey();
  SettableClock clock_;
  RecordingObserver observer_;
  std::unique_ptr<hsm::Session> session_;
  std::unique_ptr<MerchantKeyPair> shop_;
  std::unique_ptr<ReplayGuard> guard_;
  std::unique_ptr<GoogleRootKeys> roots_;
  std::unique_ptr<GooglePay> google_pay_;
  int ids_ = 0;
};

}  // namespace florin::payload
