// Ed25519 and ChaCha20-Poly1305 as operations: published values, and what they refuse.
#include <gtest/gtest.h>

#include <algorithm>

#include "crypto/mechanisms/operation.h"
#include "tests/crypto/mechanisms/test_keys.h"

namespace florin::mechanisms {
namespace {

// RFC 8032 7.1, test 3.
TEST(Operation, Ed25519SignsAndVerifies) {
  KeyRules priv = Rules(KeyType::kEcPrivate, {Verb::kSign});
  KeyRules pub = Rules(KeyType::kEcPublic, {Verb::kVerify});
  priv.curve = pub.curve = Curve::kEd25519;
  const KeyPtr signer =
      ImportKey(priv, "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7");
  const KeyPtr verifier =
      ImportKey(pub, "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025");
  EXPECT_TRUE(SameBytes(signer->PublicPoint(), verifier->PublicPoint()));
  EXPECT_EQ(signer->StrengthBits(), 128U);
  const Bytes message = FromHex("af82");
  Bytes signature(64);
  ASSERT_EQ(RunOnce(Verb::kSign, Eddsa{}, *signer, message, signature).value(), 64U);
  EXPECT_EQ(HexEncode(signature),
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f7"
            "60984dc6594a7c15e9716ed28dc027beceea1ec40a");
  EXPECT_TRUE(VerifyOnce(Eddsa{}, *verifier, message, signature).ok());
  signature[40] ^= 1;
  EXPECT_EQ(VerifyOnce(Eddsa{}, *verifier, message, signature).code(),
            ErrorCode::kVerificationFailed);
  EXPECT_EQ(VerifyOnce(Eddsa{}, *verifier, message, {}).code(), ErrorCode::kVerificationFailed);
  EXPECT_EQ(
      RunOnce(Verb::kSign, Eddsa{}, *signer, message, MutableBytes(signature).first(63)).code(),
      ErrorCode::kBufferTooSmall);
  // Each form of curve has its own algorithms.
  EXPECT_EQ(RunOnce(Verb::kSign, Ecdsa{}, *signer, RandomBytes(32), signature).code(),
            ErrorCode::kPermissionDenied);
  const KeyPtr weierstrass = GenerateKey(Rules(KeyType::kEcPrivate, {Verb::kSign}), 0);
  EXPECT_EQ(RunOnce(Verb::kSign, Eddsa{}, *weierstrass, message, signature).code(),
            ErrorCode::kPermissionDenied);
  Operation pieces;
  ASSERT_TRUE(pieces.Prepare(Verb::kSign, Eddsa{}, *signer).ok());
  EXPECT_EQ(pieces.Update(message, {}).code(), ErrorCode::kUnsupported);
}

TEST(Operation, ChaCha20Poly1305KeepsItsParameter) {
  const KeyPtr key = GenerateKey(Rules(KeyType::kChaCha20, {Verb::kEncrypt, Verb::kDecrypt}), 32);
  const Bytes plain = RandomBytes(100);
  Bytes sealed(116), opened(100);
  Operation seal;
  {
    Bytes nonce(12, 1), aad(500, 2);
    ASSERT_TRUE(seal.Prepare(Verb::kEncrypt, ChaCha20Poly1305{nonce, aad}, *key).ok());
    std::fill(nonce.begin(), nonce.end(), std::uint8_t{9});
    std::fill(aad.begin(), aad.end(), std::uint8_t{9});
  }
  ASSERT_EQ(seal.Run(plain, sealed).value(), 116U);
  const Bytes nonce(12, 1), aad(500, 2);
  const Mechanism mechanism = ChaCha20Poly1305{nonce, aad};
  ASSERT_EQ(RunOnce(Verb::kDecrypt, mechanism, *key, sealed, opened).value(), 100U);
  EXPECT_EQ(opened, plain);
  EXPECT_EQ(RunOnce(Verb::kDecrypt, mechanism, *key, ByteView(sealed).first(115), opened).code(),
            ErrorCode::kVerificationFailed);
  EXPECT_EQ(RunOnce(Verb::kDecrypt, mechanism, *key, Bytes(15), opened).code(),
            ErrorCode::kMalformed);
  EXPECT_EQ(
      RunOnce(Verb::kEncrypt, ChaCha20Poly1305{ByteView(nonce).first(8), {}}, *key, plain, sealed)
          .code(),
      ErrorCode::kInvalidArgument);
  EXPECT_EQ(RunOnce(Verb::kEncrypt, mechanism, *key, plain, MutableBytes(sealed).first(115)).code(),
            ErrorCode::kBufferTooSmall);
}

}  // namespace
}  // namespace florin::mechanisms
