// The contract of the verbs: known answers, refusals, buffers, batches.
#include <algorithm>
#include <array>
#include <vector>

#include "tests/crypto/hsm/session_contract.h"

namespace florin::hsm {
namespace {

using namespace mechanisms;

// SP 800-38A annex F and SP 800-38B annex D.1.
constexpr char kAesKey[] = "2b7e151628aed2a6abf7158809cf4f3c";
constexpr char kAesPlain[] = "6bc1bee22e409f96e93d7e117393172a";

constexpr char kHmacKey[] = "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4";
constexpr char kHmacData[] = "Test Using Larger Than Block-Size Key - Hash Key First";

// The GCM specification, test case 4.
constexpr char kGcmKey[] = "feffe9928665731c6d6a8f9467308308";
constexpr char kGcmIv[] = "cafebabefacedbaddecaf888";
constexpr char kGcmAad[] = "feedfacedeadbeeffeedfacedeadbeefabaddad2";
constexpr char kGcmPlain[] =
    "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b5"
    "25b16aedf5aa0de657ba637b39";
constexpr char kGcmCipher[] =
    "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84aa"
    "051ba30b396a0aac973d58e0915bc94fbc3221a5db94fae95ae7121a47";

TEST_P(SessionContract, AesEcbKnownAnswer) {
  CONTRACT_NEEDS(kAesEcb, kEncrypt);
  ExpectCipher(AesEcb{}, Template(KeyType::kAes, 16, {Verb::kEncrypt, Verb::kDecrypt}), kAesKey,
               kAesPlain, "3ad77bb40d7a3660a89ecaf32466ef97");
}

TEST_P(SessionContract, AesCbcKnownAnswer) {
  CONTRACT_NEEDS(kAesCbc, kEncrypt);
  const Bytes iv = Hex("000102030405060708090a0b0c0d0e0f");
  ExpectCipher(AesCbc{iv}, Template(KeyType::kAes, 16, {Verb::kEncrypt, Verb::kDecrypt}), kAesKey,
               kAesPlain, "7649abac8119b246cee98e9b12e9197d");
}

TEST_P(SessionContract, AesCbcPadRoundTripsEveryLength) {
  CONTRACT_NEEDS(kAesCbcPad, kEncrypt);
  const Bytes iv(16, 9);
  const KeyHandle key =
      ImportHex(Template(KeyType::kAes, 16, {Verb::kEncrypt, Verb::kDecrypt}), kAesKey);
  for (std::size_t length = 0; length <= 33; ++length) {
    const Bytes plain(length, 0x42);
    Bytes cipher(64);
    auto written = session().Encrypt(AesCbcPad{iv}, key, plain, cipher);
    ASSERT_TRUE(written.ok()) << length << " " << written.error().message();
    ASSERT_EQ(*written, (length / 16 + 1) * 16);
    Bytes back(64);
    written = session().Decrypt(AesCbcPad{iv}, key, ByteView(cipher).first(*written), back);
    ASSERT_TRUE(written.ok()) << length;
    EXPECT_EQ(HexOf(ByteView(back).first(*written)), HexOf(plain));
  }
}

TEST_P(SessionContract, AesCtrKnownAnswer) {
  CONTRACT_NEEDS(kAesCtr, kEncrypt);
  const Bytes counter = Hex("f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff");
  ExpectCipher(AesCtr{counter, 128}, Template(KeyType::kAes, 16, {Verb::kEncrypt, Verb::kDecrypt}),
               kAesKey, kAesPlain, "874d6191b620e3261bef6864990db6ce");
}

TEST_P(SessionContract, AesGcmKnownAnswer) {
  CONTRACT_NEEDS(kAesGcm, kEncrypt);
  const Bytes iv = Hex(kGcmIv);
  const Bytes aad = Hex(kGcmAad);
  ExpectCipher(AesGcm{iv, aad, 16}, Template(KeyType::kAes, 16, {Verb::kEncrypt, Verb::kDecrypt}),
               kGcmKey, kGcmPlain, kGcmCipher);
}

TEST_P(SessionContract, AesGcmTakesSixteenByteIvs) {
  CONTRACT_NEEDS(kAesGcm, kEncrypt);
  // All zero, as Apple Pay uses it; value from an independent implementation.
  const Bytes iv(16);
  ExpectCipher(AesGcm{iv, {}, 16}, Template(KeyType::kAes, 16, {Verb::kEncrypt, Verb::kDecrypt}),
               kAesKey, kAesPlain,
               "cf11b16db0f89f79ea53ce497177dd68b9b03bc5dc16c7995cc3d50373a23e2e");
}

TEST_P(SessionContract, AesGcmRefusesEveryForgeryAndWipes) {
  CONTRACT_NEEDS(kAesGcm, kDecrypt);
  const Bytes iv = Hex(kGcmIv);
  const Bytes aad = Hex(kGcmAad);
  const KeyHandle key = ImportHex(Template(KeyType::kAes, 16, {Verb::kDecrypt}), kGcmKey);
  const Bytes cipher = Hex(kGcmCipher);
  for (std::size_t at = 0; at < cipher.size(); at += 7) {
    Bytes forged = cipher;
    forged[at] ^= 0x80;
    Bytes out(cipher.size(), 0xEE);
    auto written = session().Decrypt(AesGcm{iv, aad, 16}, key, forged, out);
    ASSERT_FALSE(written.ok()) << at;
    EXPECT_EQ(written.code(), ErrorCode::kVerificationFailed)
        << at << " " << written.error().message() << " rv " << written.error().detail();
    // Nothing of the plaintext is left: every byte was wiped, or never written.
    EXPECT_TRUE(std::all_of(out.begin(), out.end(),
                            [](std::uint8_t byte) { return byte == 0 || byte == 0xEE; }));
  }
  Bytes out(cipher.size());
  EXPECT_EQ(session().Decrypt(AesGcm{iv, {}, 16}, key, cipher, out).code(),
            ErrorCode::kVerificationFailed);
  // And after all that the session still works.
  EXPECT_TRUE(session().Decrypt(AesGcm{iv, aad, 16}, key, cipher, out).ok());
}

TEST_P(SessionContract, AesCmacKnownAnswers) {
  CONTRACT_NEEDS(kAesCmac, kSign);
  const KeyTemplate key = Template(KeyType::kAes, 16, {Verb::kSign, Verb::kVerify});
  ExpectMac(AesCmac{16}, key, kAesKey, kAesPlain, "070a16b46b4d4144f79bdd9dd04a287c");
  ExpectMac(AesCmac{16}, key, kAesKey, "", "bb1d6929e95937287fa37d129b756746");
}

TEST_P(SessionContract, HmacKnownAnswer) {
  CONTRACT_NEEDS(kHmac, kSign);
  // RFC 4231 4.7.
  ExpectMac(Hmac{Hash::kSha256, 0}, Template(KeyType::kHmac, 131, {Verb::kSign, Verb::kVerify}),
            HexOf(Bytes(131, 0xaa)), HexOf(AsBytes(kHmacData)),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST_P(SessionContract, Des3KnownAnswer) {
  CONTRACT_NEEDS(kDes3Ecb, kEncrypt);
  ExpectCipher(Des3Ecb{}, Template(KeyType::kDes3, 16, {Verb::kEncrypt, Verb::kDecrypt}),
               "0123456789abcdeffedcba9876543210", "0123456789abcde7", "7f1d0a77826b8aff");
}

TEST_P(SessionContract, AesKeyWrapKnownAnswer) {
  CONTRACT_NEEDS(kAesKeyWrap, kWrap);
  // RFC 3394 4.1.
  const KeyHandle kek = ImportHex(Template(KeyType::kAes, 16, {Verb::kWrap, Verb::kUnwrap}),
                                  "000102030405060708090a0b0c0d0e0f");
  KeyTemplate target = Template(KeyType::kAes, 16, {Verb::kEncrypt});
  target.rules.extractable = true;
  const KeyHandle key = ImportHex(target, "00112233445566778899aabbccddeeff");
  Bytes wrapped(40);
  auto written = session().Wrap(AesKeyWrap{}, kek, key, wrapped);
  ASSERT_TRUE(written.ok()) << written.error().message();
  EXPECT_EQ(HexOf(ByteView(wrapped).first(*written)),
            "1fa68b0a8112b447aef34bd8fb5a7b829d3e862371d2cfe5");

  auto back = session().Unwrap(AesKeyWrap{}, kek, ByteView(wrapped).first(*written),
                               Template(KeyType::kAes, 16, {Verb::kEncrypt}));
  ASSERT_TRUE(back.ok()) << back.error().message() << " rv " << back.error().detail();
  Bytes a(16), b(16);
  const Bytes block(16, 1);
  if (!Offers(MechanismType::kAesEcb, Verb::kEncrypt)) return;
  ASSERT_TRUE(session().Encrypt(AesEcb{}, *back, block, a).ok());
  ASSERT_TRUE(session().Encrypt(AesEcb{}, key, block, b).ok());
  EXPECT_EQ(HexOf(a), HexOf(b));

  wrapped[3] ^= 1;
  EXPECT_FALSE(session()
                   .Unwrap(AesKeyWrap{}, kek, ByteView(wrapped).first(*written),
                           Template(KeyType::kAes, 16, {Verb::kEncrypt}))
                   .ok());
}

TEST_P(SessionContract, KeysThatMustNotLeaveAreNotWrapped) {
  CONTRACT_NEEDS(kAesKeyWrap, kWrap);
  const KeyHandle kek = ImportHex(Template(KeyType::kAes, 16, {Verb::kWrap}), kAesKey);
  const KeyHandle key = ImportHex(Template(KeyType::kAes, 16, {Verb::kEncrypt}), kGcmKey);
  Bytes wrapped(64);
  EXPECT_EQ(session().Wrap(AesKeyWrap{}, kek, key, wrapped).code(), ErrorCode::kPermissionDenied);
}

TEST_P(SessionContract, EcdsaSignsAndVerifies) {
  CONTRACT_NEEDS(kEcdsa, kSign);
  for (Curve curve : {Curve::kP256, Curve::kP384}) {
    const KeyPair pair = Pair(Verb::kSign, curve);
    const Bytes digest(32, 0xA5);
    Bytes signature(96);
    auto written = session().Sign(Ecdsa{}, pair.private_key, digest, signature);
    ASSERT_TRUE(written.ok()) << written.error().message();
    EXPECT_EQ(*written, curve == Curve::kP256 ? 64U : 96U);
    signature.resize(*written);
    EXPECT_TRUE(session().Verify(Ecdsa{}, pair.public_key, digest, signature).ok());
    signature[5] ^= 1;
    EXPECT_EQ(session().Verify(Ecdsa{}, pair.public_key, digest, signature).code(),
              ErrorCode::kVerificationFailed);
  }
}

TEST_P(SessionContract, VerbsThatTheKeyDoesNotNameAreRefused) {
  CONTRACT_NEEDS(kAesGcm, kEncrypt);
  const Bytes iv(12);
  Bytes out(64);
  const KeyHandle encrypts = ImportHex(Template(KeyType::kAes, 16, {Verb::kEncrypt}), kAesKey);
  EXPECT_EQ(session().Decrypt(AesGcm{iv, {}, 16}, encrypts, Bytes(32), out).code(),
            ErrorCode::kPermissionDenied);
  const KeyHandle decrypts = ImportHex(Template(KeyType::kAes, 16, {Verb::kDecrypt}), kAesKey);
  EXPECT_EQ(session().Encrypt(AesGcm{iv, {}, 16}, decrypts, Bytes(32), out).code(),
            ErrorCode::kPermissionDenied);
  if (Offers(MechanismType::kHmac, Verb::kSign)) {
    const KeyHandle verifies = ImportHex(Template(KeyType::kHmac, 32, {Verb::kVerify}), kHmacKey);
    EXPECT_EQ(session().Sign(Hmac{}, verifies, Bytes(32), out).code(),
              ErrorCode::kPermissionDenied);
    // And a key of another type.
    EXPECT_EQ(session().Encrypt(AesGcm{iv, {}, 16}, verifies, Bytes(32), out).code(),
              ErrorCode::kPermissionDenied);
  }
}

TEST_P(SessionContract, OutputsThatAreTooSmallAreRefusedAndTheSessionGoesOn) {
  CONTRACT_NEEDS(kAesEcb, kEncrypt);
  const KeyHandle key =
      ImportHex(Template(KeyType::kAes, 16, {Verb::kEncrypt, Verb::kDecrypt}), kAesKey);
  const Bytes plain = Hex(kAesPlain);
  Bytes out(16);
  for (std::size_t room : {0U, 1U, 15U}) {
    EXPECT_EQ(session().Encrypt(AesEcb{}, key, plain, MutableBytes(out).first(room)).code(),
              ErrorCode::kBufferTooSmall)
        << room;
    EXPECT_EQ(session().Decrypt(AesEcb{}, key, plain, MutableBytes(out).first(room)).code(),
              ErrorCode::kBufferTooSmall)
        << room;
  }
  ASSERT_TRUE(session().Encrypt(AesEcb{}, key, plain, out).ok());
  EXPECT_EQ(HexOf(out), "3ad77bb40d7a3660a89ecaf32466ef97");
  if (!Offers(MechanismType::kHmac, Verb::kSign)) return;
  const KeyHandle mac = ImportHex(Template(KeyType::kHmac, 32, {Verb::kSign}), kHmacKey);
  EXPECT_EQ(session().Sign(Hmac{}, mac, plain, out).code(), ErrorCode::kBufferTooSmall);
  EXPECT_EQ(session().Sign(Hmac{}, mac, plain, {}).code(), ErrorCode::kBufferTooSmall);
  Bytes whole(32);
  EXPECT_TRUE(session().Sign(Hmac{}, mac, plain, whole).ok());
}

TEST_P(SessionContract, DataOfWrongLengthIsMalformedAndTheSessionGoesOn) {
  CONTRACT_NEEDS(kAesCbc, kEncrypt);
  const KeyHandle key =
      ImportHex(Template(KeyType::kAes, 16, {Verb::kEncrypt, Verb::kDecrypt}), kAesKey);
  const Bytes iv(16);
  Bytes out(64);
  for (std::size_t length : {1U, 15U, 17U}) {
    EXPECT_EQ(session().Encrypt(AesCbc{iv}, key, Bytes(length), out).code(), ErrorCode::kMalformed)
        << length;
    EXPECT_EQ(session().Decrypt(AesCbc{iv}, key, Bytes(length), out).code(), ErrorCode::kMalformed)
        << length;
  }
  EXPECT_TRUE(session().Encrypt(AesCbc{iv}, key, Bytes(32), out).ok());
}

TEST_P(SessionContract, ParametersOfWrongLengthAreInvalid) {
  CONTRACT_NEEDS(kAesGcm, kEncrypt);
  const KeyHandle key = ImportHex(Template(KeyType::kAes, 16, {Verb::kEncrypt}), kAesKey);
  const Bytes iv(15);
  Bytes out(64);
  EXPECT_EQ(session().Encrypt(AesCbc{iv}, key, Bytes(16), out).code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(session().Encrypt(AesGcm{{}, {}, 16}, key, Bytes(16), out).code(),
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(session().Encrypt(AesGcm{iv, {}, 3}, key, Bytes(16), out).code(),
            ErrorCode::kInvalidArgument);
}

TEST_P(SessionContract, BatchEqualsSingleCalls) {
  CONTRACT_NEEDS(kAesGcm, kEncrypt);
  const KeyHandle key =
      ImportHex(Template(KeyType::kAes, 16, {Verb::kEncrypt, Verb::kDecrypt}), kAesKey);
  constexpr std::size_t kItems = 37;
  const Bytes common_iv(12, 0xC0);
  std::vector<Bytes> ivs, plains, outs;
  std::vector<Mechanism> parameters;
  for (std::size_t i = 0; i < kItems; ++i) {
    ivs.emplace_back(12, static_cast<std::uint8_t>(i));
    plains.emplace_back(i * 3, static_cast<std::uint8_t>(i));
    outs.emplace_back(i * 3 + (i == 9 ? 3 : 16));  // one has too little room
    parameters.emplace_back(AesGcm{ivs.back(), {}, 16});
  }
  parameters[11] = AesEcb{};  // of another mechanism
  std::vector<BatchItem> items(kItems);
  for (std::size_t i = 0; i < kItems; ++i) {
    items[i].parameter = i % 2 == 1 ? &parameters[i] : nullptr;
    items[i].input = plains[i];
    items[i].output = outs[i];
  }
  const Mechanism common = AesGcm{common_iv, {}, 16};
  const Status status = session().RunBatch(Verb::kEncrypt, common, key, items);
  ASSERT_TRUE(status.ok()) << status.error().message() << " rv " << status.error().detail();
  for (std::size_t i = 0; i < kItems; ++i) {
    if (i == 9 || i == 11) {
      EXPECT_EQ(items[i].status.code(),
                i == 9 ? ErrorCode::kBufferTooSmall : ErrorCode::kInvalidArgument)
          << i;
      continue;
    }
    ASSERT_TRUE(items[i].status.ok()) << i << " " << items[i].status.error().message();
    Bytes single(i * 3 + 16);
    auto written = session().Encrypt(i % 2 == 1 ? parameters[i] : common, key, plains[i], single);
    ASSERT_TRUE(written.ok()) << i;
    EXPECT_EQ(items[i].written, *written) << i;
    EXPECT_EQ(HexOf(outs[i]), HexOf(single)) << i;
  }
}

TEST_P(SessionContract, BatchVerifiesEachItem) {
  CONTRACT_NEEDS(kHmac, kVerify);
  const KeyHandle key =
      ImportHex(Template(KeyType::kHmac, 32, {Verb::kSign, Verb::kVerify}), kHmacKey);
  std::vector<Bytes> macs;
  std::vector<BatchItem> items(5);
  const Bytes data(40, 3);
  for (std::size_t i = 0; i < items.size(); ++i) {
    macs.emplace_back(32);
    ASSERT_TRUE(session().Sign(Hmac{}, key, data, macs.back()).ok());
  }
  macs[1][0] ^= 1;
  macs[3].resize(31);
  for (std::size_t i = 0; i < items.size(); ++i) {
    items[i].input = data;
    items[i].signature = macs[i];
  }
  ASSERT_TRUE(session().RunBatch(Verb::kVerify, Hmac{}, key, items).ok());
  for (std::size_t i = 0; i < items.size(); ++i) {
    const ErrorCode expected = i == 1 || i == 3 ? ErrorCode::kVerificationFailed : ErrorCode::kOk;
    EXPECT_EQ(items[i].status.code(), expected) << i;
  }
}

TEST_P(SessionContract, BatchFailsAsAWholeWhereTheCallIsWrong) {
  CONTRACT_NEEDS(kAesEcb, kEncrypt);
  const KeyHandle key = ImportHex(Template(KeyType::kAes, 16, {Verb::kEncrypt}), kAesKey);
  Bytes data(16);
  Bytes out(16);
  BatchItem item;
  item.input = data;
  item.output = out;
  std::span<BatchItem> items(&item, 1);
  EXPECT_EQ(session().RunBatch(Verb::kDerive, AesEcb{}, key, items).code(),
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(session().RunBatch(Verb::kDecrypt, AesEcb{}, key, items).code(),
            ErrorCode::kPermissionDenied);
  EXPECT_EQ(session().RunBatch(Verb::kEncrypt, AesEcb{}, KeyHandle{}, items).code(),
            ErrorCode::kInvalidArgument);
  EXPECT_TRUE(session().RunBatch(Verb::kEncrypt, AesEcb{}, key, {}).ok());
  EXPECT_TRUE(session().RunBatch(Verb::kEncrypt, AesEcb{}, key, items).ok());
  EXPECT_TRUE(item.status.ok());
}

TEST_P(SessionContract, RandomBytesDiffer) {
  Bytes a(64), b(64);
  ASSERT_TRUE(session().Random(a).ok());
  ASSERT_TRUE(session().Random(b).ok());
  EXPECT_NE(HexOf(a), HexOf(b));
  EXPECT_TRUE(session().Random({}).ok());
}

INSTANTIATE_TEST_SUITE_P(Sessions, SessionContract, testing::ValuesIn(ContractCases()),
                         ContractCaseName);

}  // namespace
}  // namespace florin::hsm
