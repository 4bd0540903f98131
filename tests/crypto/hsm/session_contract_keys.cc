// The contract of keys: names, handles, life, derivation, payment keys.
#include <array>
#include <string>
#include <vector>

#include "florin/base/pan.h"
#include "tests/crypto/hsm/session_contract.h"

namespace florin::hsm {
namespace {

using namespace mechanisms;

constexpr char kAesKey[] = "2b7e151628aed2a6abf7158809cf4f3c";

// NIST CAVP KAS ECC CDH primitive, P-256, count 0.
constexpr char kEcdhPrivate[] = "7d7dc5f71eb29ddaf80d6214632eeae03d9058af1fb6d22ed80badb62bc1a534";
constexpr char kEcdhPeer[] =
    "04700c48f77f56584c5cc632ca65640db91b6bacce3a4df6b42ce7cc838833d287"
    "db71e509e3fd9b060ddb20ba5c51dcc5948d46fbf640dfe0441782cab85fa4ac";
constexpr char kEcdhZ[] = "46fc62106420ff012e54a434fbdd2d25ccc5852060561e68040dd7778997bd7b";
// SHA-256(00000001 || Z || "florin contract") and SHA-256(Z || 00000001 || "florin contract").
constexpr char kSp800Key[] = "b58dc95d77af610f6d4a43c2a9e014371f85ac819525b5cb3748458e8d11f429";
constexpr char kX963Key[] = "d6ffe0e12d6225b703364fa436f7f179861baeb4c465230795306efad646d479";
constexpr char kInfo[] = "florin contract";

KeyRef Name(KeyClass key_class, std::string_view label, ByteView id = {}) {
  return std::move(KeyRef::Create(key_class, label, id)).value();
}

class SessionContractKeys : public SessionContract {
 protected:
  // Whether an AES key encrypts as the key of these bytes does.
  void ExpectAesKeyIs(KeyHandle key, std::string_view hex) {
    const KeyHandle expected =
        ImportHex(Template(KeyType::kAes, hex.size() / 2, {Verb::kEncrypt}), hex);
    const Bytes block(16, 0x3C);
    Bytes a(16), b(16);
    ASSERT_TRUE(session().Encrypt(AesEcb{}, key, block, a).ok());
    ASSERT_TRUE(session().Encrypt(AesEcb{}, expected, block, b).ok());
    EXPECT_EQ(HexOf(a), HexOf(b));
  }

