// GoogleWalletCallbacks: what is taken for a callback of Google's.
#include "florin/payload/google_wallet_callbacks.h"

#include <gtest/gtest.h>

#include "florin/payload/google_wallet_simulator.h"
#include "tests/crypto/payload/google_fixture.h"

namespace florin::payload {
namespace {

constexpr char kIssuer[] = "3388000000022335801";
constexpr char kMessage[] =
    R"({"classId":"3388000000022335801.c","objectIds":["3388000000022335801.o"],)"
    R"("eventType":"save","expTimeMillis":1700086400000,"count":1,"nonce":"n-1","new":{}})";

class GoogleWalletCallbacksTest : public testing::Test {
 protected:
  void SetUp() override {
    clock_.now = kGoogleNow;
    Use(GoogleKeysJson(
        {{&pki_.root, "ECv2SigningOnly", "2000000000000"}, {&pki_.root, "ECv2", "2000000000000"}}));
  }

  void Use(const std::string& keys_json) {
    callbacks_.reset();
    roots_ = std::move(GoogleRootKeys::Pinned(AsBytes(keys_json))).value();
    callbacks_ = std::make_unique<GoogleWalletCallbacks>(
        std::move(GoogleWalletCallbacks::Create(Options())).value());
  }

  GoogleWalletCallbacksOptions Options() {
    GoogleWalletCallbacksOptions options;
    options.issuer_id = kIssuer;
    options.root_keys = roots_.get();
    options.clock = &clock_;
    options.observer = &observer_;
    return options;
  }

  ForgedGoogleToken Draft(const std::string& message = kMessage) {
    ForgedGoogleToken token;
    token.protocol = "ECv2SigningOnly";
    token.sender = "GooglePayPasses";
    token.recipient = kIssuer;
    token.signed_key = SignedKeyText(pki_.intermediate.public_key(), "1800000000000");
    token.signed_message = message;
    token.root = &pki_.root;
    token.signer = &pki_.intermediate;
    return token;
  }

  Result<GoogleWalletCallback> Verify(const ForgedGoogleToken& token) {
    return callbacks_->Verify(AsBytes(BuildGoogleToken(token)));
  }

  void ExpectRefused(const std::string& json, const char* stage, const std::string& what) {
    const auto refused = callbacks_->Verify(AsBytes(json));
    ASSERT_FALSE(refused.ok()) << what;
    EXPECT_EQ(refused.error().code(), ErrorCode::kVerificationFailed) << what;
    EXPECT_STREQ(refused.error().message(),
                 "the callback was refused; the operator's log says why");
    EXPECT_EQ(observer_.last_stage(), stage)
        << what << ": " << observer_.events.back().outcome.message();
  }
  void ExpectRefused(const ForgedGoogleToken& token, const char* stage, const std::string& what) {
    ExpectRefused(BuildGoogleToken(token), stage, what);
  }

