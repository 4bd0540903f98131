// Field level encryption and the request MAC of the token service: published values, and refusals.
#include <gtest/gtest.h>

#include "florin/base/hex.h"
#include "florin/payload/amex_request_mac.h"
#include "florin/payload/field_level_encryption.h"
#include "tests/crypto/payload/jose_keys.h"
#include "tests/crypto/payload/recording_observer.h"

namespace florin::payload {
namespace {

using vectors::TestCase;
using Encoding = FieldLevelProfile::Encoding;

std::string VectorsOf(const char* name) {
  return std::string(FLORIN_SOURCE_DIR) + "/tests/vectors/wallet/" + name;
}

class SchemePayloads : public testing::TestWithParam<SessionKind> {
 protected:
  void SetUp() override {
    session_ = GetParam().open();
    if (session_ == nullptr) GTEST_SKIP() << "not on this machine";
  }
  std::unique_ptr<hsm::Session> session_;
};

INSTANTIATE_TEST_SUITE_P(Sessions, SchemePayloads, testing::ValuesIn(SessionKinds()),
                         [](const auto& kind) { return kind.param.name; });

TEST_P(SchemePayloads, FieldLevelVectors) {
  const auto file = vectors::VectorFile::Load(VectorsOf("field_level_encryption.json"));
  for (const auto& group : file.groups()) {
    const auto key = ImportJweKey(*session_, JweAlgorithm::kRsaOaep256, JweEncryption::kA128Gcm,
                                  Curve::kP256, group.Hex("private_key"), "field-level");
    for (const TestCase& test : group.tests) {
      SCOPED_TRACE(test.place());
      FieldLevelProfile profile;
      if (test.Text("encoding") == "base64") profile.encoding = Encoding::kBase64;
      const auto opener = FieldLevelDecryptor::Create(profile, {{key}});
      ASSERT_TRUE(opener.ok());
      const std::string value = test.Text("encrypted_value");
      const std::string wrapped = test.Text("encrypted_key");
      const std::string iv = test.Text("iv");
      const std::string hash = test.Text("oaep_hash");
      const auto plaintext = opener->Open(*session_, FieldLevelText{value, wrapped, iv, hash, {}});
      ASSERT_TRUE(plaintext.ok()) << plaintext.error().message();
      EXPECT_EQ(AsText(plaintext->Read(SecretAccess{})), test.Text("plaintext"));
    }
  }
  EXPECT_EQ(file.Problems(), std::vector<std::string>{});
}

TEST_P(SchemePayloads, AmexVectors) {
  const auto file = vectors::VectorFile::Load(VectorsOf("amex_request_mac.json"));
  for (const auto& group : file.groups()) {
    for (const TestCase& test : group.tests) {
      SCOPED_TRACE(test.place());
      hsm::KeyTemplate key;
      key.rules.type = mechanisms::KeyType::kHmac;
      key.rules.verbs = {mechanisms::Verb::kSign};
      key.name = hsm::KeyRef::Create(hsm::KeyClass::kSecret, "client-secret").value();
      const std::string secret = test.Text("client_secret");
      ASSERT_TRUE(
          session_->Import(key, std::move(SecretBytes::CopyOf(AsBytes(secret))).value()).ok());
      const std::string body = test.Text("body");
      const std::string method = test.Text("method");
      const std::string path = test.Text("path");
      const std::string host = test.Text("host");
      const std::string nonce = test.Text("nonce");
      const std::string client = test.Text("client_id");
      const AmexRequest request{method,        path,
                                host,          static_cast<std::uint16_t>(test.Number("port")),
                                AsBytes(body), test.Number("timestamp_ms"),
                                nonce};
      EXPECT_EQ(AmexBodyHash(*session_, *key.name, AsBytes(body)).value(), test.Text("body_hash"));
      EXPECT_EQ(AmexMacHeader(*session_, *key.name, client, request).value(),
                "MAC id=\"" + client + "\",ts=\"" + std::to_string(request.timestamp_ms) +
                    "\",nonce=\"" + nonce + "\",bodyhash=\"" + test.Text("body_hash") +
                    "\",mac=\"" + test.Text("mac") + "\"");
      AmexRequest split = request;
      split.path = "/a\n/b";
      EXPECT_EQ(AmexMacHeader(*session_, *key.name, client, split).code(),
                ErrorCode::kInvalidArgument);
    }
  }
  EXPECT_EQ(file.Problems(), std::vector<std::string>{});
}

// Both sides, with every hash and encoding, and what must be refused of it.
class FieldLevel : public testing::Test {
 protected:
  void Use(FieldLevelProfile profile) {
    session_ = OpenSoft();
    auto pair = JweKeyPair("field", JweAlgorithm::kRsaOaep256).value();
    pair.private_key.persistent = false;
    pair.public_key.persistent = false;
    const auto made = session_->GeneratePair(pair);
    ASSERT_TRUE(made.ok());
    Bytes info(hsm::kMaxPublicKeyInfo);
    info.resize(session_->PublicKeyInfo(made->public_key, info).value());
    public_key_ = JosePublicKey::FromSpki(info).value();
    name_ = pair.private_key.name;
    FieldLevelOptions options;
    options.observer = &observer_;
    opener_.emplace(FieldLevelDecryptor::Create(profile, {{*name_}}, options).value());
    text_ = SealFieldLevel(profile, *public_key_, AsBytes(kPlaintext)).value();
    const auto opened = opener_->Open(*session_, text_);
    ASSERT_TRUE(opened.ok());
    EXPECT_EQ(AsText(opened->Read(SecretAccess{})), kPlaintext);
  }

