#include "florin/payload/wallet_simulator.h"

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <thread>

#include "crypto/payload/apple_pay_token.h"
#include "crypto/primitives/cms.h"
#include "florin/base/hex.h"
#include "florin/hsm/soft_session.h"
#include "tests/crypto/payload/apple_pay_fixture.h"

namespace florin::payload {
namespace {

SecretBytes Secret(std::string_view text) {
  return std::move(SecretBytes::CopyOf(AsBytes(text))).value();
}

WalletPayment Payment(bool emv) {
  WalletPayment payment;
  payment.credential.pan = Pan::Parse("4111111111111111").value();
  payment.credential.expiry = {2029, 12, 31};
  payment.credential.amount = Money{"978", 4711};
  payment.device_manufacturer_id = {4, 0, 1, 2, 3, 4};
  if (emv) {
    payment.credential.cryptogram = EmvData{Secret("\x9c\x01"), {}};
  } else {
    payment.credential.cryptogram = ThreeDSecureData{Secret("twenty secret bytes!"), "05"};
  }
  return payment;
}

// A wallet, a merchant with a token of its own, and what opens the wallet's tokens.
class WalletSimulatorTest : public testing::Test {
 protected:
  void SetUp() override {
    session_ = token_.OpenSession().value();
    auto pair = hsm::PaymentProcessingKeyPair("merchant");
    ASSERT_TRUE(pair.ok());
    ASSERT_TRUE(session_->Import(pair->private_key, merchant_.scalar()).ok());
    const ByteView point = merchant_.public_key().point();
    point_ = Bytes(point.begin(), point.end());
    auto certificate = wallet_.IssueMerchantCertificate(kForgeMerchant, point_);
    ASSERT_TRUE(certificate.ok());
    auto key = ApplePayMerchantKey::FromCertificate(*pair->private_key.name, *certificate);
    ASSERT_TRUE(key.ok());
    std::vector<ApplePayMerchantKey> keys;
    keys.push_back(std::move(key).value());
    const ByteView root = wallet_.root_certificate();
    ApplePayOptions options;
    options.trusted_roots = {Bytes(root.begin(), root.end())};
    options.clock = &clock_;
    options.replay_guard = guard_.get();
    options.observer = &observer_;
    apple_pay_ =
        std::make_unique<ApplePay>(std::move(ApplePay::Create(std::move(keys), options)).value());
  }

  Result<ApplePayPayment> RoundTrip(const WalletPayment& payment) {
    FLORIN_TRY(const std::string json,
               wallet_.MakeToken(payment, kForgeMerchant, point_, kForgeNow));
    return apple_pay_->Open(*session_, AsBytes(json));
  }

