#include "crypto/primitives/ec.h"
#include <algorithm>

#include <gtest/gtest.h>

#include "crypto/primitives/der.h"
#include "crypto/primitives/kdf.h"
#include "tests/crypto/primitives/test_util.h"

namespace florin::primitives {
namespace {

constexpr char kP256P[] = "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff";
constexpr char kP256N[] = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
constexpr char kP384N[] =
    "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc529"
    "73";

Bytes SharedSecret(const EcPrivateKey& key, ByteView point) {
  Bytes z(FieldSize(key.curve()));
  EXPECT_TRUE(Ecdh(key, point, z).ok());
  return z;
}

// RFC 5903 8.2; 8.1 (P-256) is in the self-test.
TEST(EcdhTest, PublishedP384) {
  auto key = EcPrivateKey::FromScalar(
      Curve::kP384, Hex("099f3c7034d4a2c699884d73a375a67f7624ef7c6b3c0f160647b67414dce655e35b538041"
                        "e649ee3faef896783ab194"));
  ASSERT_TRUE(key.ok());
  EXPECT_EQ(
      ToHex(SharedSecret(
          *key, Hex("04e558dbef53eecde3d3fccfc1aea08a89a987475d12fd950d83cfa41732bc509d0d1ac4"
                    "3a0336def96fda41d0774a3571dcfbec7aacf3196472169e838430367f66eebe3c6e70c4"
                    "16dd5f0c68759dd1fff83fa40142209dff5eaad96db9e6386c"))),
      "11187331c279962d93d604243fd592cb9d0a926f422e47187521287e7156c5c4d603135569b9e9d09cf5d4a270"
      "f59746");
}

// The key pair of processout/applepay issue 22: Z begins with a zero byte, which belongs into the
// KDF. The derived key is a calculation, with the merchant hash of a published test token.
TEST(EcdhTest, LeadingZerosOfTheSharedSecretStay) {
  auto a = EcPrivateKey::FromScalar(
      Curve::kP256, Hex("2a9a00df540837a275188e8880218f45c2affb74b731be00e4e815e5cbbbe260"));
  auto b = EcPrivateKey::FromScalar(
      Curve::kP256, Hex("c3057c75e553023efbcb2ec3dad79807e240b43f13b7c625eac2bcde9e55e6bf"));
  ASSERT_TRUE(a.ok() && b.ok());
  const Bytes z = SharedSecret(*a, b->public_key().point());
  EXPECT_EQ(ToHex(z), "005363f5f75762476c04d7f32385629501368593df7e89aea4cdaebe4ae6c217");
  EXPECT_EQ(SharedSecret(*b, a->public_key().point()), z);
  Bytes key(32);
  ASSERT_TRUE(OneStepKdf(Hash::kSha256, z,
                         {Hex("0d69642d6165733235362d47434d"), AsBytes("Apple"),
                          Hex("358da5890b9555c0a9efb84b5cd6ff04bfdcd5aabf5dc14b9872d8df51eaf439")},
                         key)
                  .ok());
  EXPECT_EQ(ToHex(key), "18d44d4a4ef072c06855ed97ea2e6dce1399868b87ceed5d26843de92d035066");
}

// A coordinate with leading zeros must come out in full width, wherever it occurs: search for one.
TEST(EcdhTest, BothSidesAgreeAlsoOnShortCoordinates) {
  TestRandom random(9);
  auto fixed = EcPrivateKey::Generate(Curve::kP256, random);
  ASSERT_TRUE(fixed.ok());
  int with_leading_zero = 0;
  for (int i = 0; i < 600; ++i) {
    auto other = EcPrivateKey::Generate(Curve::kP256, random);
    ASSERT_TRUE(other.ok());
    const Bytes z = SharedSecret(*fixed, other->public_key().point());
    ASSERT_EQ(z, SharedSecret(*other, fixed->public_key().point()));
    if (z[0] == 0) ++with_leading_zero;
  }
  EXPECT_GT(with_leading_zero, 0);
}

TEST(EcPointTest, BadPointsAreRefused) {
  TestRandom random(10);
  auto key = EcPrivateKey::Generate(Curve::kP256, random);
  ASSERT_TRUE(key.ok());
  const Bytes good(key->public_key().point().begin(), key->public_key().point().end());
  const auto refused = [&key](const Bytes& point) {
    Bytes z(32, 0x55);
    const bool untouched =
        Ecdh(*key, point, z).code() == ErrorCode::kMalformed && z == Bytes(32, 0x55);
    return untouched && CheckPoint(Curve::kP256, point).code() == ErrorCode::kMalformed &&
           EcPublicKey::FromPoint(Curve::kP256, point).code() == ErrorCode::kMalformed;
  };
  ASSERT_TRUE(CheckPoint(Curve::kP256, good).ok());
  EXPECT_TRUE(refused({}));
  EXPECT_TRUE(refused({0x00})) << "infinity";
  EXPECT_TRUE(refused(Bytes(65))) << "infinity in full width";
  EXPECT_TRUE(refused(Bytes(good.begin(), good.begin() + 33))) << "half";
  EXPECT_TRUE(refused(Bytes(good.begin(), good.end() - 1)));
  Bytes longer = good;
  longer.push_back(0);
  EXPECT_TRUE(refused(longer));
  for (std::size_t bit = 8; bit < 8 * good.size(); bit += 37) {
    Bytes off_curve = good;
    off_curve[bit / 8] = static_cast<std::uint8_t>(off_curve[bit / 8] ^ (1U << (bit % 8)));
    EXPECT_TRUE(refused(off_curve)) << "bit " << bit;
  }
  for (const int form : {0x02, 0x03, 0x05, 0x06, 0x07}) {
    Bytes other_form = good;
    other_form[0] = static_cast<std::uint8_t>(form);
    EXPECT_TRUE(refused(other_form)) << "form " << form;
  }
  Bytes compressed(good.begin(), good.begin() + 33);
  compressed[0] = static_cast<std::uint8_t>(2 + (good[64] & 1));
  EXPECT_TRUE(refused(compressed));
}

// x = 0 and x = p are the same element; only the first encoding counts. y(0) is sqrt(b), a
// calculation.
TEST(EcPointTest, CoordinatesMustBeBelowP) {
  const Bytes y = Hex("66485c780e2f83d72433bd5d84a06bb6541c2af31dae871728bf856a174f93f4");
  Bytes point(33);
  point[0] = 4;
  point.insert(point.end(), y.begin(), y.end());
  ASSERT_TRUE(CheckPoint(Curve::kP256, point).ok());
  const Bytes p = Hex(kP256P);
  std::copy(p.begin(), p.end(), point.begin() + 1);
  EXPECT_EQ(CheckPoint(Curve::kP256, point).code(), ErrorCode::kMalformed);
  std::fill(point.begin() + 1, point.end(), std::uint8_t{0xff});
  EXPECT_EQ(CheckPoint(Curve::kP256, point).code(), ErrorCode::kMalformed);
}

TEST(EcPointTest, TheCurvesAreNotConfused) {
  TestRandom random(11);
  auto p384 = EcPrivateKey::Generate(Curve::kP384, random);
  ASSERT_TRUE(p384.ok());
  EXPECT_TRUE(CheckPoint(Curve::kP384, p384->public_key().point()).ok());
  EXPECT_FALSE(CheckPoint(Curve::kP256, p384->public_key().point()).ok());
  EXPECT_FALSE(CheckPoint(Curve::kP256, p384->public_key().point().first(65)).ok());
}

TEST(SpkiTest, RoundTripAndStrictness) {
  TestRandom random(12);
  for (const Curve curve : {Curve::kP256, Curve::kP384, Curve::kP521}) {
    auto key = EcPrivateKey::Generate(curve, random);
    ASSERT_TRUE(key.ok());
    Bytes der(SpkiSize(curve));
    ASSERT_TRUE(key->public_key().ToSpki(der).ok());
    auto back = EcPublicKey::FromSpki(der);
    ASSERT_TRUE(back.ok());
    EXPECT_TRUE(back->SameAs(key->public_key()));
    for (std::size_t i = 0; i < der.size(); ++i) {
      der[i] = static_cast<std::uint8_t>(der[i] ^ 1);
      EXPECT_EQ(EcPublicKey::FromSpki(der).code(), ErrorCode::kMalformed) << "byte " << i;
      der[i] = static_cast<std::uint8_t>(der[i] ^ 1);
    }
    der.push_back(0);
    EXPECT_EQ(EcPublicKey::FromSpki(der).code(), ErrorCode::kMalformed);
    EXPECT_EQ(EcPublicKey::FromSpki({}).code(), ErrorCode::kMalformed);
  }
}

TEST(EcPrivateKeyTest, ScalarsOutsideTheOrderAreRefused) {
  EXPECT_EQ(EcPrivateKey::FromScalar(Curve::kP256, Bytes(32)).code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(EcPrivateKey::FromScalar(Curve::kP256, Hex(kP256N)).code(),
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(EcPrivateKey::FromScalar(Curve::kP384, Hex(kP384N)).code(),
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(EcPrivateKey::FromScalar(Curve::kP256, Bytes(31, 1)).code(),
            ErrorCode::kInvalidArgument);
  Bytes largest = Hex(kP256N);
  largest.back() = static_cast<std::uint8_t>(largest.back() - 1);
  auto key = EcPrivateKey::FromScalar(Curve::kP256, largest);
  ASSERT_TRUE(key.ok());
  // (n-1) G = -G: the generator's x (FIPS 186-4 D.1.2.3).
  EXPECT_EQ(ToHex(key->public_key().x()),
            "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296");
}

// A published test key: spreedly/gala, test/fixtures/private_key.pem.
constexpr char kSec1Pem[] =
    "-----BEGIN EC PRIVATE KEY-----\n"
    "MHcCAQEEICmvB7bzRczaJX05lCTK2ueRVRAAivM/CgbHyOaIcqW1oAoGCCqGSM49\n"
    "AwEHoUQDQgAE4pUGHJqfJCucG40MvdGqTwvYRz2N9WvCtOHdtAuNf1vB2MPZyLsq\n"
    "U32Z3a5z1WcWK6OHmfDDSqOrfQq7UXlQgA==\n"
    "-----END EC PRIVATE KEY-----\n";
constexpr char kSec1Der[] =
    "3077020101042029af07b6f345ccda257d399424cadae7915510008af33f0a06c7c8e68872a5b5a00a06082a8648ce"
    "3d03"
    "0107a14403420004e295061c9a9f242b9c1b8d0cbdd1aa4f0bd8473d8df56bc2b4e1ddb40b8d7f5bc1d8c3d9c8bb2a"
    "537d"
    "99ddae73d567162ba38799f0c34aa3ab7d0abb51795080";

TEST(EcPrivateKeyTest, Imports) {
  auto pem = EcPrivateKey::FromPem(AsBytes(kSec1Pem));
  ASSERT_TRUE(pem.ok());
  Bytes der = Hex(kSec1Der);
  auto key = EcPrivateKey::FromDer(der);
  ASSERT_TRUE(key.ok());
  EXPECT_TRUE(key->scalar().EqualTo(pem->scalar()));
  EXPECT_TRUE(SameBytes(key->public_key().point(), ByteView(der).last(65)));
  const auto written = key->ToDer();
  ASSERT_TRUE(written.ok());
  EXPECT_TRUE(SameBytes(written->Read(SecretAccess{}), der));
  der[8] = static_cast<std::uint8_t>(der[8] ^ 1);
  EXPECT_FALSE(EcPrivateKey::FromDer(der).ok()) << "the public key does not match";
  der[8] = static_cast<std::uint8_t>(der[8] ^ 1);
  der.push_back(0);
  EXPECT_EQ(EcPrivateKey::FromDer(der).code(), ErrorCode::kMalformed);
  EXPECT_EQ(EcPrivateKey::FromDer({}).code(), ErrorCode::kMalformed);
  EXPECT_EQ(EcPrivateKey::FromPem({}).code(), ErrorCode::kMalformed);
  EXPECT_EQ(EcPrivateKey::FromPem(AsBytes("-----BEGIN EC PRIVATE KEY-----\nxx")).code(),
            ErrorCode::kMalformed);
  EXPECT_EQ(EcPrivateKey::FromPem(Bytes(5000, 'x')).code(), ErrorCode::kLimitExceeded);
}

// PKCS#8; J8k3/CyberChef, tests/operations/tests/Payment.mjs.
TEST(EcPrivateKeyTest, ImportsPkcs8) {
  auto key = EcPrivateKey::FromDer(Hex(
      "308187020100301306072a8648ce3d020106082a8648ce3d030107046d306b020101042054f79c284ad23e36a7e5"
      "f4b37fe8ec28f2ad86fdc0a3937423191b6ad40dc35ea144034200046183befd19d608a47d109d8eba166197d673"
      "05cb26eeb2313175714dd790416b5fb387509fec2af8f38289f0c87681afd0b3ca8a93ff156d64a3d126cb6fa3a"
      "c"));
  ASSERT_TRUE(key.ok());
  auto peer = EcPublicKey::FromSpki(Hex(
      "3059301306072a8648ce3d020106082a8648ce3d0301070342000465639fbc553203921376d1146abeda033df4f0"
      "b96ba4f54aef86c229b7aade0200e59374c1ee93d7c1929131ed082386dbae98c82193704d89ae7b30624d5ff"
      "0"));
  ASSERT_TRUE(peer.ok());
  EXPECT_EQ(ToHex(SharedSecret(*key, peer->point())),
            "4be993a2d1bd25c7b5a625edebe48d022557aca445c60ee403ece9ba38a41cfe");
}

TEST(EcPrivateKeyTest, WritesWhatOpensslReads) {
  for (const Curve curve : {Curve::kP256, Curve::kP384, Curve::kP521}) {
    const auto key = EcPrivateKey::Generate(curve, SystemRandom());
    ASSERT_TRUE(key.ok());
    const auto der = key->ToDer();
    ASSERT_TRUE(der.ok());
    constexpr std::size_t kSizes[] = {121, 167, 223};
    EXPECT_EQ(der->size(), kSizes[static_cast<std::size_t>(curve)]);
    EXPECT_TRUE(IsDer(der->Read(SecretAccess{})));
    const auto back = EcPrivateKey::FromDer(der->Read(SecretAccess{}));
    ASSERT_TRUE(back.ok());
    EXPECT_EQ(back->curve(), curve);
    EXPECT_TRUE(back->scalar().EqualTo(key->scalar()));
  }
}

TEST(EcPrivateKeyTest, ADeadRandomSourceEndsGeneration) {
  class Zeros final : public RandomSource {
    Status Fill(MutableBytes out) override {
      std::fill(out.begin(), out.end(), std::uint8_t{0});
      return OkStatus();
    }
  };
  Zeros zeros;
  EXPECT_EQ(EcPrivateKey::Generate(Curve::kP256, zeros).code(), ErrorCode::kInternal);
}

}  // namespace
}  // namespace florin::primitives
