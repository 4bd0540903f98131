// What the simulator of Google makes is opened as it was meant, by one thread and by many.
#include "florin/payload/google_wallet_simulator.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "florin/hsm/key_templates.h"
#include "florin/hsm/soft_session.h"
#include "tests/crypto/payload/google_fixture.h"

namespace florin::payload {
namespace {

GooglePayMessage Message(int seed) {
  GooglePayMessage message;
  message.credential.pan = Pan::Parse("4111111111111111").value();
  message.credential.expiry = {2000 + seed % 100, 1 + seed % 12, 0};
  message.credential.valid_until = UnixSeconds{kGoogleNow.value + 1 + seed};
  if (seed % 3 == 0) message.assurance = GooglePayAssurance{seed % 2 == 0, seed % 5 == 0};
  if (seed % 4 == 0) message.gateway_merchant_id = "shop-" + std::to_string(seed);
  if (seed % 2 == 0) {
    message.auth_method = GooglePayAuthMethod::kCryptogram3ds;
    auto cryptogram = SecretBytes::Create(static_cast<std::size_t>(1 + seed % 40));
    FLORIN_INVARIANT(cryptogram.ok());
    message.credential.cryptogram =
        ThreeDSecureData{std::move(cryptogram).value(), seed % 4 == 0 ? "05" : ""};
  }
  return message;
}

class GoogleWalletSimulatorTest : public testing::Test {
 protected:
  void SetUp() override {
    clock_.now = kGoogleNow;
    session_ = token_.OpenSession().value();
    auto pair = hsm::PaymentProcessingKeyPair("google");
    ASSERT_TRUE(pair.ok());
    ASSERT_TRUE(session_->Import(pair->private_key, shop_.scalar()).ok());
    const ByteView point = shop_.public_key().point();
    point_ = Bytes(point.begin(), point.end());
    GooglePayOptions options;
    options.recipients = {recipient_};
    options.root_keys = roots_.get();
    options.accept_ecv1 = true;
    options.clock = &clock_;
    options.replay_guard = guard_.get();
    options.observer = &observer_;
    google_pay_ = std::make_unique<GooglePay>(
        std::move(GooglePay::Create({GooglePayKey::Create(*pair->private_key.name, point_).value()},
                                    options))
            .value());
  }

  GoogleRecipientId recipient_ = GoogleRecipientId::Parse(kGoogleRecipient).value();
  SettableClock clock_;
  RecordingObserver observer_;
  std::unique_ptr<ReplayGuard> guard_ = MakeMemoryReplayGuard(100000, clock_);
  GoogleWalletSimulator google_ = GoogleWalletSimulator::Create(kGoogleNow).value();
  std::unique_ptr<GoogleRootKeys> roots_ =
      GoogleRootKeys::Pinned(AsBytes(google_.root_keys_json())).value();
  primitives::EcPrivateKey shop_ = NewKey();
  hsm::SoftToken token_ = hsm::SoftToken::Create().value();
  std::unique_ptr<hsm::Session> session_;
  Bytes point_;
  std::unique_ptr<GooglePay> google_pay_;
};

TEST_F(GoogleWalletSimulatorTest, WhatIsMadeIsOpened) {
  for (int seed = 0; seed < 60; ++seed) {
    GooglePayMessage message = Message(seed);
    const bool ecv1 = seed % 7 == 0;
    message.tokenized_card = ecv1 && seed % 2 == 0;
    const auto json = google_.MakeToken(
        message, ecv1 ? GoogleProtocol::kEcV1 : GoogleProtocol::kEcV2, recipient_, point_);
    ASSERT_TRUE(json.ok()) << seed << json.error().message();
    const auto payment = google_pay_->Open(*session_, AsBytes(*json));
    ASSERT_TRUE(payment.ok()) << seed << " " << observer_.last_stage();
    EXPECT_TRUE(payment->credential.pan.EqualTo(message.credential.pan));
    EXPECT_EQ(payment->credential.expiry.year, message.credential.expiry.year);
    EXPECT_EQ(payment->credential.expiry.month, message.credential.expiry.month);
    EXPECT_EQ(payment->credential.valid_until, message.credential.valid_until);
    EXPECT_EQ(payment->credential.cryptogram.index(), message.credential.cryptogram.index());
    EXPECT_EQ(payment->gateway_merchant_id, message.gateway_merchant_id);
    EXPECT_EQ(payment->assurance.has_value(), message.assurance.has_value());
    EXPECT_EQ(payment->tokenized_card, message.tokenized_card);
    EXPECT_EQ(payment->credential.id.size(), 64U) << "drawn";
    if (message.assurance) {
      EXPECT_EQ(payment->assurance->account_verified, message.assurance->account_verified);
    }
  }
}

TEST_F(GoogleWalletSimulatorTest, RefusesWhatNobodyWouldOpen) {
  GooglePayMessage message = Message(1);
  EXPECT_EQ(google_.MakeToken(message, GoogleProtocol::kEcV2SigningOnly, recipient_, point_).code(),
            ErrorCode::kInvalidArgument);
  message.credential.expiry.month = 13;
  EXPECT_EQ(google_.MakeToken(message, GoogleProtocol::kEcV2, recipient_, point_).code(),
            ErrorCode::kInvalidArgument);
  message = Message(2);
  message.auth_method = GooglePayAuthMethod::kPanOnly;
  EXPECT_FALSE(google_.MakeToken(message, GoogleProtocol::kEcV2, recipient_, point_).ok());
  Bytes off_curve = point_;
  off_curve[1] ^= 1U;
  EXPECT_FALSE(google_.MakeToken(Message(1), GoogleProtocol::kEcV2, recipient_, off_curve).ok());
}

// Opened by four threads at once, each with a session of its own, while the root keys are replaced.
TEST_F(GoogleWalletSimulatorTest, ManyThreadsAndNewRootKeys) {
  const std::string& list = google_.root_keys_json();
  auto roots = GoogleRootKeys::Create({AsBytes(list), kGoogleNow, "max-age=60"});
  ASSERT_TRUE(roots.ok());
  GooglePayOptions options;
  options.recipients = {recipient_};
  options.root_keys = roots->get();
  options.clock = &clock_;
  options.replay_guard = guard_.get();
  auto google_pay = GooglePay::Create(
      {GooglePayKey::Create(hsm::KeyRef::Create(hsm::KeyClass::kPrivate, "google").value(), point_)
           .value()},
      options);
  ASSERT_TRUE(google_pay.ok());
  constexpr int kThreads = 4;
  constexpr int kTokens = 12;
  std::vector<std::string> tokens;
  for (int i = 0; i < kTokens; ++i) {
    tokens.push_back(
        google_.MakeToken(Message(100 + i), GoogleProtocol::kEcV2, recipient_, point_).value());
  }
  std::atomic<int> opened{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      auto session = token_.OpenSession().value();
      for (const std::string& json : tokens) {
        if (google_pay->Open(*session, AsBytes(json)).ok()) ++opened;
        if (!(*roots)->Replace({AsBytes(list), kGoogleNow, "max-age=60"}).ok()) opened = 1000;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(opened, kTokens) << "each token once";
}

}  // namespace
}  // namespace florin::payload
