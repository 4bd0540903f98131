// Every published value of tests/vectors/wallet/jws.json, over every kind of session.
#include <gtest/gtest.h>

#include <algorithm>

#include "florin/payload/jws.h"
#include "tests/crypto/payload/jose_keys.h"

namespace florin::payload {
namespace {

using mechanisms::KeyType;
using mechanisms::Verb;
using vectors::TestCase;

constexpr JwsAlgorithm kEveryAlgorithm[] = {
    JwsAlgorithm::kHs256, JwsAlgorithm::kHs384, JwsAlgorithm::kHs512, JwsAlgorithm::kRs256,
    JwsAlgorithm::kRs384, JwsAlgorithm::kRs512, JwsAlgorithm::kPs256, JwsAlgorithm::kPs384,
    JwsAlgorithm::kPs512, JwsAlgorithm::kEs256, JwsAlgorithm::kEs384, JwsAlgorithm::kEs512,
    JwsAlgorithm::kEdDsa};

JwsProfile RfcJwsProfile(std::string_view name) {
  JwsProfile profile;
  profile.name = "RFC 7515";
  for (const JwsAlgorithm algorithm : kEveryAlgorithm) {
    if (JoseName(algorithm) == name) profile.algorithms = {algorithm};
  }
  profile.any_member = true;
  profile.json = true;
  profile.unprotected = true;
  return profile;
}

class JwsVectors : public testing::TestWithParam<SessionKind> {
 protected:
  void SetUp() override {
    session_ = GetParam().open();
    if (session_ == nullptr) GTEST_SKIP() << "not on this machine";
  }

  JwsKey KeyOf(const TestCase& test);
  void CheckSignature(const TestCase& test);
  void CheckForm(const JwsVerifier& verifier, const TestCase& test, const char* form);

  std::unique_ptr<hsm::Session> session_;
};

INSTANTIATE_TEST_SUITE_P(Sessions, JwsVectors, testing::ValuesIn(SessionKinds()),
                         [](const auto& kind) { return kind.param.name; });

JwsKey JwsVectors::KeyOf(const TestCase& test) {
  if (test.Has("public_key")) {
    const auto key = JosePublicKey::FromJwk(test.Text("public_key"));
    EXPECT_TRUE(key.ok()) << test.place();
    return {*key};
  }
  hsm::KeyTemplate key;
  key.rules.type = KeyType::kHmac;
  key.rules.verbs = {Verb::kVerify};
  key.name = hsm::KeyRef::Create(hsm::KeyClass::kSecret, test.id).value();
  const auto material = SecretBytes::CopyOf(test.Hex("secret_key"));
  EXPECT_TRUE(session_->Import(key, *material).ok());
  return {*key.name};
}

void JwsVectors::CheckForm(const JwsVerifier& verifier, const TestCase& test, const char* form) {
  if (!test.Has(form)) return;
  const std::string text = test.Text(form);
  const std::string payload = test.Text("payload");
  if (test.Has("detached")) {
    EXPECT_TRUE(test.Flag("detached"));
    const auto message = verifier.VerifyDetached(*session_, text, AsBytes(payload));
    ASSERT_TRUE(message.ok()) << form;
    EXPECT_TRUE(message->payload.empty());
    EXPECT_EQ(verifier.VerifyDetached(*session_, text, AsBytes(payload + ".")).code(),
              ErrorCode::kVerificationFailed);
    return;
  }
  const auto message = verifier.Verify(*session_, text);
  ASSERT_EQ(message.ok(), test.valid) << form;
  if (!test.valid) return;
  EXPECT_EQ(AsText(message->payload.Read(SecretAccess{})), payload) << form;
  EXPECT_EQ(message->kid, test.Text("kid")) << form;
}

void JwsVectors::CheckSignature(const TestCase& test) {
  const auto verifier = JwsVerifier::Create(RfcJwsProfile(test.Text("alg")), {KeyOf(test)});
  ASSERT_TRUE(verifier.ok()) << verifier.error().message();
  for (const char* form : {"compact", "json", "json_flat"}) CheckForm(*verifier, test, form);
  static_cast<void>(test.Text("kid"));
}

TEST_P(JwsVectors, All) {
  const auto file =
      vectors::VectorFile::Load(std::string(FLORIN_SOURCE_DIR) + "/tests/vectors/wallet/jws.json");
  for (const auto& group : file.groups()) {
    for (const TestCase& test : group.tests) {
      SCOPED_TRACE(test.place());
      CheckSignature(test);
    }
  }
  EXPECT_EQ(file.Problems(), std::vector<std::string>{});
}

}  // namespace
}  // namespace florin::payload
