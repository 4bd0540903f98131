#include "crypto/primitives/self_test.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "crypto/primitives/aes.h"
#include "crypto/primitives/ec.h"
#include "crypto/primitives/kdf.h"
#include "crypto/primitives/known_answers.h"
#include "crypto/primitives/mac.h"
#include "crypto/primitives/password_hash.h"
#include "crypto/primitives/rsa.h"
#include "crypto/primitives/tdes.h"
#include "crypto/primitives/x25519.h"
#include "tests/crypto/primitives/test_util.h"

namespace florin::primitives {
namespace {

TEST(SelfTestTest, AllPass) {
  EXPECT_TRUE(PrimitivesReady().ok());
  EXPECT_STREQ(FailedSelfTest(), "");
}

std::vector<KnownAnswer> AllAnswers() {
  std::vector<KnownAnswer> all;
  for (const auto& answers : {KnownMacs(), KnownCiphers(), KnownPublicKeys()}) {
    all.insert(all.end(), answers.begin(), answers.end());
  }
  return all;
}

// Each answer alone decides: with its first or its last digit changed the verdict is a failure.
TEST(SelfTestTest, AWrongAnswerFailsTheVerdict) {
  Bytes out(32);
  for (const KnownAnswer& answer : AllAnswers()) {
    for (const std::size_t digit : {std::size_t{0}, answer.expected.size() - 1}) {
      std::string wrong(answer.expected);
      wrong[digit] = wrong[digit] == '0' ? '1' : '0';
      std::vector<KnownAnswer> answers = AllAnswers();
      for (KnownAnswer& other : answers) {
        if (other.name == answer.name) other.expected = wrong;
      }
      JudgeByAnswers(answers);
      EXPECT_STREQ(FailedSelfTest(), answer.name);
      EXPECT_EQ(Digest(Hash::kSha256, AsBytes("a"), out).code(), ErrorCode::kInternal)
          << answer.name;
    }
  }
  JudgeByAnswers(AllAnswers());
  EXPECT_STREQ(FailedSelfTest(), "");
  EXPECT_TRUE(PrimitivesReady().ok());
}

// They run at the start of every process. The bound leaves room for a debug build on a busy
// machine.
TEST(SelfTestTest, TheyAreQuick) {
  const std::vector<KnownAnswer> answers = AllAnswers();
  const auto start = std::chrono::steady_clock::now();
  JudgeByAnswers(answers);
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
  RecordProperty("milliseconds", std::to_string(took.count()));
  EXPECT_LT(took.count(), 500);
}

TEST(SelfTestTest, AfterAFailureEverythingRefuses) {
  Bytes out(32);
  TestRandom random(18);
  ForceSelfTestFailure(true);
  EXPECT_EQ(PrimitivesReady().code(), ErrorCode::kInternal);
  EXPECT_EQ(Digest(Hash::kSha256, AsBytes("a"), out).code(), ErrorCode::kInternal);
  EXPECT_EQ(Hasher(Hash::kSha256).Finish(out).code(), ErrorCode::kInternal);
  EXPECT_EQ(HmacKey::Create(Hash::kSha256, AsBytes("k")).code(), ErrorCode::kInternal);
  EXPECT_EQ(AesCmacKey::Create(Bytes(16)).code(), ErrorCode::kInternal);
  EXPECT_EQ(RetailMacKey::Create(Bytes(16)).code(), ErrorCode::kInternal);
  EXPECT_EQ(AesCipher(Bytes(16)).code(), ErrorCode::kInternal);
  EXPECT_EQ(TdesCipher(Bytes(16)).code(), ErrorCode::kInternal);
  EXPECT_EQ(AesGcmKey::Create(Bytes(16)).code(), ErrorCode::kInternal);
  EXPECT_EQ(X963Kdf(Hash::kSha256, out, ByteView(), out).code(), ErrorCode::kInternal);
  EXPECT_EQ(CheckPoint(Curve::kP256, Bytes(65)).code(), ErrorCode::kInternal);
  EXPECT_EQ(EcPrivateKey::Generate(Curve::kP256, random).code(), ErrorCode::kInternal);
  EXPECT_EQ(X25519PrivateKey::Generate(random).code(), ErrorCode::kInternal);
  EXPECT_EQ(RsaPublicKey::FromSpki({}).code(), ErrorCode::kInternal);
  EXPECT_EQ(
      HashPassword(AsBytes("pin"), Bytes(kPasswordSaltSize), kPasswordCostMinimal, out).code(),
      ErrorCode::kInternal);
  ForceSelfTestFailure(false);
  EXPECT_TRUE(Digest(Hash::kSha256, AsBytes("a"), out).ok());
}

}  // namespace
}  // namespace florin::primitives
