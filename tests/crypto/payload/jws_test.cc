// JwsVerifier and JwsSigner against each other, and everything that must be refused.
#include "florin/payload/jws.h"

#include <gtest/gtest.h>

#include <array>

#include "crypto/primitives/hash.h"
#include "florin/base/base64.h"
#include "florin/payload/jws_keys.h"
#include "tests/crypto/payload/jose_keys.h"
#include "tests/crypto/payload/recording_observer.h"

namespace florin::payload {
namespace {

constexpr std::string_view kPayload = R"({"merchantId":"4711"})";

JwsProfile ProfileOf(std::vector<JwsAlgorithm> algorithms) {
  JwsProfile profile;
  profile.name = "test";
  profile.algorithms = std::move(algorithms);
  return profile;
}

// A key that signs in `session`, and what verifies it.
class Signer {
 public:
  Signer(hsm::Session& session, JwsAlgorithm algorithm, const std::string& label = "signer")
      : session_(session), algorithm_(algorithm) {
    if (auto pair = JwsKeyPair(label, algorithm); pair.ok()) {
      pair->private_key.persistent = pair->public_key.persistent = false;
      const auto made = session.GeneratePair(*pair);
      EXPECT_TRUE(made.ok()) << made.error().message();
      Bytes info(hsm::kMaxPublicKeyInfo);
      const auto length = session.PublicKeyInfo(made->public_key, info);
      EXPECT_TRUE(length.ok()) << length.error().message();
      info.resize(*length);
      spki_ = info;
      name_ = pair->private_key.name;
      return;
    }
    auto key = JwsSharedKey(label, algorithm);
    EXPECT_TRUE(key.ok());
    key->persistent = false;
    const auto made = session.Generate(*key);
    EXPECT_TRUE(made.ok()) << made.error().message();
    name_ = key->name;
  }

  JwsKey key(std::string kid = "") const {
    if (spki_.empty()) return {*name_, std::move(kid)};
    return {JosePublicKey::FromSpki(spki_).value(), std::move(kid)};
  }
  const Bytes& spki() const { return spki_; }

  std::string Sign(std::string_view payload = kPayload, std::string kid = "") const {
    const auto signer = JwsSigner::Create(ProfileOf({algorithm_}), *name_, std::move(kid));
    EXPECT_TRUE(signer.ok()) << signer.error().message();
    auto text = signer->Sign(session_, AsBytes(payload));
    EXPECT_TRUE(text.ok()) << text.error().message();
    return text.ok() ? *text : std::string();
  }

