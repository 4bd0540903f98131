// GooglePay: what opens, for whom, with which key and until when.
#include <gtest/gtest.h>

#include <algorithm>

#include "crypto/payload/google_pay_data.h"
#include "crypto/payload/google_token.h"
#include "florin/hsm/key_templates.h"
#include "tests/crypto/payload/google_fixture.h"

namespace florin::payload {
namespace {

class GooglePayTest : public GooglePayFixture {
 protected:
  void SetUp() override { SetUpWith(OpenSoft()); }

  // A second key of the shop, and a GooglePay with both, this one last.
  GooglePayKey SecondKey() {
    const MerchantKeyPair pair = MakeMerchantKey(*session_, "google-2027", second_key_);
    return GooglePayKey::Create(pair.name, pair.point).value();
  }

  primitives::EcPrivateKey second_key_ = NewKey();
};

constexpr char kCryptogramMessage[] =
    R"({"gatewayMerchantId":"shop-7","messageExpiration":"1700086400001","messageId":"m-1",)"
    R"("paymentMethod":"CARD","paymentMethodDetails":{"expirationYear":2030,"expirationMonth":1,)"
    R"("pan":"4895370012003478","authMethod":"CRYPTOGRAM_3DS",)"
    R"("cryptogram":"AgAAAAAABk4DWZ4C28yUQAAAAAA\u003d","eciIndicator":"07",)"
    R"("assuranceDetails":{"cardHolderAuthenticated":true,"accountVerified":false,"new":1},)"
    R"("aNewMember":[1,2]},"anotherOne":{}})";

TEST_F(GooglePayTest, HandsOverACredential) {
  const auto payment = Open(BuildGoogleToken(Draft(kCryptogramMessage)));
  ASSERT_TRUE(payment.ok()) << observer_.last_stage();
  EXPECT_EQ(payment->credential.pan.Read(SecretAccess{}), "4895370012003478");
  EXPECT_EQ(payment->credential.pan_kind, PanKind::kDevice);
  EXPECT_EQ(payment->credential.expiry.year, 2030);
  EXPECT_EQ(payment->credential.expiry.month, 1);
  EXPECT_EQ(payment->credential.expiry.day, 0);
  const auto& secure = std::get<ThreeDSecureData>(payment->credential.cryptogram);
  EXPECT_EQ(secure.cryptogram.size(), 20U);
  EXPECT_EQ(secure.eci, "07");
  EXPECT_EQ(payment->credential.id, "m-1");
  EXPECT_EQ(payment->credential.valid_until.value, 1700086401) << "rounded up";
  EXPECT_EQ(payment->gateway_merchant_id, "shop-7");
  EXPECT_EQ(payment->auth_method, GooglePayAuthMethod::kCryptogram3ds);
  ASSERT_TRUE(payment->assurance.has_value());
  EXPECT_TRUE(payment->assurance->card_holder_authenticated);
  EXPECT_FALSE(payment->assurance->account_verified);
  EXPECT_EQ(payment->protocol, GoogleProtocol::kEcV2);
  EXPECT_EQ(observer_.last_stage(), "open");
}

TEST_F(GooglePayTest, CardsOnFileHaveNoCryptogram) {
  const auto payment = Open(Good());
  ASSERT_TRUE(payment.ok());
  EXPECT_EQ(payment->credential.pan_kind, PanKind::kFunding);
  EXPECT_EQ(payment->auth_method, GooglePayAuthMethod::kPanOnly);
  EXPECT_TRUE(std::holds_alternative<std::monostate>(payment->credential.cryptogram));
  EXPECT_FALSE(payment->assurance.has_value());
}

TEST_F(GooglePayTest, Ecv1IsLegacy) {
  const std::string token = BuildGoogleToken(Draft(GooglePlaintext("legacy"), true));
  const auto payment = Open(token);
  ASSERT_TRUE(payment.ok()) << observer_.last_stage();
  EXPECT_EQ(payment->protocol, GoogleProtocol::kEcV1);
  UseOptions([](GooglePayOptions& options) { options.accept_ecv1 = false; });
  ExpectRefused(BuildGoogleToken(Draft(GooglePlaintext("legacy-2"), true)), "token.version",
                "nobody asked for ECv1");
  EXPECT_FALSE(GooglePayOptions{}.accept_ecv1);
}

TEST_F(GooglePayTest, EscapedEqualsSignsStayAsTheyWere) {
  ForgedGoogleToken token = Draft();
  ASSERT_NE(token.signed_message.find("\\u003d"), std::string::npos);
  ExpectOpens(BuildGoogleToken(token), "as Google writes it");
  // The same JSON value in other letters: what is signed are the letters.
  token = Draft();
  const std::string plain = BuildGoogleToken(token);
  std::string rewritten = plain;
  for (std::size_t at; (at = rewritten.find("\\\\u003d")) != std::string::npos;) {
    rewritten.replace(at, 7, "=");
  }
  ASSERT_NE(rewritten, plain);
  ExpectRefused(rewritten, "intermediate.signature", "'=' unescaped inside the strings");
  // The outer text may be written anew: what it decodes to is the same.
  std::string outer = plain;
  outer = Replaced(outer, "\"ECv2\"", "\"\\u0045Cv2\"");
  ExpectOpens(outer, "the outer JSON written otherwise");
}

TEST_F(GooglePayTest, KeysAreTriedInTheirOrder) {
  const GooglePayKey second = SecondKey();
  std::vector<GooglePayKey> keys = Keys();
  keys.push_back(second);
  auto both = GooglePay::Create(keys, Options());
  ASSERT_TRUE(both.ok());
  ForgedGoogleToken token = Draft();
  auto payment = both->Open(*session_, AsBytes(BuildGoogleToken(token)));
  ASSERT_TRUE(payment.ok());
  EXPECT_EQ(payment->key_index, 0U);
  token.signed_message = SealedText(GooglePlaintext("second"), second.public_point());
  payment = both->Open(*session_, AsBytes(BuildGoogleToken(token)));
  ASSERT_TRUE(payment.ok());
  EXPECT_EQ(payment->key_index, 1U);
}

TEST_F(GooglePayTest, ReportsForWhomATokenWasSigned) {
  UseOptions([](GooglePayOptions& options) {
    options.recipients.insert(options.recipients.begin(),
                              GoogleRecipientId::Merchant("12345678901234567890").value());
  });
  const auto payment = Open(Good());
  ASSERT_TRUE(payment.ok());
  EXPECT_EQ(payment->recipient_index, 1U);
}

TEST_F(GooglePayTest, GatewaysSayWhoseTokenItIs) {
  UseOptions([](GooglePayOptions& options) {
    options.recipients = {GoogleRecipientId::Gateway("florin").value()};
  });
  const auto token_of = [this](const std::string& id) {
    ForgedGoogleToken token = Draft(Replaced(kCryptogramMessage, "m-1", id));
    token.recipient = "gateway:florin";
    return BuildGoogleToken(token);
  };
  EXPECT_EQ(Open(token_of("g-1")).code(), ErrorCode::kInvalidArgument) << "nobody named";
  ExpectRefused(token_of("g-2"), "gateway_merchant", "another merchant's", "shop-8");
  ExpectRefused(token_of("g-3"), "gateway_merchant", "the start of the name", "shop-");
  EXPECT_TRUE(Open(token_of("g-4"), "shop-7").ok());
  ForgedGoogleToken without = Draft();
  without.recipient = "gateway:florin";
  ExpectRefused(BuildGoogleToken(without), "gateway_merchant", "names no merchant", "shop-7");
  // The refusal above left its id unclaimed.
  EXPECT_TRUE(Open(token_of("g-2"), "shop-7").ok());
}

TEST_F(GooglePayTest, OpensOnce) {
  const std::string json = Good();
  ExpectOpens(json, "first");
  ExpectRefused(json, "replay", "the same token");
  ExpectRefused(BuildGoogleToken(Draft(GooglePlaintext("id-1"))), "replay", "the same messageId");
}

TEST_F(GooglePayTest, ExpirationIsToTheSecond) {
  clock_.now = UnixSeconds{1700086399};
  ExpectOpens(Good(), "the last second");
  clock_.now = UnixSeconds{1700086400};
  ExpectRefused(Good(), "message_expiration", "expiration <= now");
}

// The clock is read again before the id is claimed: a guard may have forgotten it by then.
TEST_F(GooglePayTest, ExpiresWhileTheTokenIsOpened) {
  auto limited = std::make_unique<LimitedSession>(std::move(session_));
  limited->before_decrypt = [this] { clock_.now = UnixSeconds{1700086400}; };
  session_ = std::move(limited);
  ExpectRefused(Good(), "message_expiration", "the session took long");
}

TEST_F(GooglePayTest, IntermediateKeysAreRememberedAndExpire) {
  ExpectOpens(Good(), "first");
  ForgedGoogleToken other = Draft();
  other.first_key_signatures = {Bytes{0x30, 0x00}};
  ExpectOpens(BuildGoogleToken(other), "one of several signatures is right");
  ForgedGoogleToken short_lived = Draft();
  short_lived.signed_key = SignedKeyText(pki_.intermediate.public_key(), "1700000010000");
  ExpectOpens(BuildGoogleToken(short_lived), "not yet");
  clock_.now = UnixSeconds{1700000010};
  short_lived.signed_message = Draft().signed_message;
  ExpectRefused(BuildGoogleToken(short_lived), "intermediate.expiry", "remembered, but expired");
}

TEST_F(GooglePayTest, NewRootKeysForgetWhatOldOnesSigned) {
  ExpectOpens(Good(), "before");
  const primitives::EcPrivateKey next_root = NewKey();
  const std::string next = GoogleKeysJson({{&next_root, "ECv2", "2000000000000"}});
  auto roots = GoogleRootKeys::Create({AsBytes(RootsJson()), kGoogleNow, "max-age=3600"});
  ASSERT_TRUE(roots.ok());
  UseOptions([&](GooglePayOptions& options) { options.root_keys = roots->get(); });
  ExpectOpens(Good(), "under the refreshed list");
  ASSERT_TRUE((*roots)->Replace({AsBytes(next), kGoogleNow, "max-age=3600"}).ok());
  ExpectRefused(Good(), "intermediate.signature", "the root key was withdrawn");
  clock_.now.value += 3600 + 86400;
  ExpectRefused(Good(), "root_keys", "nobody refreshed the list");
}

TEST_F(GooglePayTest, RefusesBadOptions) {
  const auto refuses = [this](const std::function<void(GooglePayOptions&)>& change,
                              const char* what) {
    GooglePayOptions options = Options();
    change(options);
    EXPECT_EQ(GooglePay::Create(Keys(), options).code(), ErrorCode::kInvalidArgument) << what;
  };
  refuses([](auto& options) { options.recipients.clear(); }, "no recipient");
  refuses(
      [](auto& options) { options.recipients.push_back(GoogleRecipientId::Gateway("g").value()); },
      "a merchant and a gateway");
  refuses([](auto& options) { options.recipients.resize(9, options.recipients[0]); }, "nine");
  refuses([](auto& options) { options.root_keys = nullptr; }, "no root keys");
  refuses([](auto& options) { options.replay_guard = nullptr; }, "no guard");
  refuses([](auto& options) { options.clock = nullptr; }, "no clock");
  refuses([](auto& options) { options.observer = nullptr; }, "no observer");
  refuses([](auto& options) { options.max_token_bytes = 65 * 1024; }, "too much");
  EXPECT_EQ(GooglePay::Create({}, Options()).code(), ErrorCode::kInvalidArgument);
  auto twice = Keys();
  twice.push_back(twice[0]);
  EXPECT_EQ(GooglePay::Create(twice, Options()).code(), ErrorCode::kInvalidArgument);
}

TEST_F(GooglePayTest, KeysComeAsTheyAreRegistered) {
  const auto key = GooglePayKey::FromRegisteredKey(shop_->name, Base64Of(shop_->point));
  ASSERT_TRUE(key.ok());
  EXPECT_TRUE(SameBytes(key->public_point(), shop_->point));
  EXPECT_FALSE(GooglePayKey::FromRegisteredKey(shop_->name, "AAAA").ok());
  EXPECT_FALSE(GooglePayKey::FromRegisteredKey(shop_->name, "no base64").ok());
  Bytes off_curve = shop_->point;
  off_curve[64] ^= 1U;
  EXPECT_FALSE(GooglePayKey::Create(shop_->name, off_curve).ok());
  const auto secret = hsm::KeyRef::Create(hsm::KeyClass::kSecret, "x").value();
  EXPECT_EQ(GooglePayKey::Create(secret, shop_->point).code(), ErrorCode::kInvalidArgument);
}

TEST(GoogleRecipientIdTest, HasAPrefixOrIsNone) {
  EXPECT_EQ(GoogleRecipientId::Merchant("BCR2DN4T").value().text(), "merchant:BCR2DN4T");
  EXPECT_EQ(GoogleRecipientId::Gateway("florin").value().text(), "gateway:florin");
  EXPECT_EQ(GoogleRecipientId::Parse("gateway:florin").value().kind(),
            GoogleRecipientId::Kind::kGateway);
  EXPECT_EQ(GoogleRecipientId::Parse("merchant:1").value(),
            GoogleRecipientId::Merchant("1").value());
  for (const char* bad : {"12345678901234567890", "merchant:", "gateway:a b", "Merchant:1", "",
                          "merchant:gateway:x", "merchant:merchant:1"}) {
    EXPECT_EQ(GoogleRecipientId::Parse(bad).code(), ErrorCode::kInvalidArgument) << bad;
  }
  EXPECT_FALSE(GoogleRecipientId::Merchant("merchant:1").ok());
  EXPECT_FALSE(GoogleRecipientId::Merchant(std::string(129, 'a')).ok());
}

}  // namespace
}  // namespace florin::payload
