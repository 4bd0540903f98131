// JWS inside JWE, and JWE inside JWS: one call, one refusal.
#include <gtest/gtest.h>

#include "florin/payload/jwe.h"
#include "florin/payload/jws.h"
#include "florin/payload/jws_keys.h"
#include "tests/crypto/payload/jose_keys.h"
#include "tests/crypto/payload/recording_observer.h"

namespace florin::payload {
namespace {

constexpr std::string_view kCard = R"({"pan":"5555555555554444"})";

JosePublicKey PublicOf(hsm::Session& session, hsm::KeyHandle key) {
  Bytes info(hsm::kMaxPublicKeyInfo);
  info.resize(session.PublicKeyInfo(key, info).value());
  return JosePublicKey::FromSpki(info).value();
}

class Nested : public testing::Test {
 protected:
  void SetUp() override {
    jwe_profile_ = RfcProfile(JweAlgorithm::kRsaOaep256, JweEncryption::kA256Gcm);
    jws_profile_.algorithms = {JwsAlgorithm::kEs256};
    auto signing = JwsKeyPair("signer", JwsAlgorithm::kEs256);
    auto opening = JweKeyPair("opener", JweAlgorithm::kRsaOaep256);
    ASSERT_TRUE(signing.ok() && opening.ok());
    for (auto* pair : {&*signing, &*opening}) {
      pair->private_key.persistent = pair->public_key.persistent = false;
    }
    signs_ = signing->private_key.name;
    const auto signer = session_->GeneratePair(*signing);
    const auto opener = session_->GeneratePair(*opening);
    ASSERT_TRUE(signer.ok() && opener.ok());
    open_to_ = PublicOf(*session_, opener->public_key);
    jwe_.emplace(Jwe::Create(jwe_profile_, {{*opening->private_key.name}}, {&observer_}).value());
    verifier_.emplace(
        JwsVerifier::Create(jws_profile_, {{PublicOf(*session_, signer->public_key)}}, {&observer_})
            .value());
  }

  std::string Sign(std::string_view payload) {
    return JwsSigner::Create(jws_profile_, *signs_, "")->Sign(*session_, AsBytes(payload)).value();
  }
  std::string Seal(std::string_view plaintext, const std::string& content_type) {
    JweProfile profile = jwe_profile_;
    if (!content_type.empty()) profile.sent_members.push_back({"cty", content_type});
    return JweSender::ToPublicKey(profile, *open_to_, "")->Seal(AsBytes(plaintext)).value();
  }
  // What is wrong is told to the operator alone.
  template <class Message>
  void ExpectRefused(const Result<Message>& refused, const char* stage) {
    EXPECT_EQ(refused.code(), ErrorCode::kVerificationFailed);
    EXPECT_STREQ(refused.error().message(),
                 "the nested message was refused; the operator's log says why");
    EXPECT_EQ(refused.error().detail(), 0U);
    EXPECT_EQ(observer_.last_stage(), stage) << observer_.Told();
  }

  std::unique_ptr<hsm::Session> session_ = OpenSoft();
  RecordingObserver observer_;
  JweProfile jwe_profile_;
  JwsProfile jws_profile_;
  std::optional<hsm::KeyRef> signs_;
  std::optional<JosePublicKey> open_to_;
  std::optional<Jwe> jwe_;
  std::optional<JwsVerifier> verifier_;
};

TEST_F(Nested, SignedThenEncrypted) {
  for (const char* type : {"JWT", "JWS"}) {
    const auto nested = OpenNested(*jwe_, *verifier_, *session_, Seal(Sign(kCard), type));
    ASSERT_TRUE(nested.ok()) << observer_.Told();
    EXPECT_EQ(AsText(nested->inner.payload.Read(SecretAccess{})), kCard);
    EXPECT_EQ(nested->outer.content_type, type);
    EXPECT_EQ(nested->outer.plaintext.size(), 0U);
  }
}

TEST_F(Nested, EncryptedThenSigned) {
  const auto message = OpenSigned(*verifier_, *jwe_, *session_, Sign(Seal(kCard, "")));
  ASSERT_TRUE(message.ok()) << observer_.Told();
  EXPECT_EQ(AsText(message->inner.plaintext.Read(SecretAccess{})), kCard);
  EXPECT_EQ(message->outer.payload.size(), 0U);
}

TEST_F(Nested, OneRefusalWhateverIsWrong) {
  const std::string signed_text = Sign(kCard);
  std::string altered = signed_text;
  altered.back() = altered.back() == 'A' ? 'Q' : 'A';
  std::string sealed = Seal(signed_text, "JWT");
  const auto open = [this](const std::string& text) {
    return OpenNested(*jwe_, *verifier_, *session_, text);
  };
  ExpectRefused(open(Seal(altered, "JWT")), "signature");
  ExpectRefused(open(Seal(kCard, "JWT")), "text");
  ExpectRefused(open(Seal(signed_text, "")), "content_type");
  ExpectRefused(open(Seal(signed_text, "JSON")), "content_type");
  sealed.back() = sealed.back() == 'A' ? 'Q' : 'A';
  ExpectRefused(open(sealed), "decrypt");
  ExpectRefused(open(signed_text), "text");
  ExpectRefused(open(""), "text");
}

// Nothing is decrypted that was not signed.
TEST_F(Nested, TheSignatureComesFirst) {
  auto limited = std::make_unique<LimitedSession>(std::move(session_));
  LimitedSession& session = *limited;
  session_ = std::move(limited);
  const std::string sealed = Seal(kCard, "");
  std::string text = Sign(sealed);
  text.back() = text.back() == 'A' ? 'Q' : 'A';
  session.calls.clear();
  ExpectRefused(OpenSigned(*verifier_, *jwe_, session, text), "signature");
  EXPECT_TRUE(session.calls.empty());
  ExpectRefused(OpenSigned(*verifier_, *jwe_, session, sealed), "text");
  EXPECT_TRUE(session.calls.empty());
  ExpectRefused(OpenSigned(*verifier_, *jwe_, session, Sign(kCard)), "text");
}

}  // namespace
}  // namespace florin::payload