  SettableClock clock_;
  RecordingObserver observer_;
  std::unique_ptr<ReplayGuard> guard_ = MakeMemoryReplayGuard(100000, clock_);
  WalletSimulator wallet_ = WalletSimulator::Create(kForgeNow).value();
  primitives::EcPrivateKey merchant_ = NewKey();
  hsm::SoftToken token_ = hsm::SoftToken::Create().value();
  std::unique_ptr<hsm::Session> session_;
  Bytes point_;
  std::unique_ptr<ApplePay> apple_pay_;
};

TEST_F(WalletSimulatorTest, ThreeDSecure) {
  auto payment = RoundTrip(Payment(false));
  ASSERT_TRUE(payment.ok()) << observer_.last_stage();
  EXPECT_EQ(payment->credential.amount->minor_units, 4711);
  EXPECT_EQ(payment->credential.pan.Read(SecretAccess{}), "4111111111111111");
  const auto& secure = std::get<ThreeDSecureData>(payment->credential.cryptogram);
  EXPECT_EQ(AsText(secure.cryptogram.Read(SecretAccess{})), "twenty secret bytes!");
  EXPECT_EQ(secure.eci, "05");
  EXPECT_FALSE(payment->application_data_hash.has_value());
  EXPECT_FALSE(payment->merchant_token.has_value());
}

// A card that tells no day is good until the last of the month.
TEST_F(WalletSimulatorTest, ExpiryWithoutADay) {
  WalletPayment made = Payment(false);
  made.credential.expiry = {2028, 2, 0};
  auto payment = RoundTrip(made);
  ASSERT_TRUE(payment.ok()) << observer_.last_stage();
  EXPECT_EQ(payment->credential.expiry.day, 29);
}

TEST_F(WalletSimulatorTest, EmvWithPinAndApplicationData) {
  WalletPayment made = Payment(true);
  std::get<EmvData>(made.credential.cryptogram).encrypted_pin = Secret("\x01\x02");
  made.application_data_hash.emplace();
  made.application_data_hash->fill(9);
  auto payment = RoundTrip(made);
  ASSERT_TRUE(payment.ok()) << observer_.last_stage();
  const auto& emv = std::get<EmvData>(payment->credential.cryptogram);
  EXPECT_EQ(AsText(emv.tlv.Read(SecretAccess{})), "\x9c\x01");
  EXPECT_EQ(HexEncode(emv.encrypted_pin.Read(SecretAccess{})), "0102");
  EXPECT_EQ(payment->application_data_hash, made.application_data_hash);
}

TEST_F(WalletSimulatorTest, MerchantTokensAndSubMerchants) {
  WalletPayment made = Payment(false);
  made.merchant_token = MerchantToken{"DNITHE1234", "2029-12", "1111", {}};
  made.merchant_token->card_art.push_back({"front", "image/png", "https://example.com/a.png"});
  made.sub_merchants.push_back({"merchant.sub", Secret("AAEC"), "100"});
  made.credential.cardholder_name = Secret("J\xc3\xb6rg \"Q\" Test");
  auto payment = RoundTrip(made);
  ASSERT_TRUE(payment.ok()) << observer_.last_stage();
  ASSERT_TRUE(payment->merchant_token.has_value());
  EXPECT_EQ(payment->merchant_token->identifier, "DNITHE1234");
  EXPECT_EQ(payment->merchant_token->expiration_date, "2029-12");
  EXPECT_EQ(payment->merchant_token->fpan_suffix, "1111");
  ASSERT_EQ(payment->merchant_token->card_art.size(), 1U);
  EXPECT_EQ(payment->merchant_token->card_art[0].name, "front");
  EXPECT_EQ(payment->merchant_token->card_art[0].type, "image/png");
  EXPECT_EQ(payment->merchant_token->card_art[0].url, "https://example.com/a.png");
  ASSERT_EQ(payment->sub_merchants.size(), 1U);
  EXPECT_EQ(payment->sub_merchants[0].merchant_identifier, "merchant.sub");
  EXPECT_EQ(payment->sub_merchants[0].amount, "100");
  EXPECT_EQ(AsText(payment->credential.cardholder_name.Read(SecretAccess{})),
            "J\xc3\xb6rg \"Q\" Test");
}

TEST_F(WalletSimulatorTest, RefusesWhatNoPhoneSends) {
  WalletPayment no_pan = Payment(false);
  no_pan.credential.pan = Pan();
  EXPECT_EQ(wallet_.MakeToken(no_pan, kForgeMerchant, point_, kForgeNow).code(),
            ErrorCode::kInvalidArgument);
  WalletPayment no_cryptogram = Payment(false);
  no_cryptogram.credential.cryptogram = ThreeDSecureData{};
  EXPECT_FALSE(wallet_.MakeToken(no_cryptogram, kForgeMerchant, point_, kForgeNow).ok());
  EXPECT_FALSE(wallet_.MakeToken(Payment(false), kForgeMerchant, Bytes(65, 4), kForgeNow).ok());
}

// What would be refused when it is read is not written.
TEST_F(WalletSimulatorTest, WritesNothingThatIsRefused) {
  const auto code = [this](const std::function<void(ApplePayData&)>& change, bool emv = false) {
    WalletPayment payment = Payment(emv);
    change(payment);
    return wallet_.MakeToken(payment, kForgeMerchant, point_, kForgeNow).code();
  };
  EXPECT_EQ(code([](ApplePayData&) {}), ErrorCode::kOk);
  const std::function<void(ApplePayData&)> changes[] = {
      [](ApplePayData& d) { std::get<ThreeDSecureData>(d.credential.cryptogram).eci = "555"; },
      [](ApplePayData& d) { std::get<ThreeDSecureData>(d.credential.cryptogram).eci = "x"; },
      [](ApplePayData& d) { d.credential.cryptogram = std::monostate(); },
      [](ApplePayData& d) { d.credential.amount.reset(); },
      [](ApplePayData& d) {
        d.credential.expiry = {2029, 13, 1};
      },
      [](ApplePayData& d) {
        d.credential.expiry = {2029, 2, 29};
      },
      [](ApplePayData& d) {
        d.credential.expiry = {1999, 12, 31};
      },
      [](ApplePayData& d) { d.credential.amount->currency_code = "EUR"; },
      [](ApplePayData& d) { d.credential.amount->minor_units = -1; },
      [](ApplePayData& d) { d.device_manufacturer_id = Bytes(33); },
      [](ApplePayData& d) {
        d.merchant_token = MerchantToken{std::string(65, 'a'), "", ""};
      },
      [](ApplePayData& d) {
        d.merchant_token = MerchantToken{"a", std::string(65, '1'), ""};
      },
      [](ApplePayData& d) {
        d.merchant_token = MerchantToken{"a", "", "12345"};
      },
      [](ApplePayData& d) {
        d.merchant_token = MerchantToken{"a", "", "", std::vector<CardArt>(17)};
      },
      [](ApplePayData& d) {
        d.merchant_token = MerchantToken{"a", "", "", {{"", "", std::string(2049, 'a')}}};
      },
      [](ApplePayData& d) {
        d.sub_merchants.push_back({"a", Secret("b"), "1.5"});
      },
      [](ApplePayData& d) {
        for (int i = 0; i < 65; ++i) d.sub_merchants.push_back({"a", Secret("b"), "1"});
      },
      [](ApplePayData& d) { d.credential.cardholder_name = Secret("\xff"); },
  };
  int number = 0;
  for (const auto& change : changes) {
    EXPECT_EQ(code(change), ErrorCode::kInvalidArgument) << number++;
  }
  EXPECT_EQ(code(
                [](ApplePayData& d) {
                  std::get<EmvData>(d.credential.cryptogram).encrypted_pin =
                      Secret(std::string(257, 'a'));
                },
                true),
            ErrorCode::kInvalidArgument);
}

// OpenSSL's CMS accepts the signature, over the same root.
TEST_F(WalletSimulatorTest, OpenSslVerifiesItsSignatures) {
  auto root = primitives::Certificate::FromDer(wallet_.root_certificate());
  ASSERT_TRUE(root.ok());
  JsonParser parser = std::move(JsonParser::Create(ApplePayTokenLimits(16384))).value();
  Bytes scratch(16384);
  for (int i = 0; i < 5; ++i) {
    auto json = wallet_.MakeToken(Payment(i % 2 == 0), kForgeMerchant, point_, kForgeNow);
    ASSERT_TRUE(json.ok());
    TokenStage stage;
    auto token = ReadApplePayToken(parser, AsBytes(*json), scratch, stage);
    ASSERT_TRUE(token.ok());
    const Bytes content = Join({token->key, token->data, token->transaction_id});
    auto verified = primitives::VerifyDetachedCms(token->signature, content, *root, kForgeNow);
    ASSERT_TRUE(verified.ok()) << verified.error().message();
    EXPECT_EQ(verified->certificates.size(), 2U);
    EXPECT_EQ(verified->signing_time, kForgeNow);
  }
}

TEST_F(WalletSimulatorTest, MerchantCertificatesCannotSignTokens) {
  auto root = primitives::Certificate::FromDer(wallet_.root_certificate());
  auto der = wallet_.IssueMerchantCertificate(kForgeMerchant, point_);
  ASSERT_TRUE(root.ok() && der.ok());
  auto certificate = primitives::Certificate::FromDer(*der);
  ASSERT_TRUE(certificate.ok());
  EXPECT_FALSE(certificate->HasExtension("1.2.840.113635.100.6.29"));
}

// One ApplePay, one wallet and one guard for all threads; each thread has its own session.
TEST_F(WalletSimulatorTest, ManyThreads) {
  constexpr int kThreads = 4;
  constexpr int kTokens = 40;
  std::atomic<int> opened{0};
  std::vector<std::string> shared;
  for (int i = 0; i < 10; ++i) {
    shared.push_back(wallet_.MakeToken(Payment(false), kForgeMerchant, point_, kForgeNow).value());
  }
  std::atomic<int> shared_opened{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      auto session = token_.OpenSession();
      ASSERT_TRUE(session.ok());
      for (int i = 0; i < kTokens; ++i) {
        auto json = wallet_.MakeToken(Payment((i + t) % 2 == 0), kForgeMerchant, point_, kForgeNow);
        ASSERT_TRUE(json.ok());
        if (apple_pay_->Open(**session, AsBytes(*json)).ok()) ++opened;
      }
      for (const std::string& json : shared) {
        if (apple_pay_->Open(**session, AsBytes(json)).ok()) ++shared_opened;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(opened, kThreads * kTokens);
  EXPECT_EQ(shared_opened, 10) << "each token opens once, whoever comes first";
}

}  // namespace
}  // namespace florin::payload
