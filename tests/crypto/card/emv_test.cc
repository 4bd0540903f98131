// EMV issuer cryptography on clear keys, by published values.
#include "florin/card/emv.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "crypto/primitives/tdes.h"
#include "tools/vectors/vector_file.h"

namespace florin::card {
namespace {

using vectors::TestCase;
using vectors::VectorFile;

VectorFile Load(const char* name) {
  return VectorFile::Load(std::string(FLORIN_SOURCE_DIR "/tests/vectors/card/") + name);
}

EmvKey KeyOf(const Bytes& bytes) {
  EmvKey key;
  EXPECT_EQ(bytes.size(), key.size());
  std::copy_n(bytes.begin(), std::min(bytes.size(), key.size()), key.Write(SecretAccess{}).begin());
  return key;
}

Bytes BytesOf(const EmvKey& key) {
  const auto view = key.Read(SecretAccess{});
  return {view.begin(), view.end()};
}

Pan PanOf(const std::string& digits) { return Pan::Parse(digits).value(); }

EmvMasterKeyOption OptionOf(const std::string& text) {
  return text == "A" ? EmvMasterKeyOption::kA : EmvMasterKeyOption::kB;
}

EmvPadding PaddingOf(std::int64_t method) {
  return method == 1 ? EmvPadding::kMethod1 : EmvPadding::kMethod2;
}

Result<EmvKey> MasterKeyOf(const TestCase& test) {
  const auto psn = static_cast<std::uint8_t>(std::stoi(test.Text("psn")));
  return DeriveIccMasterKey(KeyOf(test.Hex("imk")), OptionOf(test.Text("option")),
                            PanOf(test.Text("pan")), psn);
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

TEST(EmvVectors, Keys) {
  const VectorFile file = Load("emv_keys.json");
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
                                 : KeyOf(BytesOf(icc_key));
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
  const VectorFile file = Load("emv_cryptogram.json");
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

}  // namespace
}  // namespace florin::card