 private:
  hsm::Session& session_;
  JwsAlgorithm algorithm_;
  std::optional<hsm::KeyRef> name_;
  Bytes spki_;
};

std::array<std::string, 3> Split(const std::string& text) {
  const std::size_t one = text.find('.'), two = text.rfind('.');
  return {text.substr(0, one), text.substr(one + 1, two - one - 1), text.substr(two + 1)};
}

std::string Join(const std::array<std::string, 3>& parts) {
  return parts[0] + "." + parts[1] + "." + parts[2];
}

std::string Encoded(std::string_view text) { return Base64Encode(AsBytes(text), Base64Form::kUrl); }

class JwsSessions : public testing::TestWithParam<SessionKind> {};
INSTANTIATE_TEST_SUITE_P(Sessions, JwsSessions,
                         testing::Values(SessionKinds()[0], SessionKinds()[2]),
                         [](const auto& kind) { return kind.param.name; });

TEST_P(JwsSessions, EveryAlgorithmSignsAndIsVerified) {
  for (const JwsAlgorithm algorithm : kEveryJwsAlgorithm) {
    SCOPED_TRACE(std::string(JoseName(algorithm)));
    const auto session = GetParam().open();
    if (session == nullptr) GTEST_SKIP() << "not on this machine";
    const Signer signer(*session, algorithm), other(*session, algorithm, "other");
    RecordingObserver observer;
    const auto verifier = JwsVerifier::Create(
        ProfileOf({algorithm}), {other.key("b"), signer.key("a")}, {.observer = &observer});
    ASSERT_TRUE(verifier.ok()) << verifier.error().message();
    for (const std::size_t size : {0U, 1U, 1000U}) {
      const std::string payload(size, 'p');
      const auto message = verifier->Verify(*session, signer.Sign(payload, "a"));
      ASSERT_TRUE(message.ok()) << observer.Told();
      EXPECT_EQ(AsText(message->payload.Read(SecretAccess{})), payload);
      EXPECT_EQ(message->algorithm, algorithm);
      EXPECT_EQ(message->kid, "a");
      EXPECT_EQ(message->key_index, 1U);
    }
    EXPECT_EQ(verifier->Verify(*session, other.Sign(kPayload, "a")).code(),
              ErrorCode::kVerificationFailed);
    auto detached = Split(signer.Sign(kPayload, "a"));
    detached[1].clear();
    EXPECT_TRUE(verifier->VerifyDetached(*session, Join(detached), AsBytes(kPayload)).ok());
    EXPECT_EQ(verifier->VerifyDetached(*session, Join(detached), AsBytes("another")).code(),
              ErrorCode::kVerificationFailed);
  }
}

class JwsRefusals : public testing::Test {
 protected:
  void Use(std::vector<JwsAlgorithm> algorithms) {
    session_ = OpenSoft();
    signer_.emplace(*session_, algorithms.front());
    profile_ = ProfileOf(std::move(algorithms));
    Create();
    text_ = signer_->Sign();
    ASSERT_TRUE(verifier_->Verify(*session_, text_).ok());
  }
  void Create(std::string kid = "") {
    auto verifier =
        JwsVerifier::Create(profile_, {signer_->key(std::move(kid))}, {.observer = &observer_});
    ASSERT_TRUE(verifier.ok()) << verifier.error().message();
    verifier_.emplace(std::move(*verifier));
  }
  void ExpectRefused(const std::string& text, const char* stage, const std::string& what) {
    const auto refused = verifier_->Verify(*session_, text);
    ASSERT_FALSE(refused.ok()) << what;
    EXPECT_EQ(refused.error().code(), ErrorCode::kVerificationFailed) << what;
    EXPECT_STREQ(refused.error().message(), "the JWS was refused; the operator's log says why");
    EXPECT_EQ(refused.error().detail(), 0U) << what;
    EXPECT_EQ(observer_.last_stage(), stage) << what << ": " << observer_.Told();
  }
  std::string WithHeader(const std::string& json) const {
    auto parts = Split(text_);
    parts[0] = Encoded(json);
    return Join(parts);
  }
  std::string WithSignature(const Bytes& signature) const {
    auto parts = Split(text_);
    parts[2] = Base64Encode(signature, Base64Form::kUrl);
    return Join(parts);
  }
  Bytes Signature() const { return Base64Decode(Split(text_)[2], Base64Form::kUrl).value(); }

