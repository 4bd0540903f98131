// The contract of the curves, of ChaCha20-Poly1305, and of derivations that take a second key.
#include <cstdio>
#include <string>
#include <vector>

#include "crypto/base/curve_table.h"
#include "tests/crypto/hsm/session_contract.h"
#include "tests/support/foreign_leaks.h"

namespace florin::hsm {
namespace {

using namespace mechanisms;

class SessionContractCurves : public SessionContract {
 protected:
  // Florin's own owners of keys have all of it; foreign modules what they have.
  bool IsOurs() const { return backend().knows_headers; }

  KeyPairTemplate PairOn(const CurveInfo& row, Verb verb) const {
    const bool montgomery = row.form == CurveForm::kMontgomery;
    KeyPairTemplate pair{Template(KeyType::kEcPrivate, row.private_size, {verb}),
                         Template(KeyType::kEcPublic, row.public_size,
                                  montgomery ? VerbSet{} : VerbSet{Verb::kVerify})};
    pair.private_key.rules.curve = row.curve;
    pair.public_key.rules.curve = row.curve;
    return pair;
  }

  KeyTemplate OnCurve(KeyType type, Curve curve, VerbSet verbs) const {
    const CurveInfo& row = InfoOf(curve);
    KeyTemplate key =
        Template(type, type == KeyType::kEcPrivate ? row.private_size : row.public_size, verbs);
    key.rules.curve = curve;
    return key;
  }

  // A generic secret of these bytes, or nothing where the token takes none.
  KeyHandle Secret(std::string_view hex) {
    return ImportHex(Template(KeyType::kGenericSecret, hex.size() / 2, {Verb::kDerive}), hex);
  }