  KeyHandle EcdhBase() {
    return ImportHex(Template(KeyType::kEcPrivate, 32, {Verb::kDerive}), kEcdhPrivate);
  }
};

TEST_P(SessionContractKeys, HandlesOfOtherSessionsAreRefused) {
  CONTRACT_NEEDS(kAesEcb, kEncrypt);
  const KeyHandle key = ImportHex(Template(KeyType::kAes, 16, {Verb::kEncrypt}), kAesKey);
  auto other = OpenAnother();
  ASSERT_NE(other, nullptr);
  Bytes out(16);
  EXPECT_EQ(other->Encrypt(AesEcb{}, key, Bytes(16), out).code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(other->Destroy(key).code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(session().Encrypt(AesEcb{}, KeyHandle{}, Bytes(16), out).code(),
            ErrorCode::kInvalidArgument);
  EXPECT_TRUE(session().Encrypt(AesEcb{}, key, Bytes(16), out).ok());
}

TEST_P(SessionContractKeys, DestroyedKeysAreGone) {
  CONTRACT_NEEDS(kAesEcb, kEncrypt);
  const KeyTemplate shape = Template(KeyType::kAes, 16, {Verb::kEncrypt});
  const KeyHandle key = ImportHex(shape, kAesKey);
  ASSERT_TRUE(session().Destroy(key).ok());
  // Its place is taken by another key, which the old handle must not reach.
  const KeyHandle next = ImportHex(shape, kAesKey);
  Bytes out(16);
  EXPECT_FALSE(session().Encrypt(AesEcb{}, key, Bytes(16), out).ok());
  EXPECT_FALSE(session().Destroy(key).ok());
  EXPECT_TRUE(session().Encrypt(AesEcb{}, next, Bytes(16), out).ok());
}

TEST_P(SessionContractKeys, NamesAreResolved) {
  CONTRACT_NEEDS(kAesEcb, kEncrypt);
  const Bytes id = {1, 2};
  const KeyRef name = Name(KeyClass::kSecret, "contract-session-key", id);
  EXPECT_EQ(session().Resolve(name).code(), ErrorCode::kNotFound);
  KeyTemplate shape = Template(KeyType::kAes, 16, {Verb::kEncrypt});
  shape.name = name;
  const KeyHandle key = ImportHex(shape, kAesKey);
  auto found = session().Resolve(name);
  ASSERT_TRUE(found.ok()) << found.error().message();
  ExpectAesKeyIs(*found, kAesKey);
  // Remembered.
  auto again = session().Resolve(name);
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(*again, *found);
  // By label alone, too; but not as another class or with another id.
  EXPECT_TRUE(session().Resolve(Name(KeyClass::kSecret, "contract-session-key")).ok());
  const Bytes other_id = {1, 3};
  EXPECT_EQ(session().Resolve(Name(KeyClass::kSecret, "contract-session-key", other_id)).code(),
            ErrorCode::kNotFound);
  EXPECT_EQ(session().Resolve(Name(KeyClass::kPrivate, "contract-session-key", id)).code(),
            ErrorCode::kNotFound);
  ASSERT_TRUE(session().Destroy(key).ok());
  EXPECT_EQ(session().Resolve(name).code(), ErrorCode::kNotFound);
}

TEST_P(SessionContractKeys, AmbiguousNamesAreAConflict) {
  CONTRACT_NEEDS(kAesEcb, kEncrypt);
  const Bytes one = {1};
  const Bytes two = {2};
  for (const Bytes* id : {&one, &two}) {
    KeyTemplate shape = Template(KeyType::kAes, 16, {Verb::kEncrypt});
    shape.name = Name(KeyClass::kSecret, "contract-twice", *id);
    ImportHex(shape, kAesKey);
  }
  EXPECT_EQ(session().Resolve(Name(KeyClass::kSecret, "contract-twice")).code(),
            ErrorCode::kConflict);
  EXPECT_TRUE(session().Resolve(Name(KeyClass::kSecret, "contract-twice", two)).ok());
}

TEST_P(SessionContractKeys, PersistentKeysAreFoundByOtherSessions) {
  if (!backend().keeps_persistent) GTEST_SKIP() << GetParam().name << " keeps no keys here";
  CONTRACT_NEEDS(kAesEcb, kEncrypt);
  const KeyRef name = Name(KeyClass::kSecret, "contract-persistent");
  KeyTemplate shape = Template(KeyType::kAes, 16, {Verb::kEncrypt});
  shape.persistent = true;
  auto material = HexDecodeSecret(kAesKey);
  EXPECT_EQ(session().Import(shape, *material).code(), ErrorCode::kInvalidArgument) << "no name";
  shape.name = name;
  ImportHex(shape, kAesKey);
  auto other = OpenAnother();
  auto found = other->Resolve(name);
  ASSERT_TRUE(found.ok()) << found.error().message();
  Bytes out(16);
  EXPECT_TRUE(other->Encrypt(AesEcb{}, *found, Bytes(16), out).ok());
  ASSERT_TRUE(other->Destroy(*found).ok());
  EXPECT_EQ(other->Resolve(name).code(), ErrorCode::kNotFound);
  // The first session learns of it when it uses or resolves the key.
  auto stale = session().Resolve(name);
  if (stale.ok()) {
    EXPECT_EQ(session().Encrypt(AesEcb{}, *stale, Bytes(16), out).code(), ErrorCode::kNotFound);
    EXPECT_EQ(session().Resolve(name).code(), ErrorCode::kNotFound);
  }
}

TEST_P(SessionContractKeys, GeneratedKeysDiffer) {
  CONTRACT_NEEDS(kAesEcb, kEncrypt);
  Bytes a(16), b(16);
  for (Bytes* out : {&a, &b}) {
    auto key = session().Generate(Template(KeyType::kAes, 32, {Verb::kEncrypt}));
    ASSERT_TRUE(key.ok()) << key.error().message() << " rv " << key.error().detail();
    ASSERT_TRUE(session().Encrypt(AesEcb{}, *key, Bytes(16), *out).ok());
  }
  EXPECT_NE(HexOf(a), HexOf(b));
}

TEST_P(SessionContractKeys, EveryTypeOfSecretKeyIsGenerated) {
  for (auto [type, length, verb] : std::vector<std::tuple<KeyType, std::size_t, Verb>>{
           {KeyType::kAes, 16, Verb::kEncrypt},
           {KeyType::kDes3, 24, Verb::kEncrypt},
           {KeyType::kHmac, 32, Verb::kSign},
           {KeyType::kGenericSecret, 32, Verb::kDerive}}) {
    auto key = session().Generate(Template(type, length, {verb}));
    EXPECT_TRUE(key.ok()) << static_cast<int>(type) << " " << key.error().message();
  }
}

TEST_P(SessionContractKeys, PublicPointsAreShown) {
  CONTRACT_NEEDS(kEcdsa, kSign);
  for (Curve curve : {Curve::kP256, Curve::kP384}) {
    const KeyPair pair = Pair(Verb::kSign, curve);
    Bytes point(97);
    auto length = session().PublicPoint(pair.public_key, point);
    ASSERT_TRUE(length.ok()) << length.error().message();
    EXPECT_EQ(*length, curve == Curve::kP256 ? 65U : 97U);
    EXPECT_EQ(point[0], 4);
    EXPECT_EQ(session().PublicPoint(pair.public_key, MutableBytes(point).first(64)).code(),
              ErrorCode::kBufferTooSmall);
    // The private key shows the same, or says that it cannot.
    Bytes other(97);
    auto of_private = session().PublicPoint(pair.private_key, other);
    if (of_private.ok()) {
      EXPECT_EQ(HexOf(point), HexOf(other));
    } else {
      EXPECT_EQ(of_private.code(), ErrorCode::kUnsupported);
    }
  }
}

TEST_P(SessionContractKeys, EcdhKnownAnswer) {
  CONTRACT_NEEDS(kEcdhDerive, kDerive);
  const Bytes peer = Hex(kEcdhPeer);
  auto key = session().Derive(EcdhDerive{peer, EcdhKdf::kNull, {}}, EcdhBase(),
                              Template(KeyType::kAes, 32, {Verb::kEncrypt}));
  ASSERT_TRUE(key.ok()) << key.error().message() << " rv " << key.error().detail();
  ExpectAesKeyIs(*key, kEcdhZ);
}

TEST_P(SessionContractKeys, EcdhAgreesBothWays) {
  CONTRACT_NEEDS(kEcdhDerive, kDerive);
  const KeyPair one = Pair(Verb::kDerive);
  const KeyPair two = Pair(Verb::kDerive);
  Bytes point_one(65), point_two(65);
  ASSERT_TRUE(session().PublicPoint(one.public_key, point_one).ok());
  ASSERT_TRUE(session().PublicPoint(two.public_key, point_two).ok());
  const KeyTemplate shape = Template(KeyType::kAes, 32, {Verb::kEncrypt});
  auto a = session().Derive(EcdhDerive{point_two, EcdhKdf::kNull, {}}, one.private_key, shape);
  auto b = session().Derive(EcdhDerive{point_one, EcdhKdf::kNull, {}}, two.private_key, shape);
  ASSERT_TRUE(a.ok() && b.ok());
  Bytes x(16), y(16);
  ASSERT_TRUE(session().Encrypt(AesEcb{}, *a, Bytes(16), x).ok());
  ASSERT_TRUE(session().Encrypt(AesEcb{}, *b, Bytes(16), y).ok());
  EXPECT_EQ(HexOf(x), HexOf(y));
}

TEST_P(SessionContractKeys, EcdhKdfsAreRightOrNamedAsMissing) {
  CONTRACT_NEEDS(kEcdhDerive, kDerive);
  const Bytes peer = Hex(kEcdhPeer);
  const KeyHandle base = EcdhBase();
  const KeyTemplate shape = Template(KeyType::kAes, 32, {Verb::kEncrypt});
  for (const auto& [kdf, expected, name] :
       {std::tuple{EcdhKdf::kSp800Sha256, kSp800Key, "CKD_SHA256_KDF_SP800"},
        std::tuple{EcdhKdf::kX963Sha256, kX963Key, "CKD_SHA256_KDF"}}) {
    // The second time the answer is known and must be the same.
    for (int round = 0; round < 2; ++round) {
      auto key = session().Derive(EcdhDerive{peer, kdf, AsBytes(kInfo)}, base, shape);
      if (key.ok()) {
        ExpectAesKeyIs(*key, expected);
        continue;
      }
      EXPECT_EQ(key.code(), ErrorCode::kUnsupported) << name;
      EXPECT_NE(std::string(key.error().message()).find(name), std::string::npos)
          << key.error().message();
    }
  }
  EXPECT_TRUE(session().Derive(EcdhDerive{peer, EcdhKdf::kNull, {}}, base, shape).ok());
}

TEST_P(SessionContractKeys, EcdhRefusesPointsOffTheCurve) {
  CONTRACT_NEEDS(kEcdhDerive, kDerive);
  Bytes peer = Hex(kEcdhPeer);
  peer[64] ^= 1;
  const KeyHandle base = EcdhBase();
  const KeyTemplate shape = Template(KeyType::kAes, 32, {Verb::kEncrypt});
  for (EcdhKdf kdf : {EcdhKdf::kNull, EcdhKdf::kSp800Sha256}) {
    auto key = session().Derive(EcdhDerive{peer, kdf, {}}, base, shape);
    EXPECT_FALSE(key.ok()) << static_cast<int>(kdf);
  }
  // A wrong point teaches nothing about the functions.
  const Bytes good = Hex(kEcdhPeer);
  EXPECT_TRUE(session().Derive(EcdhDerive{good, EcdhKdf::kNull, {}}, base, shape).ok());
}

// What Apple Pay does where the token has no one-step KDF: Z, then 00000001 before it and the other
// info behind it, hashed. Nothing leaves the token.
TEST_P(SessionContractKeys, ConcatenationAndHashMakeTheOneStepKdf) {
  CONTRACT_NEEDS(kEcdhDerive, kDerive);
  CONTRACT_NEEDS(kConcatenateDataAndBase, kDerive);
  CONTRACT_NEEDS(kConcatenateBaseAndData, kDerive);
  CONTRACT_NEEDS(kHashDerive, kDerive);
  const Bytes peer = Hex(kEcdhPeer);
  const Bytes counter = {0, 0, 0, 1};
  auto z = session().Derive(EcdhDerive{peer, EcdhKdf::kNull, {}}, EcdhBase(),
                            Template(KeyType::kGenericSecret, 32, {Verb::kDerive}));
  ASSERT_TRUE(z.ok()) << z.error().message() << " rv " << z.error().detail();
  auto counted = session().Derive(ConcatenateDataAndBase{counter}, *z,
                                  Template(KeyType::kGenericSecret, 36, {Verb::kDerive}));
  ASSERT_TRUE(counted.ok()) << counted.error().message() << " rv " << counted.error().detail();
  const ByteView info = AsBytes(kInfo);
  auto whole =
      session().Derive(ConcatenateBaseAndData{info}, *counted,
                       Template(KeyType::kGenericSecret, 36 + info.size(), {Verb::kDerive}));
  ASSERT_TRUE(whole.ok()) << whole.error().message() << " rv " << whole.error().detail();
  auto key = session().Derive(HashDerive{Hash::kSha256}, *whole,
                              Template(KeyType::kAes, 32, {Verb::kEncrypt}));
  ASSERT_TRUE(key.ok()) << key.error().message() << " rv " << key.error().detail();
  ExpectAesKeyIs(*key, kSp800Key);
}

// RFC 5869 A.1: its input key, and the first 32 bytes of what comes out.
TEST_P(SessionContractKeys, HkdfGivesThePublishedKey) {
  CONTRACT_NEEDS(kHkdfDerive, kDerive);
  const Bytes salt = Hex("000102030405060708090A0B0C");
  const Bytes info = Hex("F0F1F2F3F4F5F6F7F8F9");
  constexpr char kKey[] = "3CB25F25FAACD57A90434F64D0362F2A2D2D0A90CF1A5A4C5DB02D56ECC4C5BF";
  const KeyHandle base = ImportHex(Template(KeyType::kGenericSecret, 22, {Verb::kDerive}),
                                   "0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B");
  const KeyTemplate aes = Template(KeyType::kAes, 32, {Verb::kEncrypt});
  auto whole = session().Derive(HkdfDerive{Hash::kSha256, true, true, salt, info}, base, aes);
  ASSERT_TRUE(whole.ok()) << whole.error().message() << " rv " << whole.error().detail();
  ExpectAesKeyIs(*whole, kKey);

  // In two steps, as HPKE labels each of them.
  auto extracted = session().Derive(HkdfDerive{Hash::kSha256, true, false, salt, {}}, base,
                                    Template(KeyType::kGenericSecret, 32, {Verb::kDerive}));
  ASSERT_TRUE(extracted.ok()) << extracted.error().message();
  auto expanded =
      session().Derive(HkdfDerive{Hash::kSha256, false, true, {}, info}, *extracted, aes);
  ASSERT_TRUE(expanded.ok()) << expanded.error().message();
  ExpectAesKeyIs(*expanded, kKey);
}

TEST_P(SessionContractKeys, PiecesOfAKey) {
  CONTRACT_NEEDS(kExtractKeyFromKey, kDerive);
  KeyTemplate whole = Template(KeyType::kGenericSecret, 32, {Verb::kDerive});
  whole.rules.allowed_mechanisms = {MechanismType::kExtractKeyFromKey};
  const KeyHandle base =
      ImportHex(whole, "000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F");
  const KeyTemplate aes = Template(KeyType::kAes, 16, {Verb::kEncrypt});
  auto first = session().Derive(ExtractKeyFromKey{0}, base, aes);
  auto second = session().Derive(ExtractKeyFromKey{128}, base, aes);
  ASSERT_TRUE(first.ok()) << first.error().message() << " rv " << first.error().detail();
  ASSERT_TRUE(second.ok()) << second.error().message() << " rv " << second.error().detail();
  ExpectAesKeyIs(*first, "000102030405060708090A0B0C0D0E0F");
  ExpectAesKeyIs(*second, "101112131415161718191A1B1C1D1E1F");
  EXPECT_FALSE(session().Derive(ExtractKeyFromKey{256}, base, aes).ok());
}

TEST_P(SessionContractKeys, MissingMechanismsAreNamed) {
  const Bytes data(4);
  const KeyHandle base = ImportHex(Template(KeyType::kGenericSecret, 32, {Verb::kDerive}), kEcdhZ);
  if (Offers(MechanismType::kConcatenateDataAndBase, Verb::kDerive)) {
    GTEST_SKIP() << GetParam().name << " has it";
  }
  auto key = session().Derive(ConcatenateDataAndBase{data}, base,
                              Template(KeyType::kGenericSecret, 36, {Verb::kDerive}));
  EXPECT_EQ(key.code(), ErrorCode::kUnsupported);
  EXPECT_NE(std::string(key.error().message()).find("CONCATENATE_DATA_AND_BASE"), std::string::npos)
      << key.error().message();
}

TEST_P(SessionContractKeys, EmvCryptogramsAndTheirKeys) {
  CONTRACT_NEEDS(kEmvCryptogram, kSign);
  const Pan pan = std::move(Pan::Parse("5413330089010012")).value();
  KeyTemplate signer = Template(KeyType::kDes3, 16, {Verb::kSign});
  signer.rules.header = *KeyBlockHeader::Parse("D0000E0TC00N0000");
  KeyTemplate verifier = Template(KeyType::kDes3, 16, {Verb::kVerify});
  verifier.rules.header = *KeyBlockHeader::Parse("D0000E0TV00N0000");
  constexpr char kImk[] = "9e15204313f7318acb79b90bd986ad29";
  const KeyHandle signs = ImportHex(signer, kImk);
  const KeyHandle verifies = ImportHex(verifier, kImk);
  const EmvCryptogram mechanism{{&pan, 1, 0x0015, EmvMasterKeyOption::kA}, EmvPadding::kMethod2};
  const Bytes data(33, 0x11);
  Bytes cryptogram(8);
  auto written = session().Sign(mechanism, signs, data, cryptogram);
  ASSERT_TRUE(written.ok()) << written.error().message() << " rv " << written.error().detail();
  EXPECT_EQ(*written, 8U);
  EXPECT_TRUE(session().Verify(mechanism, verifies, data, cryptogram).ok());
  EXPECT_EQ(session().Sign(mechanism, verifies, data, cryptogram).code(),
            ErrorCode::kPermissionDenied);
  EmvCryptogram other = mechanism;
  other.card.atc = 0x0016;
  EXPECT_EQ(session().Verify(other, verifies, data, cryptogram).code(),
            ErrorCode::kVerificationFailed);

  // Many cards under one key, in one call.
  std::vector<Mechanism> parameters;
  std::vector<Bytes> outs(50, Bytes(8));
  std::vector<BatchItem> items(outs.size());
  for (std::size_t i = 0; i < outs.size(); ++i) {
    EmvCryptogram one = mechanism;
    one.card.atc = static_cast<std::uint16_t>(i);
    parameters.emplace_back(one);
  }
  for (std::size_t i = 0; i < outs.size(); ++i) {
    items[i].parameter = &parameters[i];
    items[i].input = data;
    items[i].output = outs[i];
  }
  ASSERT_TRUE(session().RunBatch(Verb::kSign, mechanism, signs, items).ok());
  for (std::size_t i = 0; i < outs.size(); ++i) {
    ASSERT_TRUE(items[i].status.ok()) << i << " " << items[i].status.error().message();
    EXPECT_TRUE(session().Verify(parameters[i], verifies, data, outs[i]).ok()) << i;
  }
}

TEST_P(SessionContractKeys, PaymentKeysDoNothingElse) {
  CONTRACT_NEEDS(kEmvCryptogram, kSign);
  KeyTemplate issuer = Template(KeyType::kDes3, 16, {Verb::kSign});
  issuer.rules.header = *KeyBlockHeader::Parse("D0000E0TC00N0000");
  const KeyHandle key = ImportHex(issuer, "9e15204313f7318acb79b90bd986ad29");
  Bytes out(64);
  EXPECT_EQ(session().Encrypt(Des3Ecb{}, key, Bytes(8), out).code(), ErrorCode::kPermissionDenied);
  // And a key without a header makes no cryptograms.
  const Pan pan = std::move(Pan::Parse("5413330089010012")).value();
  const EmvCryptogram mechanism{{&pan, 0, 1, EmvMasterKeyOption::kA}, EmvPadding::kMethod2};
  KeyTemplate plain = Template(KeyType::kDes3, 16, {Verb::kEncrypt});
  const KeyHandle headerless = ImportHex(plain, "9e15204313f7318acb79b90bd986ad29");
  EXPECT_EQ(session().Sign(mechanism, headerless, Bytes(32), out).code(),
            ErrorCode::kPermissionDenied);
}

TEST_P(SessionContractKeys, HeadersThatTheTokenDoesNotKeepAreRefused) {
  if (backend().knows_headers) GTEST_SKIP() << GetParam().name << " keeps headers";
  KeyTemplate issuer = Template(KeyType::kDes3, 16, {Verb::kVerify});
  issuer.rules.header = *KeyBlockHeader::Parse("D0000E0TV00N0000");
  auto material = HexDecodeSecret("9e15204313f7318acb79b90bd986ad29");
  auto key = session().Import(issuer, *material);
  EXPECT_EQ(key.code(), ErrorCode::kUnsupported);
}

INSTANTIATE_TEST_SUITE_P(Sessions, SessionContractKeys, testing::ValuesIn(ContractCases()),
                         ContractCaseName);

}  // namespace
}  // namespace florin::hsm
