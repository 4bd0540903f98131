#include "crypto/primitives/rsa.h"

#include <gtest/gtest.h>

#include "florin/base/secret.h"
#include "tests/crypto/primitives/test_util.h"

namespace florin::primitives {
namespace {

// One key for all: making one takes longer than the tests.
const RsaPrivateKey& Key() {
  static const auto* const kKey = new RsaPrivateKey(RsaPrivateKey::Generate(2048).value());
  return *kKey;
}

TEST(RsaTest, OaepRoundTrips) {
  TestRandom random(16);
  auto pub = Key().PublicKey();
  ASSERT_TRUE(pub.ok());
  EXPECT_EQ(pub->modulus_size(), 256U);
  for (const Hash hash : {Hash::kSha256, Hash::kSha512}) {
    const std::size_t longest = 256 - 2 * HashSize(hash) - 2;
    for (const std::size_t size : {std::size_t{0}, std::size_t{16}, longest}) {
      const Bytes message = random.Take(size);
      Bytes cipher(256);
      ASSERT_TRUE(pub->EncryptOaep(hash, message, cipher).ok());
      Bytes out(256, 0x55);
      auto length = Key().DecryptOaep(hash, cipher, out);
      ASSERT_TRUE(length.ok());
      out.resize(*length);
      EXPECT_EQ(out, message);
    }
    Bytes cipher(256);
    EXPECT_EQ(pub->EncryptOaep(hash, Bytes(longest + 1), cipher).code(),
              ErrorCode::kInvalidArgument);
  }
}

TEST(RsaTest, OaepFailuresLookAlike) {
  auto pub = Key().PublicKey();
  ASSERT_TRUE(pub.ok());
  Bytes cipher(256);
  ASSERT_TRUE(pub->EncryptOaep(Hash::kSha256, AsBytes("key"), cipher).ok());
  const auto failure = [](Hash hash, const Bytes& text) {
    Bytes out(256, 0x55);
    auto result = Key().DecryptOaep(hash, text, out);
    EXPECT_EQ(out, Bytes(256));
    return result.error();
  };
  Bytes changed = cipher;
  changed[200] = static_cast<std::uint8_t>(changed[200] ^ 1);
  const Error expected = failure(Hash::kSha256, changed);
  EXPECT_EQ(expected.code(), ErrorCode::kVerificationFailed);
  for (const Error& error :
       {failure(Hash::kSha384, cipher), failure(Hash::kSha256, Bytes(256, 0xff)),
        failure(Hash::kSha256, Bytes(255)), failure(Hash::kSha256, {})}) {
    EXPECT_EQ(error.code(), expected.code());
    EXPECT_STREQ(error.message(), expected.message());
  }
  Bytes small(255);
  EXPECT_EQ(Key().DecryptOaep(Hash::kSha256, cipher, small).code(), ErrorCode::kBufferTooSmall);
}

TEST(RsaTest, SignaturesOfOneSchemeFailInTheOther) {
  TestRandom random(17);
  auto pub = Key().PublicKey();
  ASSERT_TRUE(pub.ok());
  const Bytes digest = random.Take(32);
  Bytes pss(256);
  Bytes pkcs1(256);
  ASSERT_TRUE(Key().SignPss(Hash::kSha256, digest, pss).ok());
  ASSERT_TRUE(Key().SignPkcs1(Hash::kSha256, digest, pkcs1).ok());
  EXPECT_TRUE(pub->VerifyPss(Hash::kSha256, digest, pss).ok());
  EXPECT_TRUE(pub->VerifyPkcs1(Hash::kSha256, digest, pkcs1).ok());
  EXPECT_EQ(pub->VerifyPss(Hash::kSha256, digest, pkcs1).code(), ErrorCode::kVerificationFailed);
  EXPECT_EQ(pub->VerifyPkcs1(Hash::kSha256, digest, pss).code(), ErrorCode::kVerificationFailed);
  EXPECT_EQ(pub->VerifyPkcs1(Hash::kSha256, random.Take(32), pkcs1).code(),
            ErrorCode::kVerificationFailed);
  EXPECT_EQ(pub->VerifyPkcs1(Hash::kSha256, digest, {}).code(), ErrorCode::kVerificationFailed);
  EXPECT_EQ(pub->VerifyPkcs1(Hash::kSha256, Bytes(20), pkcs1).code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(pub->VerifyPkcs1(Hash::kSha1, Bytes(20), pkcs1).code(), ErrorCode::kUnsupported);
}

TEST(RsaTest, Imports) {
  auto pub = Key().PublicKey();
  ASSERT_TRUE(pub.ok());
  auto spki = pub->ToSpki();
  ASSERT_TRUE(spki.ok());
  EXPECT_TRUE(RsaPublicKey::FromSpki(*spki).ok());
  spki->push_back(0);
  EXPECT_EQ(RsaPublicKey::FromSpki(*spki).code(), ErrorCode::kMalformed);
  EXPECT_EQ(RsaPublicKey::FromSpki({}).code(), ErrorCode::kMalformed);
  EXPECT_EQ(RsaPrivateKey::FromDer({}).code(), ErrorCode::kMalformed);
  EXPECT_EQ(RsaPrivateKey::FromPem(AsBytes("not a key")).code(), ErrorCode::kMalformed);
  EXPECT_EQ(RsaPrivateKey::Generate(1024).code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(RsaPublicKey::FromNumbers(Bytes(128, 0xff), Hex("010001")).code(),
            ErrorCode::kUnsupported);
  EXPECT_EQ(RsaPublicKey::FromNumbers(Bytes(256, 0xff), Hex("01")).code(), ErrorCode::kMalformed);
  EXPECT_TRUE(RsaPublicKey::FromNumbers(Bytes(256, 0xff), Hex("010001")).ok());
}

}  // namespace
}  // namespace florin::primitives