  std::unique_ptr<hsm::Session> session_;
  std::optional<Signer> signer_;
  JwsProfile profile_;
  RecordingObserver observer_;
  std::optional<JwsVerifier> verifier_;
  std::string text_;
};

TEST_F(JwsRefusals, EveryFlippedCharacter) {
  for (const JwsAlgorithm algorithm :
       {JwsAlgorithm::kHs256, JwsAlgorithm::kRs256, JwsAlgorithm::kPs256, JwsAlgorithm::kEs384,
        JwsAlgorithm::kEdDsa}) {
    Use({algorithm});
    for (std::size_t i = 0; i < text_.size(); ++i) {
      if (text_[i] == '.') continue;
      std::string flipped = text_;
      flipped[i] = flipped[i] == 'A' ? 'B' : 'A';
      EXPECT_EQ(verifier_->Verify(*session_, flipped).code(), ErrorCode::kVerificationFailed)
          << JoseName(algorithm) << " at " << i;
    }
  }
}

TEST_F(JwsRefusals, TheForm) {
  Use({JwsAlgorithm::kEs256});
  const auto parts = Split(text_);
  ExpectRefused("", "text", "nothing");
  ExpectRefused(parts[0] + "." + parts[1], "text", "two parts");
  ExpectRefused(text_ + ".", "text", "four parts");
  ExpectRefused(text_ + "=", "signature", "padding");
  ExpectRefused(" " + text_, "header", "white space");
  ExpectRefused("." + parts[1] + "." + parts[2], "header", "no header");
  ExpectRefused(WithHeader("[]"), "header", "no object");
  ExpectRefused(WithHeader(R"({"alg":"ES256"} {})"), "header", "two headers");
  ExpectRefused(WithHeader(R"({"alg":"ES256","alg":"ES256"})"), "header", "a member twice");
  ExpectRefused(text_.substr(0, text_.size() - 9), "signature", "its start");
  ExpectRefused(std::string(70'000, 'A') + text_, "text", "too long");
  ExpectRefused(R"({"payload":")" + parts[1] + R"(","protected":")" + parts[0] +
                    R"(","signature":")" + parts[2] + R"("})",
                "text", "JSON where it is not taken");
}

TEST_F(JwsRefusals, TheHeader) {
  Use({JwsAlgorithm::kEs256});
  for (const char* header :
       {R"({"alg":"none"})", R"({"alg":"None"})", R"({"alg":"HS256"})", R"({"alg":"ES384"})",
        R"({})", R"({"alg":7})", R"({"alg":"ES256","crit":["exp"],"exp":1})",
        R"({"alg":"ES256","b64":false,"crit":["b64"]})",
        R"({"alg":"ES256","jku":"https://example.com/"})", R"({"alg":"ES256","kid":["a"]})"}) {
    ExpectRefused(WithHeader(header), "header", header);
  }
  ExpectRefused(WithHeader(R"({"alg":"ES256","kid":")" + std::string(600, 'k') + R"("})"), "header",
                "a kid too long");
  ExpectRefused(WithHeader(R"({"alg":"ES256" })"), "signature", "white space");
  profile_.required_members = {"kid"};
  Create();
  ExpectRefused(text_, "header", "no kid where one is required");
  profile_.required_members = {};
  Create("b");
  ExpectRefused(signer_->Sign(kPayload, "a"), "key", "another kid");
}

TEST_F(JwsRefusals, Signatures) {
  Use({JwsAlgorithm::kEs256});
  const Bytes good = Signature();
  for (const std::size_t size : {0U, 1U, 32U, 63U, 65U, 96U, 132U}) {
    Bytes other = good;
    other.resize(size);
    ExpectRefused(WithSignature(other), "signature", std::to_string(size) + " bytes");
  }
  ExpectRefused(WithSignature(Bytes(64, 0)), "signature", "r and s of zero");
  ExpectRefused(WithSignature(Bytes(64, 0xFF)), "signature", "r and s above n");
  // The same numbers as other protocols write them.
  Bytes der = {0x30, 0x46, 0x02, 0x21, 0x00};
  der.insert(der.end(), good.begin(), good.begin() + 32);
  der.insert(der.end(), {0x02, 0x21, 0x00});
  der.insert(der.end(), good.begin() + 32, good.end());
  ExpectRefused(WithSignature(der), "signature", "DER");
  auto parts = Split(text_);
  parts[1] = Encoded(R"({"merchantId":"4712"})");
  ExpectRefused(Join(parts), "signature", "another payload");
  parts = Split(text_);
  parts[2] = Split(signer_->Sign("another"))[2];
  ExpectRefused(Join(parts), "signature", "the signature of another");
}

// "alg" chooses among what the profile takes, never among what a key can do.
TEST_F(JwsRefusals, AlgorithmsAreNotConfused) {
  Use({JwsAlgorithm::kRs256, JwsAlgorithm::kPs256, JwsAlgorithm::kHs256});
  ExpectRefused(WithHeader(R"({"alg":"PS256"})"), "signature", "RS256 as PS256");
  ExpectRefused(WithHeader(R"({"alg":"HS256"})"), "key", "RS256 as HS256");
  // A MAC under the public key's own bytes, hashed as HMAC does with a long key (RFC 2104 2).
  auto key = JwsSharedKey("public bytes", JwsAlgorithm::kHs256);
  ASSERT_TRUE(key.ok());
  key->persistent = false;
  std::array<std::uint8_t, 32> digest;
  ASSERT_TRUE(primitives::Digest(Hash::kSha256, ByteView(signer_->spki()), digest).ok());
  const auto bytes = SecretBytes::CopyOf(digest);
  ASSERT_TRUE(session_->Import(*key, *bytes).ok());
  const auto forger = JwsSigner::Create(ProfileOf({JwsAlgorithm::kHs256}), *key->name, "");
  const auto forged = forger->Sign(*session_, AsBytes(kPayload));
  ASSERT_TRUE(forged.ok());
  ExpectRefused(*forged, "key", "a public key's bytes as secret");
}

TEST_F(JwsRefusals, JsonForms) {
  Use({JwsAlgorithm::kEs256});
  profile_.json = true;
  Create();
  const auto parts = Split(text_);
  const std::string payload = R"({"payload":")" + parts[1] + R"(",)";
  const std::string one = R"("protected":")" + parts[0] + R"(","signature":")" + parts[2] + R"(")";
  EXPECT_TRUE(verifier_->Verify(*session_, payload + one + "}").ok()) << observer_.Told();
  EXPECT_TRUE(verifier_->Verify(*session_, payload + R"("signatures":[{)" + one + "}]}").ok());
  ExpectRefused(payload + one + R"(,"header":{"kid":"a"}})", "header", "an unprotected member");
  ExpectRefused(payload + R"("header":{"alg":"ES256"},"signature":")" + parts[2] + R"("})",
                "header", "an unprotected algorithm");
  ExpectRefused(payload + R"("signatures":[]})", "text", "no signature");
  ExpectRefused(payload + one + R"(,"signatures":[{)" + one + "}]}", "text", "both forms");
  ExpectRefused(payload + one + R"(,"signature":")" + parts[2] + R"("})", "text", "a member twice");
  std::string many = payload + R"("signatures":[)";
  for (int i = 0; i < 17; ++i) many += (i == 0 ? "{" : ",{") + one + "}";
  ExpectRefused(many + "]}", "text", "17 signatures");
  profile_.unprotected = true;
  Create();
  ExpectRefused(payload + R"("protected":")" + Encoded(R"({"alg":"ES256"})") +
                    R"(","header":{"alg":"ES256"},"signature":")" + parts[2] + R"("})",
                "header", "a member in both headers");
}

