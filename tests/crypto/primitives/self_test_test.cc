#include "crypto/primitives/self_test.h"

#include <gtest/gtest.h>

#include "crypto/primitives/aes.h"
#include "crypto/primitives/ec.h"
#include "crypto/primitives/kdf.h"
#include "crypto/primitives/mac.h"
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
  ForceSelfTestFailure(false);
  EXPECT_TRUE(Digest(Hash::kSha256, AsBytes("a"), out).ok());
}

}  // namespace
}  // namespace florin::primitives
