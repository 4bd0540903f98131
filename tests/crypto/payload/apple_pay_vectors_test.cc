// Every published value of tests/vectors/wallet/apple_pay_*.json, over every kind of session.
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
#include "florin/base/byte_writer.h"
#include "florin/base/hex.h"
#include "florin/card/emv_tlv.h"
#include "tests/crypto/payload/apple_pay_fixture.h"
#include "tools/vectors/vector_file.h"

namespace florin::payload {
namespace {

using card::EmvTag;
using card::EmvTlv;
using card::WriteEmvTlv;
using vectors::TestCase;
using Bytes32 = std::array<std::uint8_t, 32>;

SecretBytes Secret(ByteView bytes) { return std::move(SecretBytes::CopyOf(bytes)).value(); }

Bytes32 Hex32(const TestCase& test, const char* name) {
  Bytes32 out{};
  EXPECT_TRUE(HexDecode(test.Text(name), out).ok()) << name;
  return out;
}

class ApplePayVectors : public ApplePayFixture, public testing::WithParamInterface<SessionKind> {
 protected:
  void SetUp() override {
    auto session = GetParam().open();
    if (session == nullptr) GTEST_SKIP() << "not on this machine";
    SetUpWith(std::move(session));
    auto root = primitives::Certificate::FromDer(AppleRootCaG3());
    ASSERT_TRUE(root.ok());
    chains_ = std::move(SignerChains::Create({*root})).value();
  }

  void CheckToken(const TestCase& test);
  void CheckSignature(const TestCase& test, const ApplePayToken& token);
  void CheckOpens(const TestCase& test, const std::string& token);
  void CheckKdf(const TestCase& test);
  void CheckPlaintext(const TestCase& test, ByteView data);
  void CheckKeyAgreement(const TestCase& test);
  void CheckEmv(const TestCase& test);
  void CheckRoot(const TestCase& test);
  void CheckFile(const std::string& path);

