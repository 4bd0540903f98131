// Tokens that open: the published ones against Apple's root, and forged ones over every session.
#include "florin/payload/apple_pay.h"

#include <gtest/gtest.h>

#include "crypto/payload/apple_pay_data.h"
#include "crypto/payload/apple_pay_kdf.h"
#include "crypto/payload/apple_pay_token.h"
#include "crypto/payload/apple_root_ca_g3.h"
#include "crypto/payload/cms_signed_data.h"
#include "crypto/payload/signer_chain.h"
#include "crypto/primitives/aes.h"
#include "crypto/primitives/hash.h"
#include "crypto/primitives/kdf.h"
#include "florin/base/hex.h"
#include "tests/crypto/payload/apple_pay_fixture.h"
#include "tools/vectors/vector_file.h"

namespace florin::payload {
namespace {

vectors::VectorFile LoadVectors() {
  return vectors::VectorFile::Load(std::string(FLORIN_SOURCE_DIR) +
                                   "/tests/vectors/wallet/apple_pay_ec_v1.json");
}

SecretBytes Secret(ByteView bytes) { return std::move(SecretBytes::CopyOf(bytes)).value(); }

// The plaintext names the PAN, and the payment has it.
void ExpectPan(const ApplePayPayment& payment, const std::string& plaintext) {
  const std::string pan(payment.data.pan.Read(SecretAccess{}));
  EXPECT_NE(plaintext.find("\"" + pan + "\""), std::string::npos);
}

class ApplePayOver : public ApplePayFixture, public testing::WithParamInterface<SessionKind> {
 protected:
  void SetUp() override { SetUpWith(GetParam().open()); }
};

INSTANTIATE_TEST_SUITE_P(Sessions, ApplePayOver, testing::ValuesIn(SessionKinds()),
                         [](const auto& kind) { return kind.param.name; });

// A phone's token, Apple's signature and root, the merchant's published key: at the signing time,
// and not a year later.
TEST_P(ApplePayOver, OpensThePublishedTokens) {
  const auto file = LoadVectors();
  int opened = 0;
  for (const vectors::TestGroup* group : file.GroupsOf("token")) {
    for (const vectors::TestCase& test : group->tests) {
      if (!test.Has("recipient_private_key")) continue;
      auto pair = hsm::PaymentProcessingKeyPair(test.id);
      ASSERT_TRUE(pair.ok());
      pair->private_key.persistent = false;
      ASSERT_TRUE(
          session_->Import(pair->private_key, Secret(test.Hex("recipient_private_key"))).ok());
      auto key = ApplePayMerchantKey::FromCertificate(*pair->private_key.name,
                                                      test.Hex("recipient_certificate"));
      ASSERT_TRUE(key.ok()) << key.error().message();
      EXPECT_EQ(HexEncode(key->merchant_id_hash()), test.Text("merchant_id_hash"));
      std::vector<ApplePayMerchantKey> keys;
      keys.push_back(std::move(key).value());
      ApplePayOptions options = Options(*pki_);
      options.trusted_roots.clear();  // Apple Root CA - G3
      auto apple_pay = ApplePay::Create(std::move(keys), options);
      ASSERT_TRUE(apple_pay.ok());
      const std::string token = test.Text("token");
      clock_.now = UnixSeconds{test.Number("signing_time")};
      auto payment = apple_pay->Open(*session_, AsBytes(token));
      ASSERT_TRUE(payment.ok()) << test.id << ": " << observer_.last_stage() << " "
                                << observer_.events.back().outcome.message();
      ExpectPan(*payment, test.Text("plaintext"));
      EXPECT_EQ(payment->signing_time, clock_.now) << test.id;
      EXPECT_EQ(payment->data.device_manufacturer_id.size(), 6U);
      EXPECT_FALSE(apple_pay->Open(*session_, AsBytes(token)).ok()) << "replayed";
      clock_.now.value += 365 * 86400;
      EXPECT_FALSE(apple_pay->Open(*session_, AsBytes(token)).ok()) << "a year later";
      ++opened;
    }
  }
  EXPECT_EQ(opened, 2);
}

TEST_P(ApplePayOver, OpensForgedTokens) {
  for (int i = 0; i < 20; ++i) {
    auto payment = Open(Good());
    ASSERT_TRUE(payment.ok()) << observer_.last_stage() << " "
                              << observer_.events.back().outcome.message();
    EXPECT_EQ(payment->data.pan.Read(SecretAccess{}), "4111111111111111");
    EXPECT_EQ(payment->data.expiration_date, "291231");
    EXPECT_EQ(payment->data.currency_code, "978");
    EXPECT_EQ(payment->data.amount, 1234);
    EXPECT_EQ(AsText(payment->data.cardholder_name.Read(SecretAccess{})), "TEST CARD");
    const auto* secure = std::get_if<ThreeDSecureData>(&payment->data.cryptogram);
    ASSERT_NE(secure, nullptr);
    EXPECT_EQ(HexEncode(secure->cryptogram.Read(SecretAccess{})),
              "000102030405060708090a0b0c0d0e0f10111213");
    EXPECT_EQ(secure->eci, "7");
  }
}

// Z with a zero byte in front: about one token in 256, and every second implementation.
TEST_P(ApplePayOver, LeadingZeroOfTheSharedSecretStays) {
  const auto file = LoadVectors();
  const auto groups = file.GroupsOf("key_agreement");
  ASSERT_FALSE(groups.empty());
  for (const vectors::TestCase& test : groups[0]->tests) {
    auto a =
        primitives::EcPrivateKey::FromScalar(primitives::Curve::kP256, test.Hex("private_key_a"));
    auto b =
        primitives::EcPrivateKey::FromScalar(primitives::Curve::kP256, test.Hex("private_key_b"));
    ASSERT_TRUE(a.ok() && b.ok());
    std::array<std::uint8_t, 32> z;
    ASSERT_TRUE(primitives::Ecdh(*a, b->public_key().point(), z).ok());
    EXPECT_EQ(HexEncode(z), test.Text("shared_secret"));

    MakeMerchantKey(*session_, "leading-zero", *a);
    auto handle =
        session_->Resolve(hsm::KeyRef::Create(hsm::KeyClass::kPrivate, "leading-zero").value());
    ASSERT_TRUE(handle.ok());
    std::array<std::uint8_t, 32> merchant_id_hash;
    ASSERT_TRUE(HexDecode(test.Text("merchant_id_hash"), merchant_id_hash).ok());
    const ApplePayKeyDeriver deriver;
    auto key = deriver.Derive(*session_, *handle, b->public_key().point(),
                              MakeApplePaySharedInfo(merchant_id_hash));
    ASSERT_TRUE(key.ok()) << key.error().message();
    // The key cannot be read: what it decrypts tells whether it is the right one.
    for (const char* name : {"symmetric_key", "wrong_symmetric_key"}) {
      std::array<std::uint8_t, 21> sealed{};
      const MutableBytes out(sealed);
      ASSERT_TRUE(primitives::AesGcmSealOnce(test.Hex(name), kApplePayIv, {}, AsBytes("hello"),
                                             out.first(5), out.last(16))
                      .ok());
      std::array<std::uint8_t, 5> opened{};
      const bool right = std::string(name) == "symmetric_key";
      EXPECT_EQ(
          session_->Decrypt(mechanisms::AesGcm{kApplePayIv, {}, 16}, key->handle(), sealed, opened)
              .ok(),
          right)
          << name;
    }
  }
}

TEST_P(ApplePayOver, SelectsAmongSeveralKeys) {
  std::vector<primitives::EcPrivateKey> privates;
  std::vector<ApplePayMerchantKey> keys;
  std::vector<Bytes> points;
  for (int i = 0; i < 3; ++i) {
    privates.push_back(NewKey());
    const std::string label = "rotated-" + std::to_string(i);
    MerchantKeyPair pair = MakeMerchantKey(*session_, label.c_str(), privates.back());
    keys.push_back(std::move(ApplePayMerchantKey::FromMerchantIdentifier(pair.name, kForgeMerchant,
                                                                         pair.point))
                       .value());
    points.push_back(pair.point);
  }
  auto apple_pay = ApplePay::Create(std::move(keys), Options(*pki_));
  ASSERT_TRUE(apple_pay.ok());
  for (std::size_t i = 0; i < points.size(); ++i) {
    const std::string json = ToJson(Signed(Encrypt(SamplePlaintext(), points[i])));
    auto payment = apple_pay->Open(*session_, AsBytes(json));
    ASSERT_TRUE(payment.ok());
    EXPECT_EQ(payment->merchant_key_index, i);
  }
}

// Signatures of all three published tokens, also of the one without a private key.
TEST(ApplePayPublished, SignaturesVerifyAgainstApplesRoot) {
  const auto file = LoadVectors();
  auto root = primitives::Certificate::FromDer(AppleRootCaG3());
  ASSERT_TRUE(root.ok());
  auto chains = std::move(SignerChains::Create({*root})).value();
  int verified = 0;
  for (const vectors::TestGroup* group : file.GroupsOf("token")) {
    for (const vectors::TestCase& test : group->tests) {
      JsonParser parser = std::move(JsonParser::Create(ApplePayTokenLimits(16384))).value();
      Bytes scratch(16384);
      TokenStage token_stage;
      const std::string json = test.Text("token");
      auto token = ReadApplePayToken(parser, AsBytes(json), scratch, token_stage);
      ASSERT_TRUE(token.ok()) << test.id << token.error().message();
      CmsSignedData message;
      CmsStage stage;
      ASSERT_TRUE(message.Read(token->signature, stage).ok()) << test.id << CmsStageName(stage);
      std::array<std::uint8_t, 32> digest;
      ASSERT_TRUE(ApplePayContentDigest(*token, digest).ok());
      EXPECT_EQ(HexEncode(digest), test.Text("content_digest"));
      EXPECT_TRUE(SameBytes(digest, message.message_digest()));
      EXPECT_EQ(message.signing_time().value, test.Number("signing_time"));
      auto key = chains->Verify(message.leaf(), message.intermediate(), message.signing_time());
      ASSERT_TRUE(key.ok()) << test.id << key.error().message();
      EXPECT_EQ(
          chains->Verify(message.leaf(), message.intermediate(), UnixSeconds{1900000000}).code(),
          ErrorCode::kExpired);
      ASSERT_TRUE(message.SignedAttributesDigest(digest).ok());
      EXPECT_TRUE(primitives::EcdsaVerify(*key, digest, message.signature(),
                                          primitives::SignatureForm::kDer)
                      .ok());
      ++verified;
    }
  }
  EXPECT_EQ(verified, 3);
}

// Key derivation and decryption on clear keys, for the vectors without a private key.
TEST(ApplePayPublished, KeysAndPlaintexts) {
  const auto file = LoadVectors();
  const auto check = [](const vectors::TestCase& test, ByteView data) {
    std::array<std::uint8_t, 32> merchant_id_hash;
    ASSERT_TRUE(HexDecode(test.Text("merchant_id_hash"), merchant_id_hash).ok());
    if (test.Has("shared_secret")) {
      const ApplePaySharedInfo info = MakeApplePaySharedInfo(merchant_id_hash);
      if (test.Has("shared_info")) {
        EXPECT_EQ(HexEncode(info), test.Text("shared_info"));
      }
      std::array<std::uint8_t, 32> key;
      ASSERT_TRUE(
          primitives::OneStepKdf(Hash::kSha256, test.Hex("shared_secret"), ByteView(info), key)
              .ok());
      EXPECT_EQ(HexEncode(key), test.Text("symmetric_key"));
    }
    Bytes plaintext(data.size() - kApplePayTagSize);
    ASSERT_TRUE(primitives::AesGcmOpenOnce(test.Hex("symmetric_key"), kApplePayIv, {},
                                           data.first(plaintext.size()),
                                           data.last(kApplePayTagSize), plaintext)
                    .ok())
        << test.id;
    EXPECT_EQ(AsText(plaintext), test.Text("plaintext"));
    JsonParser parser = std::move(JsonParser::Create(ApplePayDataLimits(16384))).value();
    EXPECT_TRUE(ReadApplePayData(parser, plaintext).ok()) << test.id;
  };
  for (const vectors::TestGroup* group : file.GroupsOf("token")) {
    for (const vectors::TestCase& test : group->tests) {
      JsonParser parser = std::move(JsonParser::Create(ApplePayTokenLimits(16384))).value();
      Bytes scratch(16384);
      TokenStage stage;
      const std::string json = test.Text("token");
      auto token = ReadApplePayToken(parser, AsBytes(json), scratch, stage);
      ASSERT_TRUE(token.ok());
      check(test, token->data);
    }
  }
  for (const vectors::TestGroup* group : file.GroupsOf("kdf")) {
    for (const vectors::TestCase& test : group->tests) check(test, test.Hex("data"));
  }
}

TEST(ApplePayPublished, TheRootIsApples) {
  const auto file = LoadVectors();
  for (const vectors::TestGroup* group : file.GroupsOf("root")) {
    for (const vectors::TestCase& test : group->tests) {
      EXPECT_TRUE(SameBytes(AppleRootCaG3(), test.Hex("certificate")));
      std::array<std::uint8_t, 32> digest;
      ASSERT_TRUE(primitives::Digest(Hash::kSha256, AppleRootCaG3(), digest).ok());
      EXPECT_EQ(HexEncode(digest), test.Text("sha256"));
    }
  }
}

}  // namespace
}  // namespace florin::payload