TEST(JwsCreate, ProfilesAndKeysMustFit) {
  const auto session = OpenSoft();
  const Signer ec(*session, JwsAlgorithm::kEs256, "ec"), mac(*session, JwsAlgorithm::kHs256, "mac");
  const auto code = [](JwsProfile profile, std::vector<JwsKey> keys, JwsOptions options = {}) {
    return JwsVerifier::Create(std::move(profile), std::move(keys), options).code();
  };
  EXPECT_EQ(code(ProfileOf({JwsAlgorithm::kEs256}), {ec.key()}), ErrorCode::kOk);
  EXPECT_EQ(code(ProfileOf({JwsAlgorithm::kEs384}), {ec.key()}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(ProfileOf({JwsAlgorithm::kRs256}), {ec.key()}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(ProfileOf({JwsAlgorithm::kHs256}), {ec.key()}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(ProfileOf({JwsAlgorithm::kEs256}), {mac.key()}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(ProfileOf({}), {ec.key()}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(ProfileOf({JwsAlgorithm::kEs256}), {}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(ProfileOf({JwsAlgorithm::kEs256}), {ec.key()}, {.max_bytes = 100}),
            ErrorCode::kInvalidArgument);
  const auto with_mac = JwsVerifier::Create(ProfileOf({JwsAlgorithm::kHs256}), {mac.key()});
  EXPECT_EQ(with_mac->Verify(mac.Sign()).code(), ErrorCode::kInvalidArgument);
  const auto without = JwsVerifier::Create(ProfileOf({JwsAlgorithm::kEs256}), {ec.key()});
  EXPECT_TRUE(without->Verify(ec.Sign()).ok());
}

}  // namespace
}  // namespace florin::payload
