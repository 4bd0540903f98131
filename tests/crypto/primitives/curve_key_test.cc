// Keys on every curve of the table, and Ed25519.
#include "crypto/primitives/curve_key.h"

#include <gtest/gtest.h>

#include "tests/crypto/primitives/test_util.h"

namespace florin::primitives {
namespace {

constexpr Curve kAgreeing[] = {Curve::kP256, Curve::kP384, Curve::kP521, Curve::kX25519};

TEST(CurveKeyTest, BothSidesAgree) {
  TestRandom random(1);
  for (const Curve curve : kAgreeing) {
    SCOPED_TRACE(InfoOf(curve).name);
    const auto one = CurvePrivateKey::Generate(curve, random).value();
    const auto two = CurvePrivateKey::Generate(curve, random).value();
    EXPECT_EQ(one.public_key().size(), InfoOf(curve).public_size);
    EXPECT_TRUE(CheckPublicKey(curve, one.public_key()).ok());
    Bytes a(InfoOf(curve).private_size), b(InfoOf(curve).private_size);
    ASSERT_TRUE(one.Agree(two.public_key(), a).ok());
    ASSERT_TRUE(two.Agree(one.public_key(), b).ok());
    EXPECT_EQ(a, b);
    const auto again =
        CurvePrivateKey::FromBytes(curve, one.private_key().Read(SecretAccess{})).value();
    EXPECT_TRUE(SameBytes(again.public_key(), one.public_key()));
    EXPECT_EQ(CurvePrivateKey::FromBytes(curve, Bytes(31, 1)).code(), ErrorCode::kInvalidArgument);
    EXPECT_EQ(one.Agree(Bytes(7), a).code(), ErrorCode::kMalformed);
    EXPECT_EQ(one.Agree(two.public_key(), MutableBytes(a).first(7)).code(),
              ErrorCode::kInvalidArgument);
  }
}

// A scalar of P-521 has 521 bits: the mask keeps rejection sampling from never ending.
TEST(CurveKeyTest, EveryRandomStreamGivesAKeyOfP521) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    TestRandom random(seed);
    const auto key = EcPrivateKey::Generate(Curve::kP521, random);
    ASSERT_TRUE(key.ok()) << seed;
    EXPECT_LE(key->scalar().Read(SecretAccess{})[0], 1);
  }
}

// RFC 7748 5.2. The second point has its unused bit set, and its value counts modulo p.
TEST(CurveKeyTest, PublishedX25519) {
  const struct {
    const char *scalar, *u, *shared;
  } cases[] = {{"a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4",
                "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c",
                "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552"},
               {"4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d",
                "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493",
                "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957"}};
  for (const auto& c : cases) {
    const auto key = CurvePrivateKey::FromBytes(Curve::kX25519, Hex(c.scalar)).value();
    Bytes shared(32);
    ASSERT_TRUE(key.Agree(Hex(c.u), shared).ok());
    EXPECT_EQ(ToHex(shared), c.shared);
  }
}