  void ExpectRefused(const std::string& text, const char* stage) {
    const auto refused = opener_->Open(*session_, text);
    ASSERT_FALSE(refused.ok()) << text;
    EXPECT_STREQ(refused.error().message(),
                 "the encrypted field was refused; the operator's log says why");
    EXPECT_EQ(observer_.last_stage(), stage) << text;
  }

  static constexpr std::string_view kPlaintext = R"({"pan":"5555555555554444"})";
  std::unique_ptr<hsm::Session> session_;
  std::optional<JosePublicKey> public_key_;
  std::optional<hsm::KeyRef> name_;
  std::optional<FieldLevelDecryptor> opener_;
  RecordingObserver observer_;
  std::string text_;
};

TEST_F(FieldLevel, EveryForm) {
  for (const Hash hash : {Hash::kSha256, Hash::kSha512}) {
    for (const Encoding encoding : {Encoding::kHex, Encoding::kBase64}) {
      FieldLevelProfile profile;
      profile.encoding = encoding;
      profile.default_oaep_hash = hash;
      profile.encrypted_value = "encryptedData";
      Use(profile);
    }
  }
}

TEST_F(FieldLevel, Refusals) {
  Use({});
  const auto with = [this](const std::string& old, const std::string& by) {
    std::string text = text_;
    const std::size_t at = text.find(old);
    EXPECT_NE(at, std::string::npos) << old;
    return text.replace(at, old.size(), by);
  };
  ExpectRefused("", "text");
  ExpectRefused("{}", "text");
  ExpectRefused(with("{", R"({"other":"1",)"), "text");
  ExpectRefused(with("{", R"({"iv":"00",)"), "text");
  ExpectRefused(with("SHA256", "SHA1"), "text");
  ExpectRefused(with("SHA256", "SHA512"), "encrypted_key");
  ExpectRefused(with(R"("iv":")", R"("iv":"00)"), "text");
  ExpectRefused(with(R"("encryptedValue":")", R"("encryptedValue":"00)"), "text");
  ExpectRefused(with(R"("encryptedKey":")", R"("encryptedKey":"00)"), "encrypted_key");
  ExpectRefused(std::string(70'000, ' ') + text_, "text");
  // Padding that is wrong says no more than the rest. Nothing tells a change elsewhere.
  std::string flipped = text_;
  const std::size_t last = flipped.find(R"(","encryptedKey")") - 1;
  flipped[last] = flipped[last] == '0' ? '1' : '0';
  const auto opened = opener_->Open(*session_, flipped);
  EXPECT_FALSE(opened.ok() && AsText(opened->Read(SecretAccess{})) == kPlaintext);
}

TEST_F(FieldLevel, KeysByFingerprint) {
  Use({});
  const auto code = [this](std::string fingerprint) {
    const auto opener = FieldLevelDecryptor::Create({}, {{*name_, std::move(fingerprint)}});
    return opener->Open(*session_, text_).code();
  };
  EXPECT_EQ(code(HexEncode(public_key_->SpkiHash())), ErrorCode::kOk);
  EXPECT_EQ(code(std::string(64, '0')), ErrorCode::kVerificationFailed);
}

}  // namespace
}  // namespace florin::payload