  std::unique_ptr<SignerChains> chains_;
};

INSTANTIATE_TEST_SUITE_P(Sessions, ApplePayVectors, testing::ValuesIn(SessionKinds()),
                         [](const auto& kind) { return kind.param.name; });

// A phone's token: Apple's signature and root, and the merchant's key where it is published.
void ApplePayVectors::CheckToken(const TestCase& test) {
  JsonParser parser = std::move(JsonParser::Create(ApplePayTokenLimits(16384))).value();
  Bytes scratch(16384);
  TokenStage stage;
  const std::string json = test.Text("token");
  auto token = ReadApplePayToken(parser, AsBytes(json), scratch, stage);
  ASSERT_TRUE(token.ok()) << token.error().message();
  CheckSignature(test, *token);
  CheckPlaintext(test, token->data);
  Bytes32 id_hash;
  ASSERT_TRUE(primitives::Digest(Hash::kSha256, AsBytes(test.Text("merchant_id")), id_hash).ok());
  EXPECT_EQ(HexEncode(id_hash), test.Text("merchant_id_hash"));
  if (!test.Has("recipient_private_key")) return;
  if (token->version == ApplePayVersion::kEcV1) CheckKdf(test);
  CheckOpens(test, json);
}

void ApplePayVectors::CheckSignature(const TestCase& test, const ApplePayToken& token) {
  CmsSignedData message;
  CmsStage stage;
  ASSERT_TRUE(message.Read(token.signature, stage).ok()) << CmsStageName(stage);
  Bytes32 digest;
  ASSERT_TRUE(ApplePayContentDigest(token, digest).ok());
  EXPECT_EQ(HexEncode(digest), test.Text("content_digest"));
  EXPECT_TRUE(SameBytes(digest, message.message_digest()));
  EXPECT_EQ(message.signing_time().value, test.Number("signing_time"));
  auto chain = chains_->Verify(message.leaf(), message.intermediate(), message.signing_time());
  ASSERT_TRUE(chain.ok()) << chain.error().message();
  chains_->Remember(*chain, message.signing_time());
  EXPECT_EQ(chains_->Verify(message.leaf(), message.intermediate(), UnixSeconds{1900000000}).code(),
            ErrorCode::kExpired);
  ASSERT_TRUE(message.SignedAttributesDigest(digest).ok());
  EXPECT_TRUE(
      chain->CheckSignature(message.signature_algorithm(), digest, message.signature()).ok());
}

// At the signing time, and not a year later.
void ApplePayVectors::CheckOpens(const TestCase& test, const std::string& token) {
  const bool rsa = test.id.find("rsa") != std::string::npos;
  const hsm::KeyTemplate merchant = rsa ? RsaMerchantKey(test.id) : EcMerchantKey(test.id);
  const auto imported = session_->Import(merchant, Secret(test.Hex("recipient_private_key")));
  ASSERT_TRUE(imported.ok()) << imported.error().message();
  auto key =
      ApplePayMerchantKey::FromCertificate(*merchant.name, test.Hex("recipient_certificate"));
  ASSERT_TRUE(key.ok()) << key.error().message();
  EXPECT_EQ(key->version(), rsa ? ApplePayVersion::kRsaV1 : ApplePayVersion::kEcV1);
  EXPECT_EQ(HexEncode(key->merchant_id_hash()), test.Text("merchant_id_hash"));
  std::vector<ApplePayMerchantKey> keys;
  keys.push_back(std::move(key).value());
  ApplePayOptions options = Options(*pki_);
  options.trusted_roots.clear();  // Apple Root CA - G3
  auto apple_pay = ApplePay::Create(std::move(keys), options);
  ASSERT_TRUE(apple_pay.ok());
  const Status checked = apple_pay->CheckKeys(*session_);
  ASSERT_TRUE(checked.ok()) << checked.error().message();
  clock_.now = UnixSeconds{test.Number("signing_time")};
  auto payment = apple_pay->Open(*session_, AsBytes(token));
  ASSERT_TRUE(payment.ok()) << observer_.last_stage() << " "
                            << observer_.events.back().outcome.message();
  const std::string pan(payment->credential.pan.Read(SecretAccess{}));
  EXPECT_NE(test.Text("plaintext").find("\"" + pan + "\""), std::string::npos);
  EXPECT_EQ(payment->signing_time, clock_.now);
  EXPECT_EQ(payment->version, rsa ? ApplePayVersion::kRsaV1 : ApplePayVersion::kEcV1);
  EXPECT_EQ(payment->device_manufacturer_id.size(), 6U);
  EXPECT_FALSE(apple_pay->Open(*session_, AsBytes(token)).ok()) << "replayed";
  clock_.now.value += 365 * 86400;
  EXPECT_FALSE(apple_pay->Open(*session_, AsBytes(token)).ok()) << "a year later";
}

void ApplePayVectors::CheckKdf(const TestCase& test) {
  const ApplePaySharedInfo info = MakeApplePaySharedInfo(Hex32(test, "merchant_id_hash"));
  if (test.Has("shared_info")) {
    EXPECT_EQ(HexEncode(info), test.Text("shared_info"));
  }
  Bytes32 key;
  ASSERT_TRUE(
      primitives::OneStepKdf(Hash::kSha256, test.Hex("shared_secret"), ByteView(info), key).ok());
  EXPECT_EQ(HexEncode(key), test.Text("symmetric_key"));
}

void ApplePayVectors::CheckPlaintext(const TestCase& test, ByteView data) {
  ASSERT_GT(data.size(), kApplePayTagSize);
  Bytes plaintext(data.size() - kApplePayTagSize);
  ASSERT_TRUE(primitives::AesGcmOpenOnce(test.Hex("symmetric_key"), kApplePayIv, {},
                                         data.first(plaintext.size()), data.last(kApplePayTagSize),
                                         plaintext)
                  .ok());
  EXPECT_EQ(AsText(plaintext), test.Text("plaintext"));
  JsonParser parser = std::move(JsonParser::Create(ApplePayDataLimits(16384))).value();
  EXPECT_TRUE(ReadApplePayData(parser, plaintext).ok());
}

// Z with a zero byte in front: about one token in 256, and many an implementation's undoing.
void ApplePayVectors::CheckKeyAgreement(const TestCase& test) {
  const auto curve = Curve::kP256;
  auto a = primitives::EcPrivateKey::FromScalar(curve, test.Hex("private_key_a"));
  auto b = primitives::EcPrivateKey::FromScalar(curve, test.Hex("private_key_b"));
  ASSERT_TRUE(a.ok() && b.ok());
  Bytes32 z;
  ASSERT_TRUE(primitives::Ecdh(*a, b->public_key().point(), z).ok());
  EXPECT_EQ(HexEncode(z), test.Text("shared_secret"));
  CheckKdf(test);

  const MerchantKeyPair merchant = MakeMerchantKey(*session_, "leading-zero", *a);
  auto handle = session_->Resolve(merchant.name);
  ASSERT_TRUE(handle.ok());
  const ApplePayKeyDeriver deriver;
  auto key = deriver.Derive(*session_, *handle, b->public_key().point(),
                            MakeApplePaySharedInfo(Hex32(test, "merchant_id_hash")));
  ASSERT_TRUE(key.ok()) << key.error().message();
  // The key cannot be read: what it decrypts tells whether it is the right one.
  for (const char* name : {"symmetric_key", "wrong_symmetric_key"}) {
    std::array<std::uint8_t, 21> sealed{};
    const MutableBytes out(sealed);
    ASSERT_TRUE(primitives::AesGcmSealOnce(test.Hex(name), kApplePayIv, {}, AsBytes("hello"),
                                           out.first(5), out.last(16))
                    .ok());
    std::array<std::uint8_t, 5> opened{};
    const mechanisms::AesGcm gcm{kApplePayIv, {}, kApplePayTagSize};
    EXPECT_EQ(session_->Decrypt(gcm, key->handle(), sealed, opened).ok(),
              std::string(name) == "symmetric_key")
        << name;
  }
}

void ApplePayVectors::CheckEmv(const TestCase& test) {
  const Bytes bytes = test.Hex("emv_data");
  auto tlv = EmvTlv::Parse(bytes);
  ASSERT_TRUE(tlv.ok()) << tlv.error().message();
  const auto elements = test.List("elements");
  EXPECT_EQ(tlv->size(), elements.size());
  Bytes again(bytes.size());
  ByteWriter writer(again);
  for (const std::string& element : elements) {
    const std::size_t equals = element.find('=');
    const auto tag = static_cast<EmvTag>(std::stoul(element.substr(0, equals), nullptr, 16));
    auto value = tlv->Get(tag);
    ASSERT_TRUE(value.ok()) << element;
    EXPECT_EQ(HexEncode(*value), element.substr(equals + 1));
    EXPECT_TRUE(WriteEmvTlv(tag, *value, writer).ok());
  }
  EXPECT_TRUE(SameBytes(again, bytes)) << "written as it was read";
}

void ApplePayVectors::CheckRoot(const TestCase& test) {
  EXPECT_TRUE(SameBytes(AppleRootCaG3(), test.Hex("certificate")));
  Bytes32 digest;
  ASSERT_TRUE(primitives::Digest(Hash::kSha256, AppleRootCaG3(), digest).ok());
  EXPECT_EQ(HexEncode(digest), test.Text("sha256"));
}

TEST_P(ApplePayVectors, AllOfThem) {
  for (const char* name : {"apple_pay_ec_v1", "apple_pay_rsa_v1", "apple_pay_emv_sample"}) {
    SCOPED_TRACE(name);
    CheckFile(std::string(FLORIN_SOURCE_DIR) + "/tests/vectors/wallet/" + name + ".json");
  }
}

void ApplePayVectors::CheckFile(const std::string& path) {
  const auto file = vectors::VectorFile::Load(path);
  for (const vectors::TestGroup& group : file.groups()) {
    for (const TestCase& test : group.tests) {
      SCOPED_TRACE(test.id);
      if (group.type == "token") {
        CheckToken(test);
      } else if (group.type == "kdf") {
        CheckKdf(test);
        CheckPlaintext(test, test.Hex("data"));
      } else if (group.type == "key_agreement") {
        CheckKeyAgreement(test);
      } else if (group.type == "emv_tlv") {
        CheckEmv(test);
      } else if (group.type == "root") {
        CheckRoot(test);
      } else {
        ADD_FAILURE() << "unknown group type " << group.type;
      }
    }
  }
  EXPECT_EQ(file.Problems(), std::vector<std::string>{});
}

}  // namespace
}  // namespace florin::payload