// p + 9 is the base point a second time (RFC 7748 5: values that are not canonical are taken);
// points of small order agree on nothing and are no keys.
TEST(CurveKeyTest, X25519PointsThatAreNotCanonicalOrOfSmallOrder) {
  TestRandom random(2);
  const auto key = CurvePrivateKey::Generate(Curve::kX25519, random).value();
  const Bytes nine = Hex("0900000000000000000000000000000000000000000000000000000000000000");
  const Bytes nine_again = Hex("f6ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f");
  Bytes a(32), b(32);
  ASSERT_TRUE(key.Agree(nine, a).ok());
  ASSERT_TRUE(key.Agree(nine_again, b).ok());
  EXPECT_EQ(a, b);
  EXPECT_TRUE(SameBytes(a, key.public_key()));
  EXPECT_TRUE(CheckPublicKey(Curve::kX25519, nine_again).ok());
  // RFC 7748 7 names these; the last two are 0 and 1 with p added.
  for (const char* point : {"0000000000000000000000000000000000000000000000000000000000000000",
                            "0100000000000000000000000000000000000000000000000000000000000000",
                            "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                            "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
                            "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
                            "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                            "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"}) {
    EXPECT_EQ(CheckPublicKey(Curve::kX25519, Hex(point)).code(), ErrorCode::kMalformed) << point;
    EXPECT_EQ(key.Agree(Hex(point), a).code(), ErrorCode::kMalformed) << point;
  }
}

struct Rfc8032 {
  const char *seed, *public_key, *message, *signature;
};
// RFC 8032 7.1, tests 1 to 3.
constexpr Rfc8032 kEd25519[] = {
    {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
     "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b"
     "4"
     "6bd25bf5f0595bbe24655141438e7a100b"},
    {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11"
     "d"
     "8c387b2eaeb4302aeeb00d291612bb0c00"},
    {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
     "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc"
     "6"
     "594a7c15e9716ed28dc027beceea1ec40a"},
};

TEST(Ed25519Test, PublishedSignatures) {
  for (const Rfc8032& v : kEd25519) {
    const auto key = CurvePrivateKey::FromBytes(Curve::kEd25519, Hex(v.seed)).value();
    EXPECT_EQ(ToHex(key.public_key()), v.public_key);
    Bytes signature(64);
    ASSERT_TRUE(key.ed25519()->Sign(Hex(v.message), signature).ok());
    EXPECT_EQ(ToHex(signature), v.signature);
    EXPECT_TRUE(Ed25519Verify(Hex(v.public_key), Hex(v.message), signature).ok());
    for (std::size_t at = 0; at < signature.size(); at += 9) {
      Bytes wrong = signature;
      wrong[at] ^= 4;
      EXPECT_EQ(Ed25519Verify(Hex(v.public_key), Hex(v.message), wrong).code(),
                ErrorCode::kVerificationFailed);
    }
    EXPECT_EQ(Ed25519Verify(Hex(v.public_key), Hex("00"), signature).code(),
              ErrorCode::kVerificationFailed);
  }
}

// S + L would verify by the equation alone (RFC 8032 5.1.7: S is below L).
TEST(Ed25519Test, SignaturesAreNotMalleable) {
  Bytes signature = Hex(kEd25519[1].signature);
  const Bytes order = Hex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
  unsigned carry = 0;
  for (std::size_t i = 0; i < 32; ++i) {
    carry += static_cast<unsigned>(signature[32 + i]) + order[i];
    signature[32 + i] = static_cast<std::uint8_t>(carry);
    carry >>= 8;
  }
  ASSERT_EQ(carry, 0U);
  EXPECT_EQ(Ed25519Verify(Hex(kEd25519[1].public_key), Hex("72"), signature).code(),
            ErrorCode::kVerificationFailed);
}

TEST(Ed25519Test, PublicKeysOutsideTheGroupAreRefused) {
  // The identity, y = -1 (order 2), y = 0 (order 4), p (0 in another form), no point of the curve.
  for (const char* key : {"0100000000000000000000000000000000000000000000000000000000000000",
                          "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                          "0000000000000000000000000000000000000000000000000000000000000000",
                          "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                          "0200000000000000000000000000000000000000000000000000000000000000"}) {
    EXPECT_EQ(CheckPublicKey(Curve::kEd25519, Hex(key)).code(), ErrorCode::kMalformed) << key;
  }
  EXPECT_TRUE(CheckPublicKey(Curve::kEd25519, Hex(kEd25519[0].public_key)).ok());
  TestRandom random(3);
  const auto key = CurvePrivateKey::Generate(Curve::kEd25519, random).value();
  Bytes shared(32);
  EXPECT_EQ(key.Agree(key.public_key(), shared).code(), ErrorCode::kUnsupported);
  EXPECT_EQ(CheckPoint(Curve::kEd25519, Bytes(32)).code(), ErrorCode::kUnsupported);
  EXPECT_EQ(EcPrivateKey::FromScalar(Curve::kX25519, Bytes(32, 1)).code(), ErrorCode::kUnsupported);
}

TEST(CurveKeyTest, PublicKeysTravelAsSubjectPublicKeyInfo) {
  TestRandom random(4);
  for (const CurveInfo& row : kCurveTable) {
    SCOPED_TRACE(row.name);
    const auto key = CurvePrivateKey::Generate(row.curve, random).value();
    Bytes info(kMaxSpkiSize);
    const std::size_t size = WriteCurveSpki(row.curve, key.public_key(), info).value();
    const auto parsed = ParseCurveSpki(ByteView(info).first(size));
    ASSERT_TRUE(parsed.ok());
    EXPECT_EQ(parsed->curve, row.curve);
    EXPECT_TRUE(SameBytes(parsed->public_key, key.public_key()));
    EXPECT_EQ(ParseCurveSpki(ByteView(info).first(size - 1)).code(), ErrorCode::kMalformed);
    EXPECT_EQ(
        WriteCurveSpki(row.curve, key.public_key(), MutableBytes(info).first(size - 1)).code(),
        ErrorCode::kBufferTooSmall);
    EXPECT_EQ(WriteCurveSpki(row.curve, Bytes(5), info).code(), ErrorCode::kMalformed);
    EXPECT_EQ(CurveOfName(row.name), row.curve);
  }
  EXPECT_EQ(CurveOfName("P-224"), std::nullopt);
}

// RFC 8410 10.1 and 10.3: a public key, and the private key in its shortest form.
TEST(CurveKeyTest, PublishedKeyFormsOfEd25519) {
  const Bytes info = Hex(
      "302a300506032b657003210019bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1");
  const Bytes pkcs8 =
      Hex("302e020100300506032b657004220420d4ee72dbf913584ad5b6d8f1f769f8ad3afe7c28cbf1d4fbe097a88f"
          "44755"
          "842");
  const auto key = CurvePrivateKey::FromDer(pkcs8);
  ASSERT_TRUE(key.ok());
  EXPECT_EQ(key->curve(), Curve::kEd25519);
  const auto parsed = ParseCurveSpki(info);
  ASSERT_TRUE(parsed.ok());
  EXPECT_TRUE(SameBytes(parsed->public_key, key->public_key()));
  Bytes wrong = pkcs8;
  wrong[13] ^= 1;
  EXPECT_FALSE(CurvePrivateKey::FromDer(wrong).ok());
}

}  // namespace
}  // namespace florin::primitives
