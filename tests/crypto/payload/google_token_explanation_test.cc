// ExplainGoogleToken: says where a token fails as GooglePay does, and shows nothing secret.
#include "florin/payload/google_token_explanation.h"

#include <gtest/gtest.h>

#include "tests/crypto/payload/google_fixture.h"

namespace florin::payload {
namespace {

using Verdict = GoogleCheckVerdict;

class GoogleExplanation : public GooglePayFixture {
 protected:
  void SetUp() override { SetUpWith(OpenSoft()); }

  GoogleExplanationOptions Everything() {
    GoogleExplanationOptions options;
    options.at = kGoogleNow;
    options.root_keys = roots_.get();
    options.recipients = {"merchant:nobody", kGoogleRecipient};
    options.session = session_.get();
    options.private_keys = {shop_->name};
    return options;
  }

  GoogleTokenExplanation Explain(const std::string& json, const GoogleExplanationOptions& options) {
    auto explanation = ExplainGoogleToken(AsBytes(json), options);
    EXPECT_TRUE(explanation.ok()) << explanation.error().message();
    return explanation.ok() ? std::move(explanation).value() : GoogleTokenExplanation{};
  }

  static std::string ValueOf(const GoogleTokenExplanation& explanation, const char* name) {
    for (const GoogleFact& fact : explanation.facts) {
      if (fact.name == name) return fact.value;
    }
    return "";
  }
  static Verdict VerdictOf(const GoogleTokenExplanation& explanation, const char* stage) {
    const GoogleCheck* check = explanation.Find(stage);
    EXPECT_NE(check, nullptr) << stage;
    return check == nullptr ? Verdict::kNotJudged : check->verdict;
  }
};

TEST_F(GoogleExplanation, OfATokenThatOpens) {
  const auto explanation = Explain(Good(), Everything());
  EXPECT_EQ(explanation.FirstWrong(), nullptr);
  EXPECT_EQ(ValueOf(explanation, "card number"), "411111******1111");
  EXPECT_EQ(ValueOf(explanation, "signed for"), kGoogleRecipient);
  EXPECT_EQ(ValueOf(explanation, "messageId"), "id-1");
  EXPECT_EQ(VerdictOf(explanation, "signature"), Verdict::kRight);
  EXPECT_EQ(VerdictOf(explanation, "tag"), Verdict::kRight);
  EXPECT_EQ(VerdictOf(explanation, "gateway_merchant"), Verdict::kNotJudged);
  for (const GoogleFact& fact : explanation.facts) {
    EXPECT_EQ(fact.value.find("4111111111111111"), std::string::npos) << fact.name;
  }
}

TEST_F(GoogleExplanation, NeedsNeitherRootKeysNorPrivateKeys) {
  GoogleExplanationOptions options;
  options.at = kGoogleNow;
  const auto explanation = Explain(Good(), options);
  EXPECT_EQ(explanation.FirstWrong(), nullptr);
  EXPECT_EQ(VerdictOf(explanation, "signed_message"), Verdict::kRight);
  EXPECT_EQ(VerdictOf(explanation, "signature"), Verdict::kNotJudged);
  EXPECT_EQ(VerdictOf(explanation, "tag"), Verdict::kNotJudged);
  EXPECT_EQ(ValueOf(explanation, "intermediate keyExpiration"), "1800000000");
  EXPECT_EQ(ValueOf(explanation, "card number"), "");
}

// For each way to be wrong, the stage that GooglePay tells the operator.
TEST_F(GoogleExplanation, FailsWhereGooglePayDoes) {
  const std::string good = Good();
  ForgedGoogleToken foreign = Draft();
  foreign.signed_message = SealedText("x", NewKey().public_key().point());
  ForgedGoogleToken expired = Draft();
  expired.signed_key = SignedKeyText(pki_.intermediate.public_key(), "1");
  ForgedGoogleToken unread = Draft("{}");
  ForgedGoogleToken over = Draft(Replaced(GooglePlaintext("o"), "1700086400000", "1700000000000"));
  for (const std::string& json :
       {std::string("{}"), std::string("x"), Replaced(good, "{", "{\"x\":1,"),
        Replaced(good, "1800000000000", "1900000000000"), BuildGoogleToken(foreign),
        BuildGoogleToken(expired), BuildGoogleToken(unread), BuildGoogleToken(over)}) {
    EXPECT_FALSE(Open(json).ok());
    const auto explanation = Explain(json, Everything());
    ASSERT_NE(explanation.FirstWrong(), nullptr) << json;
    EXPECT_EQ(explanation.FirstWrong()->stage, observer_.last_stage());
    EXPECT_STREQ(explanation.FirstWrong()->text, observer_.events.back().outcome.message());
  }
}

TEST_F(GoogleExplanation, DecryptsNothingThatIsNotVerified) {
  for (const bool without_roots : {false, true}) {
    GoogleExplanationOptions options = Everything();
    options.recipients = {"merchant:nobody"};
    if (without_roots) options.root_keys = nullptr;
    const auto explanation = Explain(Good(), options);
    EXPECT_EQ(VerdictOf(explanation, "tag"), Verdict::kNotJudged);
    EXPECT_EQ(ValueOf(explanation, "messageId"), "");
  }
}

TEST_F(GoogleExplanation, ErrorsOfTheSessionPassThrough) {
  auto limited = std::make_unique<LimitedSession>(std::move(session_));
  limited->derive_error = Error(ErrorCode::kSessionLost, "as injected");
  GoogleExplanationOptions options = Everything();
  options.session = limited.get();
  const std::string json = Good();
  EXPECT_EQ(ExplainGoogleToken(AsBytes(json), options).code(), ErrorCode::kSessionLost);
}

}  // namespace
}  // namespace florin::payload
