// Every published value of tests/vectors/wallet/jwe.json, over every kind of session.
#include <gtest/gtest.h>

#include "crypto/base/curve_table.h"
#include "crypto/payload/jwe_seal.h"
#include "crypto/payload/jwe_text.h"
#include "crypto/primitives/ec.h"
#include "crypto/primitives/kdf.h"
#include "florin/payload/jwe.h"
#include "tests/crypto/payload/jose_keys.h"
#include "tests/crypto/payload/recording_observer.h"

namespace florin::payload {
namespace {

using vectors::TestCase;
using vectors::TestGroup;

class JweVectors : public testing::TestWithParam<SessionKind> {
 protected:
  void SetUp() override {
    session_ = GetParam().open();
    if (session_ == nullptr) GTEST_SKIP() << "not on this machine";
  }

  void CheckToken(const TestCase& test);
  void CheckRefused(const TestCase& test);
  void CheckMastercard(const TestGroup& group, const TestCase& test);
  static void CheckAgreement(const TestCase& test);
  static void CheckContent(const TestCase& test);
  void ExpectOpens(const Jwe& jwe, const TestCase& test, const char* form);

  RecordingObserver observer_;
  std::unique_ptr<hsm::Session> session_;
};

INSTANTIATE_TEST_SUITE_P(Sessions, JweVectors, testing::ValuesIn(SessionKinds()),
                         [](const auto& kind) { return kind.param.name; });

Curve CurveOf(const TestCase& test) {
  static_cast<void>(test.Text("key_type"));
  return test.Has("curve") ? CurveOfName(test.Text("curve")).value() : Curve::kP256;
}

void JweVectors::ExpectOpens(const Jwe& jwe, const TestCase& test, const char* form) {
  if (!test.Has(form)) return;
  const auto message = jwe.Open(*session_, test.Text(form));
  ASSERT_TRUE(message.ok()) << test.place() << " " << form << ": " << observer_.Told();
  EXPECT_EQ(AsText(message->plaintext.Read(SecretAccess{})), test.Text("plaintext"))
      << test.place() << " " << form;
  EXPECT_EQ(message->kid, test.Text("kid")) << test.place();
}

void JweVectors::CheckToken(const TestCase& test) {
  const JweAlgorithm algorithm = JweAlgorithmNamed(test.Text("alg"));
  const JweEncryption encryption = JweEncryptionNamed(test.Text("enc"));
  const Curve curve = CurveOf(test);
  const auto key =
      ImportJweKey(*session_, algorithm, encryption, curve, test.Hex("private_key"), test.id);
  JweOptions options;
  options.observer = &observer_;
  const auto jwe = Jwe::Create(RfcProfile(algorithm, encryption), {{key}}, options);
  ASSERT_TRUE(jwe.ok()) << jwe.error().message();
  for (const char* form : {"compact", "json", "json_flat"}) ExpectOpens(*jwe, test, form);
  // The key id that comes is asked for, where the key has one.
  const auto other = Jwe::Create(RfcProfile(algorithm, encryption), {{key, "another"}});
  ASSERT_TRUE(other.ok());
  const std::string text = test.Has("compact") ? test.Text("compact") : test.Text("json");
  EXPECT_EQ(other->Open(*session_, text).code(), ErrorCode::kVerificationFailed) << test.place();
}

void JweVectors::CheckRefused(const TestCase& test) {
  const auto encryption = JweEncryptionNamed(test.Text("enc"));
  const std::string text = test.Text("compact");
  static_cast<void>(test.Text("kid"));
  if (test.Text("key_type") == "none") {
    static_cast<void>(test.Text("private_key"));
    EXPECT_EQ(test.Text("alg").substr(0, 5), "PBES2");
    const auto key = ImportJweKey(*session_, JweAlgorithm::kA128Kw, encryption, Curve::kP256,
                                  Bytes(16, 1), test.id);
    JweProfile profile = RfcProfile(JweAlgorithm::kA128Kw, encryption);
    const auto jwe = Jwe::Create(profile, {{key}});
    EXPECT_EQ(jwe->Open(*session_, text).code(), ErrorCode::kVerificationFailed) << test.place();
    return;
  }
  const auto algorithm = JweAlgorithmNamed(test.Text("alg"));
  const auto key = ImportJweKey(*session_, algorithm, encryption, Curve::kP256,
                                test.Hex("private_key"), test.id);
  const auto jwe = Jwe::Create(RfcProfile(algorithm, encryption), {{key}});
  EXPECT_EQ(jwe->Open(*session_, text).code(), ErrorCode::kVerificationFailed) << test.place();
}

void JweVectors::CheckMastercard(const TestGroup& group, const TestCase& test) {
  const auto key = ImportJweKey(*session_, JweAlgorithm::kRsaOaep256, JweEncryption::kA256Gcm,
                                Curve::kP256, group.Hex("private_key"), test.id);
  const auto jwe = Jwe::Create(MastercardJweProfile(), {{key}});
  ASSERT_TRUE(jwe.ok());
  const auto message = jwe->Open(*session_, test.Text("compact"));
  ASSERT_EQ(message.ok(), test.valid) << test.place();
  if (!test.valid) return;
  EXPECT_EQ(AsText(message->plaintext.Read(SecretAccess{})), test.Text("plaintext"));
  EXPECT_TRUE(message->kid.empty() || message->kid == group.Text("public_key_fingerprint"));
}

// RFC 7518 appendix C, from the keys to the agreed one.
void JweVectors::CheckAgreement(const TestCase& test) {
  const auto own =
      primitives::EcPrivateKey::FromScalar(Curve::kP256, test.Hex("recipient_private_key"));
  const auto sender =
      primitives::EcPrivateKey::FromScalar(Curve::kP256, test.Hex("sender_private_key"));
  ASSERT_TRUE(own.ok() && sender.ok());
  EXPECT_TRUE(SameBytes(own->public_key().point(), test.Hex("recipient_point")));
  Bytes z(32);
  ASSERT_TRUE(primitives::Ecdh(*own, test.Hex("sender_point"), z).ok());
  EXPECT_EQ(z, test.Hex("z"));
  ASSERT_TRUE(primitives::Ecdh(*sender, test.Hex("recipient_point"), z).ok());
  EXPECT_EQ(z, test.Hex("z"));
  const std::string apu = test.Text("apu");
  const std::string apv = test.Text("apv");
  std::array<std::uint8_t, kMaxAgreementInfo> storage;
  const auto length = static_cast<std::size_t>(test.Number("key_length"));
  const ByteView info =
      WriteAgreementInfo(test.Text("algorithm"), AsBytes(apu), AsBytes(apv), length, storage);
  Bytes derived(length);
  ASSERT_TRUE(primitives::OneStepKdf(Hash::kSha256, z, info, derived).ok());
  EXPECT_EQ(derived, test.Hex("derived_key"));
}

void JweVectors::CheckContent(const TestCase& test) {
  const auto cek = SecretBytes::CopyOf(test.Hex("cek"));
  const std::string aad = test.Text("aad");
  const std::string plaintext = test.Text("plaintext");
  const JweEncryption encryption = JweEncryptionNamed(test.Text("enc"));
  const auto sealed =
      SealContent(*cek, RowOf(encryption), AsBytes(aad), test.Hex("iv"), AsBytes(plaintext));
  ASSERT_TRUE(sealed.ok());
  EXPECT_EQ(sealed->ciphertext, test.Hex("ciphertext"));
  EXPECT_EQ(sealed->tag, test.Hex("tag"));
  // The encrypted key has no private key to it: it is as long as the modulus and below it.
  EXPECT_EQ(test.Hex("encrypted_key").size(), test.Hex("modulus").size());
  EXPECT_LT(test.Hex("encrypted_key"), test.Hex("modulus"));
}

// NSS unwraps nothing by AES-GCM, cuts no secret for HMAC, and takes X25519 in a form of its own.
bool NssLacks(const TestGroup& group, const TestCase& test) {
  if (group.type == "mastercard") return test.id == "mastercard-1";  // A128CBC-HS256
  if (!test.valid || group.type != "jwe") return false;
  return test.Text("enc").find("CBC") != std::string::npos ||
         test.Text("alg").find("GCMKW") != std::string::npos ||
         (test.Has("curve") && test.Text("curve") == "X25519");
}

TEST_P(JweVectors, All) {
  const auto file =
      vectors::VectorFile::Load(std::string(FLORIN_SOURCE_DIR) + "/tests/vectors/wallet/jwe.json");
  for (const TestGroup& group : file.groups()) {
    for (const TestCase& test : group.tests) {
      SCOPED_TRACE(test.place());
      if (GetParam().name == "Nss" && NssLacks(group, test)) {
        test.IgnoreRest();
      } else if (group.type == "agreement_info") {
        CheckAgreement(test);
      } else if (group.type == "content") {
        CheckContent(test);
      } else if (group.type == "mastercard") {
        CheckMastercard(group, test);
      } else if (!test.valid) {
        CheckRefused(test);
      } else {
        CheckToken(test);
      }
    }
  }
  EXPECT_EQ(file.Problems(), std::vector<std::string>{});
}

}  // namespace
}  // namespace florin::payload