  // What an AES key made of `key` by HKDF encrypts: two secrets are the same where it is.
  std::string Fingerprint(KeyHandle key) {
    auto aes = session().Derive(HkdfDerive{Hash::kSha256, true, true, {}, {}}, key,
                                Template(KeyType::kAes, 32, {Verb::kEncrypt}));
    EXPECT_TRUE(aes.ok()) << aes.error().message() << " rv " << aes.error().detail();
    Bytes out(16);
    if (aes.ok()) {
      EXPECT_TRUE(session().Encrypt(AesEcb{}, *aes, Bytes(16, 7), out).ok());
    }
    return HexOf(out);
  }
};

// Curves that a foreign token does not have are told.
#define CURVE_OR_NEXT(result, row)                                                        \
  if (!(result).ok()) {                                                                   \
    ASSERT_FALSE(IsOurs()) << (row).name << ": " << (result).error().message() << " rv "  \
                           << (result).error().detail();                                  \
    std::printf("%s: no %s here: %s\n", GetParam().name, std::string((row).name).c_str(), \
                (result).error().message());                                              \
    continue;                                                                             \
  }

TEST_P(SessionContractCurves, PairsOfEveryCurveSignOrAgree) {
  CONTRACT_NEEDS(kEcdsa, kSign);
  for (const CurveInfo& row : kCurveTable) {
    SCOPED_TRACE(row.name);
    const bool signs = row.signature_size != 0;
    const auto pair = session().GeneratePair(PairOn(row, signs ? Verb::kSign : Verb::kDerive));
    CURVE_OR_NEXT(pair, row);
    Bytes point(kMaxPublicPoint), info(kMaxPublicKeyInfo);
    const auto size = session().PublicPoint(pair->public_key, point);
    ASSERT_TRUE(size.ok()) << size.error().message();
    EXPECT_EQ(*size, row.public_size);
    const auto info_size = session().PublicKeyInfo(pair->public_key, info);
    ASSERT_TRUE(info_size.ok()) << info_size.error().message();
    EXPECT_EQ(*info_size, row.spki_prefix.size() + row.public_size);
    EXPECT_TRUE(SameBytes(ByteView(info).first(row.spki_prefix.size()), row.spki_prefix));
    const auto described = session().Describe(pair->private_key);
    ASSERT_TRUE(described.ok()) << described.error().message();
    EXPECT_EQ(described->curve, row.curve);
    EXPECT_EQ(described->length, row.private_size);
    EXPECT_EQ(described->strength, row.strength);
    if (!signs) continue;
    const bool edwards = row.form == CurveForm::kEdwards;
    const Mechanism mechanism = edwards ? Mechanism(Eddsa{}) : Mechanism(Ecdsa{});
    const Bytes input(64, 0xA5);
    Bytes signature(kMaxCurveSignatureSize);
    const auto written = [&] {
      const ForeignLeaks softhsm_drops_the_name_of_the_curve;
      return session().Sign(mechanism, pair->private_key, input, signature);
    }();
    ASSERT_TRUE(written.ok()) << written.error().message() << " rv " << written.error().detail();
    EXPECT_EQ(*written, row.signature_size);
    signature.resize(*written);
    EXPECT_TRUE(session().Verify(mechanism, pair->public_key, input, signature).ok());
    signature[*written - 5] ^= 1;
    EXPECT_EQ(session().Verify(mechanism, pair->public_key, input, signature).code(),
              ErrorCode::kVerificationFailed);
    signature.pop_back();
    EXPECT_EQ(session().Verify(mechanism, pair->public_key, input, signature).code(),
              ErrorCode::kVerificationFailed);
  }
}

TEST_P(SessionContractCurves, BothSidesAgreeOnEveryCurve) {
  CONTRACT_NEEDS(kEcdhDerive, kDerive);
  CONTRACT_NEEDS(kHkdfDerive, kDerive);
  for (const CurveInfo& row : kCurveTable) {
    if (row.form == CurveForm::kEdwards) continue;
    SCOPED_TRACE(row.name);
    const auto one = session().GeneratePair(PairOn(row, Verb::kDerive));
    CURVE_OR_NEXT(one, row);
    const auto two = session().GeneratePair(PairOn(row, Verb::kDerive));
    ASSERT_TRUE(two.ok());
    const auto agree = [&](KeyHandle own, KeyHandle peer) -> std::string {
      Bytes point(row.public_size);
      EXPECT_TRUE(session().PublicPoint(peer, point).ok());
      const auto z =
          session().Derive(EcdhDerive{point, EcdhKdf::kNull, {}}, own,
                           Template(KeyType::kGenericSecret, row.private_size, {Verb::kDerive}));
      EXPECT_TRUE(z.ok()) << z.error().message() << " rv " << z.error().detail();
      return z.ok() ? Fingerprint(*z) : "";
    };
    EXPECT_EQ(agree(one->private_key, two->public_key), agree(two->private_key, one->public_key));
  }
}

// RFC 7748 6.1, and a point of small order.
TEST_P(SessionContractCurves, X25519GivesThePublishedSecret) {
  CONTRACT_NEEDS(kEcdhDerive, kDerive);
  const KeyTemplate own = OnCurve(KeyType::kEcPrivate, Curve::kX25519, {Verb::kDerive});
  const auto material =
      HexDecodeSecret("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a");
  const auto key = session().Import(own, *material);
  if (!key.ok() && !IsOurs()) GTEST_SKIP() << GetParam().name << ": " << key.error().message();
  ASSERT_TRUE(key.ok()) << key.error().message() << " rv " << key.error().detail();
  const Bytes peer = Hex("de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f");
  const KeyTemplate aes = Template(KeyType::kAes, 32, {Verb::kEncrypt});
  const auto derived = session().Derive(EcdhDerive{peer, EcdhKdf::kNull, {}}, *key, aes);
  if (!derived.ok() && !IsOurs()) {
    GTEST_SKIP() << GetParam().name << ": " << derived.error().message();
  }
  ASSERT_TRUE(derived.ok()) << derived.error().message() << " rv " << derived.error().detail();
  const KeyHandle expected =
      ImportHex(aes, "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742");
  Bytes a(16), b(16);
  ASSERT_TRUE(session().Encrypt(AesEcb{}, *derived, Bytes(16), a).ok());
  ASSERT_TRUE(session().Encrypt(AesEcb{}, expected, Bytes(16), b).ok());
  EXPECT_EQ(HexOf(a), HexOf(b));
  for (const std::size_t first : {0U, 1U}) {
    Bytes small(32);
    small[0] = static_cast<std::uint8_t>(first);
    EXPECT_FALSE(session().Derive(EcdhDerive{small, EcdhKdf::kNull, {}}, *key, aes).ok());
  }
  const Bytes short_point(31, 9);
  EXPECT_FALSE(session().Derive(EcdhDerive{short_point, EcdhKdf::kNull, {}}, *key, aes).ok());
  // It derives, and nothing else.
  Bytes out(64);
  if (IsOurs()) {
    EXPECT_EQ(session().Sign(Eddsa{}, *key, peer, out).code(), ErrorCode::kPermissionDenied);
  }
}

// RFC 8032 7.1, test 3.
TEST_P(SessionContractCurves, Ed25519MakesThePublishedSignature) {
  CONTRACT_NEEDS(kEddsa, kSign);
  const auto material =
      HexDecodeSecret("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7");
  const auto key =
      session().Import(OnCurve(KeyType::kEcPrivate, Curve::kEd25519, {Verb::kSign}), *material);
  if (!key.ok() && !IsOurs()) GTEST_SKIP() << GetParam().name << ": " << key.error().message();
  ASSERT_TRUE(key.ok()) << key.error().message() << " rv " << key.error().detail();
  Bytes signature(64);
  const Bytes message = Hex("af82");
  const auto written = session().Sign(Eddsa{}, *key, message, signature);
  if (!written.ok() && !IsOurs()) {
    GTEST_SKIP() << GetParam().name << ": " << written.error().message();
  }
  ASSERT_TRUE(written.ok()) << written.error().message() << " rv " << written.error().detail();
  EXPECT_EQ(HexOf(signature),
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f7"
            "60984dc6594a7c15e9716ed28dc027beceea1ec40a");
  if (!IsOurs()) return;  // their CKA_EC_POINT differs from the norm
  const KeyHandle verifier =
      ImportHex(OnCurve(KeyType::kEcPublic, Curve::kEd25519, {Verb::kVerify}),
                "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025");
  EXPECT_TRUE(session().Verify(Eddsa{}, verifier, message, signature).ok());
  EXPECT_EQ(session().Verify(Eddsa{}, verifier, Hex("af83"), signature).code(),
            ErrorCode::kVerificationFailed);
}

TEST_P(SessionContractCurves, KeysThatAreNoneAreNotTaken) {
  if (!IsOurs()) GTEST_SKIP() << GetParam().name << " checks keys when they are used";
  const auto refuses = [&](KeyType type, Curve curve, std::string_view hex) {
    const auto material = HexDecodeSecret(hex);
    const auto key = session().Import(OnCurve(type, curve, {}), *material);
    return !key.ok();
  };
  const std::string zeros(64, '0');
  EXPECT_TRUE(refuses(KeyType::kEcPublic, Curve::kX25519, zeros));
  EXPECT_TRUE(refuses(KeyType::kEcPublic, Curve::kEd25519, zeros));
  EXPECT_TRUE(refuses(KeyType::kEcPrivate, Curve::kX25519, std::string(62, '1')));
  EXPECT_TRUE(refuses(KeyType::kEcPrivate, Curve::kP521, std::string(132, '0')));
  EXPECT_TRUE(refuses(KeyType::kEcPrivate, Curve::kP521, "02" + std::string(130, '0')));
  EXPECT_TRUE(refuses(KeyType::kEcPublic, Curve::kP521, "04" + std::string(264, '0')));
  EXPECT_FALSE(refuses(KeyType::kEcPrivate, Curve::kP521, "01" + std::string(130, '0')));
}

// RFC 8439 2.8.2.
TEST_P(SessionContractCurves, ChaCha20Poly1305KnownAnswer) {
  CONTRACT_NEEDS(kChaCha20Poly1305, kEncrypt);
  const Bytes nonce = Hex("070000004041424344454647");
  const Bytes aad = Hex("50515253c0c1c2c3c4c5c6c7");
  const KeyTemplate shape = Template(KeyType::kChaCha20, 32, {Verb::kEncrypt, Verb::kDecrypt});
  const Mechanism mechanism = ChaCha20Poly1305{nonce, aad};
  ExpectCipher(mechanism, shape, "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f",
               HexOf(AsBytes("Ladies and Gentlemen of the class of '99: If I could offer you only "
                             "one tip for the future, sunscreen would be it.")),
               "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d63dbea45e8ca967128"
               "2fafb69da92728b1a71de0a9e060b2905d6a5b67ecd3b3692ddbd7f2d778b8c9803aee328091b58fa"
               "b324e4fad675945585808b4831d7bc3ff4def08e4b7a9de576d26586cec64b61161ae10b594f09e26"
               "a7e902ecbd0600691");
  const auto key = session().Generate(shape);
  ASSERT_TRUE(key.ok()) << key.error().message() << " rv " << key.error().detail();
  Bytes sealed(26), opened(10);
  ASSERT_TRUE(session().Encrypt(mechanism, *key, Bytes(10, 1), sealed).ok());
  sealed[3] ^= 1;
  EXPECT_EQ(session().Decrypt(mechanism, *key, sealed, opened).code(),
            ErrorCode::kVerificationFailed);
  EXPECT_EQ(HexOf(opened), HexOf(Bytes(10)));
}

TEST_P(SessionContractCurves, ASaltMayBeAKeyOfTheSession) {
  CONTRACT_NEEDS(kHkdfDerive, kDerive);
  const std::string salt_hex(64, 'c');
  const KeyHandle base = Secret(std::string(46, 'a'));
  const KeyHandle salt_key = Secret(salt_hex);
  const Bytes salt = Hex(salt_hex);
  const KeyTemplate shape = Template(KeyType::kGenericSecret, 32, {Verb::kDerive});
  const auto by_data =
      session().Derive(HkdfDerive{Hash::kSha256, true, false, salt, {}}, base, shape);
  const auto by_key = session().Derive(
      HkdfDerive{Hash::kSha256, true, false, {}, {}, OtherKey{salt_key, nullptr}}, base, shape);
  ASSERT_TRUE(by_data.ok()) << by_data.error().message() << " rv " << by_data.error().detail();
  ASSERT_TRUE(by_key.ok()) << by_key.error().message() << " rv " << by_key.error().detail();
  EXPECT_EQ(Fingerprint(*by_data), Fingerprint(*by_key));
  EXPECT_EQ(session()
                .Derive(HkdfDerive{Hash::kSha256, true, false, {}, {}, OtherKey{{999}, nullptr}},
                        base, shape)
                .code(),
            ErrorCode::kInvalidArgument);
}

TEST_P(SessionContractCurves, TwoKeysAreConcatenated) {
  CONTRACT_NEEDS(kConcatenateBaseAndKey, kDerive);
  CONTRACT_NEEDS(kHkdfDerive, kDerive);
  const std::string first(64, 'd'), second(96, 'e');
  const auto both =
      session().Derive(ConcatenateBaseAndKey{OtherKey{Secret(second), nullptr}}, Secret(first),
                       Template(KeyType::kGenericSecret, 80, {Verb::kDerive}));
  ASSERT_TRUE(both.ok()) << both.error().message() << " rv " << both.error().detail();
  EXPECT_EQ(Fingerprint(*both), Fingerprint(Secret(first + second)));
  EXPECT_FALSE(session()
                   .Derive(ConcatenateBaseAndKey{}, Secret(first),
                           Template(KeyType::kGenericSecret, 32, {Verb::kDerive}))
                   .ok());
}

INSTANTIATE_TEST_SUITE_P(Sessions, SessionContractCurves, testing::ValuesIn(ContractCases()),
                         ContractCaseName);

}  // namespace
}  // namespace florin::hsm
