// EMV issuer cryptography on clear keys, by published values.
#include "florin/card/emv.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "crypto/card/emv_session_key.h"
#include "crypto/primitives/aes.h"
#include "crypto/primitives/mac.h"
#include "crypto/primitives/tdes.h"
#include "florin/base/hex.h"
#include "tests/crypto/card/emv_test_util.h"

namespace florin::card {
namespace {

using vectors::TestCase;
using vectors::VectorFile;

constexpr std::uint32_t kSeed = 20261126;

EmvMasterKeyOption OptionOf(const std::string& text) {
  return text == "A" ? EmvMasterKeyOption::kA : EmvMasterKeyOption::kB;
}

EmvPadding PaddingOf(std::int64_t method) {
  return method == 1 ? EmvPadding::kMethod1 : EmvPadding::kMethod2;
}

Result<EmvKey> MasterKeyOf(const TestCase& test) {
  return DeriveIccMasterKey(KeyOf(test.Hex("imk")), OptionOf(test.Text("option")),
                            PanOf(test.Text("pan")), PsnOf(test));
}

// The first two bytes of the encryption of zeros, as the sources print them.
Bytes Kcv(const EmvKey& key) {
  Bytes block(8, 0);
  const auto cipher = primitives::TdesCipher(key.Read(SecretAccess{}));
  EXPECT_TRUE(cipher.ok() && cipher->EncryptBlocks(block, block).ok());
  block.resize(2);
  return block;
}

template <std::size_t kSize>
std::span<const std::uint8_t, kSize> Fixed(const Bytes& bytes) {
  EXPECT_EQ(bytes.size(), kSize);
  return ByteView(bytes).first<kSize>();
}

// Visa's CVV under `key`, written again here: it shows the key behind a published dCVV.
std::string CvvOf(const EmvKey& key, std::string digits) {
  digits.resize(32, '0');
  Bytes blocks = HexDecode(digits).value();
  const auto single = primitives::TdesCipher(key.Read(SecretAccess{}).first(8));
  const auto both = primitives::TdesCipher(key.Read(SecretAccess{}));
  const MutableBytes left = MutableBytes(blocks).first(8);
  EXPECT_TRUE(single->EncryptBlocks(left, left).ok());
  for (std::size_t i = 0; i < 8; ++i) left[i] ^= blocks[8 + i];
  EXPECT_TRUE(both->EncryptBlocks(left, left).ok());
  std::string numbers;
  std::string letters;
  for (const char c : HexEncode(left)) {
    if (c <= '9') {
      numbers += c;
    } else {
      letters += static_cast<char>(c - 'a' + '0');
    }
  }
  return (numbers + letters).substr(0, 3);
}

TEST(EmvVectors, Keys) {
  const VectorFile file = LoadVectors("emv_keys.json");
  for (const auto* group : file.GroupsOf("icc_master_key")) {
    for (const TestCase& test : group->tests) {
      EXPECT_EQ(BytesOf(MasterKeyOf(test).value()), test.Hex("mk")) << test.place();
    }
  }
  for (const auto* group : file.GroupsOf("common_session_key")) {
    for (const TestCase& test : group->tests) {
      const auto key = DeriveCommonSessionKey(KeyOf(test.Hex("mk")), Fixed<8>(test.Hex("r")));
      EXPECT_EQ(BytesOf(key.value()), test.Hex("sk")) << test.place();
    }
  }
  for (const auto* group : file.GroupsOf("hash_every_length")) {
    for (const TestCase& test : group->tests) {
      for (const auto option : {EmvMasterKeyOption::kB, EmvMasterKeyOption::kBEveryLength}) {
        const auto key = DeriveIccMasterKey(KeyOf(test.Hex("imk")), option, PanOf(test.Text("pan")),
                                            PsnOf(test));
        EXPECT_EQ(CvvOf(*key, test.Text("cvv_digits")) == test.Text("dcvv"),
                  option == EmvMasterKeyOption::kBEveryLength)
            << test.place();
      }
    }
  }
  for (const auto* group : file.GroupsOf("visa_script_key")) {
    for (const TestCase& test : group->tests) {
      const auto key = DeriveScriptKey(KeyOf(test.Hex("mk")), EmvScriptKeyMethod::kVisa,
                                       CounterOf(test.Hex("atc")), std::array<std::uint8_t, 8>{});
      EXPECT_EQ(BytesOf(key.value()), test.Hex("sk")) << test.place();
    }
  }
  for (const auto* group : file.GroupsOf("emv2000_session_key")) {
    for (const TestCase& test : group->tests) {
      EmvSessionInput input;
      input.atc = CounterOf(test.Hex("atc"));
      input.tree = {static_cast<std::uint8_t>(test.Number("branch")),
                    static_cast<std::uint8_t>(test.Number("height")), ArrayOf<16>(test.Hex("iv"))};
      const auto key =
          DeriveSessionKey(KeyOf(test.Hex("mk")), EmvSessionKeyMethod::kEmv2000, input);
      EXPECT_EQ(BytesOf(key.value()), test.Hex("sk")) << test.place();
    }
  }
  EXPECT_EQ(file.Problems(), std::vector<std::string>{});
}

void CheckArpc(const TestCase& test, const EmvKey& icc_key, const EmvKey& session_key,
               const Bytes& arqc) {
  const Bytes expected = test.Hex("arpc");
  Bytes arpc(expected.size());
  if (test.Has("arc")) {
    const EmvKey& key = test.Text("arpc_key") == "mk" ? icc_key : session_key;
    ASSERT_EQ(arpc.size(), kArpcMethod1Size) << test.place();
    ASSERT_TRUE(ArpcMethod1(key, Fixed<8>(arqc), Fixed<2>(test.Hex("arc")),
                            MutableBytes(arpc).first<kArpcMethod1Size>())
                    .ok());
  } else {
    EXPECT_EQ(test.Text("arpc_key"), "sk") << test.place();
    ASSERT_EQ(arpc.size(), kArpcMethod2Size) << test.place();
    ASSERT_TRUE(ArpcMethod2(session_key, Fixed<8>(arqc), Fixed<4>(test.Hex("csu")),
                            test.Hex("proprietary"), MutableBytes(arpc).first<kArpcMethod2Size>())
                    .ok());
  }
  EXPECT_EQ(arpc, expected) << test.place();
}

void CheckChain(const TestCase& test) {
  const EmvKey icc_key = MasterKeyOf(test).value();
  if (test.Has("mk_kcv")) {
    EXPECT_EQ(Kcv(icc_key), test.Hex("mk_kcv")) << test.place();
  }
  const EmvKey session_key = test.Has("r")
                                 ? DeriveCommonSessionKey(icc_key, Fixed<8>(test.Hex("r"))).value()
                                 : icc_key.Clone();
  if (test.Has("sk_kcv")) {
    EXPECT_EQ(Kcv(session_key), test.Hex("sk_kcv")) << test.place();
  }
  Bytes cryptogram(kCryptogramSize);
  ASSERT_TRUE(ApplicationCryptogram(session_key, PaddingOf(test.Number("padding")),
                                    test.Hex("data"),
                                    MutableBytes(cryptogram).first<kCryptogramSize>())
                  .ok());
  if (test.Has("ac")) {
    EXPECT_EQ(cryptogram, test.Hex("ac")) << test.place();
  }
  if (test.Has("arpc")) {
    CheckArpc(test, icc_key, session_key, test.Has("arqc") ? test.Hex("arqc") : cryptogram);
  }
}

TEST(EmvVectors, ChainsAndProfiles) {
  const VectorFile file = LoadVectors("emv_cryptogram.json");
  for (const auto* group : file.GroupsOf("chain")) {
    for (const TestCase& test : group->tests) CheckChain(test);
  }
  // The mechanism's test verifies this group; here only its data is used.
  for (const auto* group : file.GroupsOf("verify")) {
    for (const TestCase& test : group->tests) {
      const auto icc_key = MasterKeyOf(test);
      const Bytes atc = test.Hex("atc");
      const auto session_key = DeriveCryptogramSessionKey(
          icc_key.value(), static_cast<std::uint16_t>(atc.at(0) << 8U | atc.at(1)));
      Bytes cryptogram(kCryptogramSize);
      ASSERT_TRUE(ApplicationCryptogram(session_key.value(), PaddingOf(test.Number("padding")),
                                        test.Hex("data"),
                                        MutableBytes(cryptogram).first<kCryptogramSize>())
                      .ok());
      EXPECT_EQ(ConstantTimeEqual(cryptogram, test.Hex("ac")), test.valid) << test.place();
    }
  }
  EXPECT_EQ(file.Problems(), std::vector<std::string>{});
}

TEST(Emv, RefusesWhatIsNoCard) {
  const EmvKey key = KeyOf(Bytes(16, 0x11));
  EXPECT_EQ(DeriveIccMasterKey(key, EmvMasterKeyOption::kA, Pan(), 0).code(),
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(DeriveIccMasterKey(key, EmvMasterKeyOption::kB, PanOf("5413330089020011"), 100).code(),
            ErrorCode::kInvalidArgument);
}

TEST(Emv, RefusesLongProprietaryData) {
  const EmvKey key = KeyOf(Bytes(16, 0x11));
  const Bytes arqc(8, 1);
  const Bytes csu(4, 2);
  Bytes out(4);
  EXPECT_EQ(
      ArpcMethod2(key, Fixed<8>(arqc), Fixed<4>(csu), Bytes(9, 3), MutableBytes(out).first<4>())
          .code(),
      ErrorCode::kInvalidArgument);
}

TEST(Emv, OptionsAgreeUpToSixteenDigitsAndDifferBeyond) {
  const EmvKey key = KeyOf({1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16});
  for (std::size_t digits = kMinPanDigits; digits <= kMaxPanDigits; ++digits) {
    const Pan pan = PanOf(std::string("5413330089020011234").substr(0, digits));
    const auto a = DeriveIccMasterKey(key, EmvMasterKeyOption::kA, pan, 1);
    const auto b = DeriveIccMasterKey(key, EmvMasterKeyOption::kB, pan, 1);
    EXPECT_EQ(BytesOf(a.value()) == BytesOf(b.value()), digits <= 16) << digits;
  }
}

TEST(Emv, DerivedKeysHaveOddParity) {
  const EmvKey key = KeyOf(Bytes(16, 0x5A));
  const EmvKey icc =
      DeriveIccMasterKey(key, EmvMasterKeyOption::kA, PanOf("5413330089020011"), 0).value();
  const EmvKey session = DeriveCryptogramSessionKey(icc, 0xFFFF).value();
  for (const EmvKey* derived : {&icc, &session}) {
    for (const std::uint8_t byte : derived->Read(SecretAccess{})) {
      EXPECT_EQ(__builtin_popcount(byte) % 2, 1);
    }
  }
}

TEST(Emv, KeysHaveTheirLengths) {
  for (std::size_t size = 0; size <= 33; ++size) {
    EXPECT_EQ(EmvKey::Create(EmvAlgorithm::kTdes, Bytes(size, 1)).ok(), size == 16) << size;
    EXPECT_EQ(EmvKey::Create(EmvAlgorithm::kAes, Bytes(size, 1)).ok(),
              size == 16 || size == 24 || size == 32)
        << size;
  }
}

TEST(Emv, HashingEveryLengthIsOptionBForLongPansOnly) {
  const EmvKey key = KeyOf({1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16});
  for (std::size_t digits = kMinPanDigits; digits <= kMaxPanDigits; ++digits) {
    const Pan pan = PanOf(std::string("5413330089020011234").substr(0, digits));
    const auto b = DeriveIccMasterKey(key, EmvMasterKeyOption::kB, pan, 1);
    const auto every = DeriveIccMasterKey(key, EmvMasterKeyOption::kBEveryLength, pan, 1);
    EXPECT_EQ(BytesOf(b.value()) == BytesOf(every.value()), digits > 16) << digits;
  }
}

TEST(Emv, OptionsBelongToTheirAlgorithm) {
  const EmvKey tdes = KeyOf(Bytes(16, 0x11));
  const EmvKey aes = KeyOf(Bytes(16, 0x11), EmvAlgorithm::kAes);
  const Pan pan = PanOf("5413330089020011");
  EXPECT_EQ(DeriveIccMasterKey(tdes, EmvMasterKeyOption::kC, pan, 0).code(),
            ErrorCode::kInvalidArgument);
  for (const auto option :
       {EmvMasterKeyOption::kA, EmvMasterKeyOption::kB, EmvMasterKeyOption::kBEveryLength}) {
    EXPECT_EQ(DeriveIccMasterKey(aes, option, pan, 0).code(), ErrorCode::kInvalidArgument);
  }
}

// No published value: written again from the definition.
TEST(Emv, AesKeysAndCryptogramsAreWhatTheyAreDefinedAs) {
  Dice dice(kSeed);
  for (const std::size_t size : {16U, 24U, 32U}) {
    const EmvKey imk = KeyOf(dice.Some(size), EmvAlgorithm::kAes);
    const auto mk =
        DeriveIccMasterKey(imk, EmvMasterKeyOption::kC, PanOf("5413330089020011234"), 7).value();
    // 541333008902001123407: 21 digits, so that the first one stands alone.
    const Bytes y = {0,    0,    0,    0,    0,    0x05, 0x41, 0x33,
                     0x30, 0x08, 0x90, 0x20, 0x01, 0x12, 0x34, 0x07};
    Bytes blocks = y;
    for (const std::uint8_t byte : y) blocks.push_back(static_cast<std::uint8_t>(byte ^ 0xFF));
    const auto cipher = primitives::AesCipher(imk.Read(SecretAccess{}));
    ASSERT_TRUE(cipher->EncryptBlocks(blocks, blocks).ok());
    blocks.resize(size);
    EXPECT_EQ(BytesOf(mk), blocks) << size;

    const auto sk = DeriveCryptogramSessionKey(mk, 0x1234).value();
    Bytes r(size == 16 ? 16 : 32, 0);
    for (std::size_t i = 0; i < r.size(); i += 16) {
      r[i] = 0x12;
      r[i + 1] = 0x34;
      if (size != 16) r[i + 2] = i == 0 ? 0xF0 : 0x0F;
    }
    const auto card = primitives::AesCipher(mk.Read(SecretAccess{}));
    ASSERT_TRUE(card->EncryptBlocks(r, r).ok());
    r.resize(size);
    EXPECT_EQ(BytesOf(sk), r) << size;

    const Bytes data = dice.Some(40);
    const auto cmac = primitives::AesCmacKey::Create(sk.Read(SecretAccess{}));
    Bytes expected(8);
    ASSERT_TRUE(cmac->Sign(ByteView(data), expected).ok());
    std::array<std::uint8_t, 8> ac{};
    ASSERT_TRUE(ApplicationCryptogram(sk, EmvPadding::kMethod1, data, ac).ok());
    EXPECT_TRUE(SameBytes(ac, expected)) << size;

    std::array<std::uint8_t, 8> arpc{};
    ASSERT_TRUE(ArpcMethod1(sk, ac, std::array<std::uint8_t, 2>{0x30, 0x31}, arpc).ok());
    Bytes block(ac.begin(), ac.end());
    block.resize(16);
    block[0] ^= 0x30;
    block[1] ^= 0x31;
    const auto session = primitives::AesCipher(sk.Read(SecretAccess{}));
    ASSERT_TRUE(session->EncryptBlocks(block, block).ok());
    EXPECT_TRUE(SameBytes(arpc, ByteView(block).first(8))) << size;
  }
}

TEST(EmvSessionKey, MethodsForTdesRefuseAes) {
  const EmvKey aes = KeyOf(Bytes(16, 0x11), EmvAlgorithm::kAes);
  for (const auto method : {EmvSessionKeyMethod::kMastercard, EmvSessionKeyMethod::kEmv2000,
                            EmvSessionKeyMethod::kUnionPay}) {
    EXPECT_EQ(DeriveSessionKey(aes, method, {}).code(), ErrorCode::kUnsupported);
  }
  EXPECT_TRUE(DeriveSessionKey(aes, EmvSessionKeyMethod::kCommon, {}).ok());
  EXPECT_EQ(BytesOf(DeriveSessionKey(aes, EmvSessionKeyMethod::kNone, {}).value()), BytesOf(aes));
  const std::array<std::uint8_t, 8> rand{};
  EXPECT_EQ(DeriveScriptKey(aes, EmvScriptKeyMethod::kVisa, 1, rand).code(),
            ErrorCode::kUnsupported);
  EXPECT_EQ(DeriveScriptKey(aes, EmvScriptKeyMethod::kNone, 1, rand).code(),
            ErrorCode::kUnsupported);
}

// No published value: written again from the definition.
TEST(EmvSessionKey, UnionPayIsTwoEncryptions) {
  const EmvKey mk = KeyOf({1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16});
  EmvSessionInput input;
  input.atc = 0x12FE;
  const auto key = DeriveSessionKey(mk, EmvSessionKeyMethod::kUnionPay, input).value();
  Bytes blocks = {0, 0, 0, 0, 0, 0, 0x12, 0xFE, 0, 0, 0, 0, 0, 0, 0xED, 0x01};
  const auto cipher = primitives::TdesCipher(mk.Read(SecretAccess{}));
  ASSERT_TRUE(cipher->EncryptBlocks(blocks, blocks).ok());
  primitives::SetOddParity(blocks);
  EXPECT_EQ(BytesOf(key), blocks);
}

TEST(EmvSessionKey, TreesHaveALeafForEachAtc) {
  const EmvKey mk = KeyOf({1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16});
  const auto with = [&](std::uint8_t branch, std::uint8_t height) {
    EmvSessionInput input;
    input.atc = 0xFFFF;
    input.tree = {branch, height, {}};
    return DeriveSessionKey(mk, EmvSessionKeyMethod::kEmv2000, input).code();
  };
  for (unsigned branch = 0; branch < 256; ++branch) {
    for (unsigned height = 0; height < 20; ++height) {
      double leaves = 1;
      for (unsigned i = 0; i < height; ++i) leaves *= branch;
      EXPECT_EQ(with(static_cast<std::uint8_t>(branch), static_cast<std::uint8_t>(height)) ==
                    ErrorCode::kOk,
                branch >= 2 && height >= 1 && height <= 16 && leaves >= 65536)
          << branch << " " << height;
    }
  }
}

TEST(EmvSessionKey, ScriptRandCounts) {
  const std::array<std::uint8_t, 8> last = {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFE};
  EXPECT_EQ(ScriptRand(last, 0), last);
  EXPECT_EQ(ScriptRand(last, 3), (std::array<std::uint8_t, 8>{0, 0, 0, 0, 0, 0, 0, 1}));
  const std::array<std::uint8_t, 8> some = {1, 2, 3, 4, 5, 6, 0xFF, 0x01};
  EXPECT_EQ(ScriptRand(some, 0xFFFF), (std::array<std::uint8_t, 8>{1, 2, 3, 4, 5, 7, 0xFF, 0x00}));
}

}  // namespace
}  // namespace florin::card
