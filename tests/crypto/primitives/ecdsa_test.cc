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

constexpr char kP521Key[] =
    "00fad06daa62ba3b25d2fb40133da757205de67f5bb0018fee8c86e1b68c7e75caa896eb32f1f47c70855836a6d1"
    "6fcc1466f6d8fbec67db89ec0c08b0e996b83538";

struct Rfc6979 {
  Curve curve;
  const char* scalar;
  Hash hash;
  const char* message;
  const char* r;
  const char* s;
};

// RFC 6979 A.2.5, A.2.6 and A.2.7.
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
    {Curve::kP521, kP521Key, Hash::kSha512, "sample",
     "00c328fafcbd79dd77850370c46325d987cb525569fb63c5d3bc53950e6d4c5f174e25a1ee9017b5d450606add15"
     "2b534931d7d4e8455cc91f9b15bf05ec36e377fa",
     "00617cce7cf5064806c467f678d3b4080d6f1cc50af26ca209417308281b68af282623eaa63e5b5c0723d8b8c37f"
     "f0777b1a20f8ccb1dccc43997f1ee0e44da4a67a"},
    {Curve::kP521, kP521Key, Hash::kSha512, "test",
     "013e99020abf5cee7525d16b69b229652ab6bdf2affcaef38773b4b7d08725f10cdb93482fdcc54edcee91eca416"
     "6b2a7c6265ef0ce2bd7051b7cef945babd47ee6d",
     "01fbd0013c674aa79cb39849527916ce301c66ea7ce8b80682786ad60f98f7e78a19ca69eff5c57400e3b3a0ad66"
     "ce0978214d13baf4e9ac60752f7b155e2de4dce3"},
};

// RFC 7520 4.3: a JWS of ES512.
TEST(EcdsaTest, VerifiesThePublishedJws) {
  constexpr std::string_view kSigned =
      "eyJhbGciOiJFUzUxMiIsImtpZCI6ImJpbGJvLmJhZ2dpbnNAaG9iYml0b24uZXhhbXBsZSJ9.SXTigJlzIGEgZGFuZ2"
      "Vyb3VzIGJ1c2luZXNzLCBGcm9kbywgZ29pbmcgb3V0IHlvdXIgZG9vci4gWW91IHN0ZXAgb250byB0aGUgcm9hZCwgYW"
      "5kIGlmIHlvdSBkb24ndCBrZWVwIHlvdXIgZmVldCwgdGhlcmXigJlzIG5vIGtub3dpbmcgd2hlcmUgeW91IG1pZ2h0IG"
      "JlIHN3ZXB0IG9mZiB0by4";
  const EcPrivateKey key = KeyOf(
      Curve::kP521,
      "00085138ddabf5ca975f5860f91a08e91d6d5f9a76ad4018766a476680b55cd339e8ab6c72b5facdb2a2a50ac25b"
      "d086647dd3e2e6e99e84ca2c3609fdf177feb26d");
  EXPECT_EQ(ToHex(key.public_key().x()),
            "0072992cb3ac08ecf3e5c63dedec0d51a8c1f79ef2f82f94f3c737bf5de7986671eac625fe8257bbd039"
            "4644caaa3aaf8f27a4585fbbcad0f2457620085e5c8f42ad");
  EXPECT_EQ(ToHex(key.public_key().y()),
            "01dca6947bce88bc5790485ac97427342bc35f887d86d65a089377e247e60baa55e4e8501e2ada5724ac"
            "51d6909008033ebc10ac999b9d7f5cc2519f3fe1ea1d9475");
  Bytes digest(64);
  ASSERT_TRUE(Digest(Hash::kSha512, AsBytes(kSigned), digest).ok());
  const Bytes signature = Hex(
      "004fd1fd86420a18e7e3bf758d2402add3d908d62a1d7093647d3e2591983656808cfda4a9a96e5082149c2f6abd"
      "bbbd3e5a27eca453ce8344b93e156b67262f5789010cb79ad3c1bbfbbfb030f26239c0303c573e7ed7ad3d25c3e9"
      "2f003f3dd2397c7b6a6e41e9ecfc810a0691c0065b1b10f5fab0563c39c183aa846e0689aef71436");
  EXPECT_TRUE(EcdsaVerify(key.public_key(), digest, signature, SignatureForm::kRaw).ok());
}

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
  for (const Curve curve : {Curve::kP256, Curve::kP384, Curve::kP521}) {
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
  for (const Curve curve : {Curve::kP256, Curve::kP384, Curve::kP521}) {
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
