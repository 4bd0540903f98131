#include <gtest/gtest.h>
#include <algorithm>

#include "crypto/primitives/ec.h"
#include "crypto/primitives/hash.h"
#include "tests/crypto/primitives/test_util.h"

namespace florin::primitives {
namespace {

Bytes Sha256Of(std::string_view text) {
  Bytes out(32);
  EXPECT_TRUE(Digest(Hash::kSha256, AsBytes(text), out).ok());
  return out;
}

EcPrivateKey KeyOf(Curve curve, std::string_view scalar) {
  return EcPrivateKey::FromScalar(curve, Hex(scalar)).value();
}

constexpr char kP256Key[] = "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721";

struct Rfc6979 {
  Curve curve;
  const char* scalar;
  Hash hash;
  const char* message;
  const char* r;
  const char* s;
};

// RFC 6979 A.2.5 and A.2.6.
const Rfc6979 kPublished[] = {
    {Curve::kP256, kP256Key, Hash::kSha256, "test",
     "f1abb023518351cd71d881567b1ea663ed3efcf6c5132b354f28d3b0b7d38367",
     "019f4113742a2b14bd25926b49c649155f267e60d3814b4c0cc84250e46f0083"},
    {Curve::kP256, kP256Key, Hash::kSha512, "sample",
     "8496a60b5e9b47c825488827e0495b0e3fa109ec4568fd3f8d1097678eb97f00",
     "2362ab1adbe2b8adf9cb9edab740ea6049c028114f2460f96554f61fae3302fe"},
    {Curve::kP384,
     "6b9d3dad2e1b8c1c05b19875b6659f4de23c3b667bf297ba9aa47740787137d896d5724e4c70a825f872c9ea60d2e"
     "d"
     "f5",
     Hash::kSha384, "sample",
     "94edbb92a5ecb8aad4736e56c691916b3f88140666ce9fa73d64c4ea95ad133c81a648152e44acf96e36dd1e80fab"
     "e"
     "46",
     "99ef4aeb15f178cea1fe40db2603138f130e740a19624526203b6351d0a3a94fa329c145786e679e7b82c71a38628"
     "a"
     "c8"},
};

TEST(EcdsaTest, VerifiesPublishedSignatures) {
  for (const Rfc6979& v : kPublished) {
    SCOPED_TRACE(v.r);
    const EcPrivateKey key = KeyOf(v.curve, v.scalar);
    Bytes digest(HashSize(v.hash));
    ASSERT_TRUE(Digest(v.hash, AsBytes(v.message), digest).ok());
    Bytes raw = Hex(std::string(v.r) + v.s);
    EXPECT_TRUE(EcdsaVerify(key.public_key(), digest, raw, SignatureForm::kRaw).ok());
    for (std::size_t i = 0; i < raw.size(); i += 5) {
      raw[i] = static_cast<std::uint8_t>(raw[i] ^ 4);
      EXPECT_EQ(EcdsaVerify(key.public_key(), digest, raw, SignatureForm::kRaw).code(),
                ErrorCode::kVerificationFailed);
      raw[i] = static_cast<std::uint8_t>(raw[i] ^ 4);
    }
    digest[0] = static_cast<std::uint8_t>(digest[0] ^ 1);
    EXPECT_EQ(EcdsaVerify(key.public_key(), digest, raw, SignatureForm::kRaw).code(),
              ErrorCode::kVerificationFailed);
  }
}

TEST(EcdsaTest, OwnSignaturesVerifyInBothForms) {
  TestRandom random(13);
  for (const Curve curve : {Curve::kP256, Curve::kP384}) {
    auto key = EcPrivateKey::Generate(curve, random);
    auto other = EcPrivateKey::Generate(curve, random);
    ASSERT_TRUE(key.ok() && other.ok());
    for (const std::size_t size : {20, 28, 32, 48, 64}) {
      const Bytes digest = random.Take(size);
      Bytes raw(RawSignatureSize(curve));
      Bytes der(kMaxDerSignatureSize);
      ASSERT_TRUE(EcdsaSign(*key, digest, raw).ok());
      EXPECT_TRUE(EcdsaVerify(key->public_key(), digest, raw, SignatureForm::kRaw).ok());
      EXPECT_FALSE(EcdsaVerify(other->public_key(), digest, raw, SignatureForm::kRaw).ok());
      auto length = EcdsaSignDer(*key, digest, der);
      ASSERT_TRUE(length.ok());
      der.resize(*length);
      EXPECT_TRUE(EcdsaVerify(key->public_key(), digest, der, SignatureForm::kDer).ok());
      EXPECT_FALSE(EcdsaVerify(key->public_key(), digest, der, SignatureForm::kRaw).ok());
    }
  }
}

// The cases Wycheproof calls "special values": r and s at 0, 1, n-1, n, n+1, p and all ones.
TEST(EcdsaTest, SpecialValuesAreRefused) {
  const EcPrivateKey key = KeyOf(Curve::kP256, kP256Key);
  const Bytes digest = Sha256Of("test");
  const char* special[] = {"0000000000000000000000000000000000000000000000000000000000000000",
                           "0000000000000000000000000000000000000000000000000000000000000001",
                           "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632550",
                           "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551",
                           "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632552",
                           "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff",
                           "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"};
  for (const char* r : special) {
    for (const char* s : special) {
      EXPECT_EQ(EcdsaVerify(key.public_key(), digest, Hex(std::string(r) + s), SignatureForm::kRaw)
                    .code(),
                ErrorCode::kVerificationFailed)
          << r << " " << s;
    }
  }
}

// s and n - s are both valid; r + n (where it fits) is not the same signature.
TEST(EcdsaTest, HighAndLowSAreBothValid) {
  const EcPrivateKey key = KeyOf(Curve::kP256, kP256Key);
  const Bytes digest = Sha256Of("test");
  // n - s of the RFC's signature over "test", a calculation.
  const Bytes raw =
      Hex("f1abb023518351cd71d881567b1ea663ed3efcf6c5132b354f28d3b0b7d38367"
          "fe60beeb8bd5d4ec42da6d94b639b6ea5dc07c4cd3965338e6f1887217f424ce");
  EXPECT_TRUE(EcdsaVerify(key.public_key(), digest, raw, SignatureForm::kRaw).ok());
}

TEST(EcdsaTest, RefusesBadArguments) {
  const EcPrivateKey key = KeyOf(Curve::kP256, kP256Key);
  Bytes raw(64);
  EXPECT_EQ(EcdsaSign(key, Bytes(19), raw).code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(EcdsaSign(key, Bytes(65), raw).code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(EcdsaSign(key, Bytes(32), MutableBytes(raw).first(63)).code(),
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(EcdsaVerify(key.public_key(), Bytes(32), {}, SignatureForm::kRaw).code(),
            ErrorCode::kVerificationFailed);
  EXPECT_EQ(EcdsaVerify(key.public_key(), Bytes(32), {}, SignatureForm::kDer).code(),
            ErrorCode::kVerificationFailed);
}

TEST(EcdsaDerTest, RoundTrips) {
  TestRandom random(14);
  for (const Curve curve : {Curve::kP256, Curve::kP384}) {
    const std::size_t field = FieldSize(curve);
    for (int i = 0; i < 200; ++i) {
      Bytes raw = random.Take(2 * field);
      // Short numbers now and then.
      std::fill_n(raw.begin(), random.Below(field), std::uint8_t{0});
      Bytes der(kMaxDerSignatureSize);
      auto size = EcdsaRawToDer(curve, raw, der);
      ASSERT_TRUE(size.ok());
      Bytes back(2 * field);
      ASSERT_TRUE(EcdsaDerToRaw(curve, ByteView(der).first(*size), back).ok());
      EXPECT_EQ(back, raw);
    }
  }
}

TEST(EcdsaDerTest, OnlyOneFormIsRead) {
  Bytes raw(64);
  EXPECT_TRUE(EcdsaDerToRaw(Curve::kP256, Hex("3006020101020102"), raw).ok());
  const char* bad[] = {
      "",
      "30",
      "3000",
      "3003020101",
      "3006020101020102ff",  // bytes behind
      "308106020101020102",  // length not minimal
      "3080020101020102"
      "0000",              // indefinite length
      "3106020101020102",  // SET
      "3006030101020102",  // BIT STRING
      "30070202000102"
      "0102",  // leading zero
      "3007020101020200"
      "01",
      "3006020181020102",  // negative
      "30050201010200",    // empty INTEGER
      "3007020101020102"
      "00",                // inside the SEQUENCE, behind s
      "3005020101020102",  // SEQUENCE too short
      "3007020101020102",  // SEQUENCE too long
      "3006020101020202",  // INTEGER too long
      "30260221010000000000000000000000000000000000000000000000000000000000000000020101",  // 33
                                                                                           // bytes
  };
  for (const char* text : bad) {
    EXPECT_EQ(EcdsaDerToRaw(Curve::kP256, Hex(text), raw).code(), ErrorCode::kMalformed) << text;
  }
  EXPECT_EQ(
      EcdsaDerToRaw(Curve::kP256, Hex("3006020101020102"), MutableBytes(raw).first(63)).code(),
      ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace florin::primitives