  GooglePki pki_ = MakeGooglePki();
  SettableClock clock_;
  RecordingObserver observer_;
  std::unique_ptr<GoogleRootKeys> roots_;
  std::unique_ptr<GoogleWalletCallbacks> callbacks_;
};

TEST_F(GoogleWalletCallbacksTest, HandsOverWhatWasSigned) {
  const auto callback = Verify(Draft());
  ASSERT_TRUE(callback.ok()) << observer_.last_stage();
  EXPECT_EQ(callback->class_id, "3388000000022335801.c");
  EXPECT_EQ(callback->object_ids, std::vector<std::string>{"3388000000022335801.o"});
  EXPECT_EQ(callback->event_type, "save");
  EXPECT_EQ(callback->count, 1);
  EXPECT_EQ(callback->nonce, "n-1");
  EXPECT_EQ(callback->valid_until.value, 1700086400);
  EXPECT_EQ(observer_.last_stage(), "verify");
  const auto one = Verify(
      Draft(Replaced(kMessage, "\"objectIds\":[\"3388000000022335801.o\"]", "\"objectId\":\"o\"")));
  ASSERT_TRUE(one.ok());
  EXPECT_EQ(one->object_ids, std::vector<std::string>{"o"});
}

TEST_F(GoogleWalletCallbacksTest, RefusesWhatGoogleDidNotSend) {
  ForgedGoogleToken token = Draft();
  token.sender = "Google";
  ExpectRefused(token, "intermediate.signature", "the sender of payments");
  token = Draft();
  token.recipient = "3388000000022335802";
  ExpectRefused(token, "signature", "another issuer");
  token = Draft();
  token.recipient = std::string("merchant:") + kIssuer;
  ExpectRefused(token, "signature", "an id with a prefix");
  token = Draft();
  token.protocol = "ECv2";
  ExpectRefused(token, "token.version", "a payment");
  token = Draft();
  token.signed_key = SignedKeyText(pki_.intermediate.public_key(), "1700000000000");
  ExpectRefused(token, "intermediate.expiry", "an expired key");
  const primitives::EcPrivateKey stranger = NewKey();
  token = Draft();
  token.root = &stranger;
  ExpectRefused(token, "intermediate.signature", "a stranger");
  token = Draft();
  token.signer = &stranger;
  ExpectRefused(token, "signature", "a stranger's message");
  ExpectRefused(Replaced(BuildGoogleToken(Draft()), "\\\"save\\\"", "\\\"del\\\""), "signature",
                "another event");
  ExpectRefused(Replaced(BuildGoogleToken(Draft()), "{", "{\"x\":0,"), "token.members", "added");
  ExpectRefused(std::string(20000, ' '), "token.json", "too long");
  clock_.now = UnixSeconds{1700086400};
  ExpectRefused(Draft(), "message_expiration", "expired");
}

TEST_F(GoogleWalletCallbacksTest, RefusesMessagesOfAnotherForm) {
  for (const char* change : {"classId", "objectIds", "eventType", "expTimeMillis", "nonce"}) {
    ExpectRefused(Draft(Replaced(kMessage, change, "other")), "callback", change);
  }
  ExpectRefused(Draft(Replaced(kMessage, "1700086400000", "\"1700086400000\"")), "callback",
                "expTimeMillis as a text");
  ExpectRefused(Draft(Replaced(kMessage, "1700086400000", "-1")), "callback", "negative");
  ExpectRefused(Draft(Replaced(kMessage, "[\"3388000000022335801.o\"]", "[]")), "callback",
                "no object");
  ExpectRefused(Draft(Replaced(kMessage, "\"count\":1", "\"count\":1.5")), "callback", "1.5 times");
  ExpectRefused(Draft("plain text"), "callback", "no JSON");
}

TEST_F(GoogleWalletCallbacksTest, RootKeysOfPaymentsAreNoRootKeysOfCallbacks) {
  Use(GoogleKeysJson({{&pki_.root, "ECv2", "2000000000000"}}));
  ExpectRefused(Draft(), "root_keys", "keys of ECv2 only");
}

TEST_F(GoogleWalletCallbacksTest, RefusesBadOptions) {
  for (const char* issuer : {"", "merchant:1", "123456789012345678901", "12a"}) {
    GoogleWalletCallbacksOptions options = Options();
    options.issuer_id = issuer;
    EXPECT_EQ(GoogleWalletCallbacks::Create(options).code(), ErrorCode::kInvalidArgument) << issuer;
  }
  GoogleWalletCallbacksOptions options = Options();
  options.root_keys = nullptr;
  EXPECT_EQ(GoogleWalletCallbacks::Create(options).code(), ErrorCode::kInvalidArgument);
}

TEST_F(GoogleWalletCallbacksTest, TheSimulatorMakesThem) {
  auto google = GoogleWalletSimulator::Create(kGoogleNow);
  ASSERT_TRUE(google.ok());
  Use(google->root_keys_json());
  GoogleWalletCallback callback;
  callback.class_id = "1.c";
  callback.object_ids = {"1.a", "1.b"};
  callback.event_type = "del";
  callback.valid_until = UnixSeconds{kGoogleNow.value + 60};
  const auto json = google->MakeCallback(callback, kIssuer);
  ASSERT_TRUE(json.ok());
  const auto verified = callbacks_->Verify(AsBytes(*json));
  ASSERT_TRUE(verified.ok()) << observer_.last_stage();
  EXPECT_EQ(verified->object_ids, callback.object_ids);
  EXPECT_EQ(verified->nonce.size(), 32U);
  EXPECT_FALSE(google->MakeCallback(callback, "no-issuer").ok());
  callback.event_type.clear();
  EXPECT_EQ(google->MakeCallback(callback, kIssuer).code(), ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace florin::payload
