// Issuer scripts, by published values.
#include "crypto/card/emv_script.h"

#include "crypto/card/emv_session_key.h"
#include "crypto/primitives/tdes.h"
#include "florin/base/hex.h"
#include "tests/crypto/card/emv_test_util.h"

namespace florin::card {
namespace {

using vectors::TestCase;
using vectors::VectorFile;

constexpr std::uint32_t kSeed = 20261126;

Pin PinOf(const std::string& digits) { return Pin::Parse(digits).value(); }

EmvKey MasterKeyOf(const TestCase& test, const char* imk) {
  EXPECT_EQ(test.Text("option"), "A") << test.place();
  return DeriveIccMasterKey(KeyOf(test.Hex(imk)), EmvMasterKeyOption::kA, PanOf(test.Text("pan")),
                            PsnOf(test))
      .value();
}

EmvKey ScriptKeyOf(const TestCase& test, const EmvKey& icc_key) {
  const Bytes r = test.Hex("r");
  if (test.Text("method") == "visa") {
    return DeriveScriptKey(icc_key, EmvScriptKeyMethod::kVisa, CounterOf(r),
                           std::array<std::uint8_t, 8>{})
        .value();
  }
  EXPECT_EQ(test.Text("method"), "csk") << test.place();
  return DeriveScriptKey(icc_key, EmvScriptKeyMethod::kCommon, 0, ScriptRand(ArrayOf<8>(r), 0))
      .value();
}

EmvScriptPadding PaddingOf(const std::string& name) {
  if (name == "visa") return EmvScriptPadding::kVisa;
  EXPECT_TRUE(name == "emv" || name == "mastercard") << name;
  return name == "emv" ? EmvScriptPadding::kEmv : EmvScriptPadding::kMastercard;
}

Bytes MacOf(const TestCase& test, const EmvKey& key, ByteView data, std::size_t size) {
  EmvScriptTransaction transaction;
  const bool prefixed = test.Has("atc");
  if (prefixed) {
    transaction = {CounterOf(test.Hex("atc")), ArrayOf<8>(test.Hex("arqc"))};
  }
  Bytes mac(size);
  EXPECT_TRUE(ScriptMac(key, ArrayOf<5>(test.Hex("header")),
                        prefixed ? EmvScriptMacPrefix::kAtcAndArqc : EmvScriptMacPrefix::kNone,
                        transaction, data, mac)
                  .ok())
      << test.place();
  return mac;
}

void CheckMacs(const TestCase& test, const EmvKey& key, ByteView data) {
  const Bytes expected = test.Hex("mac");
  for (std::size_t size = kMinScriptMac; size <= kMaxScriptMac; ++size) {
    EXPECT_TRUE(SameBytes(MacOf(test, key, data, size), ByteView(expected).first(size)))
        << test.place();
  }
}

Bytes Kcv(const EmvKey& key) {
  Bytes block(8);
  EXPECT_TRUE(ArpcMethod1(key, std::array<std::uint8_t, 8>{}, std::array<std::uint8_t, 2>{},
                          MutableBytes(block).first<8>())
                  .ok());
  block.resize(2);
  return block;
}

void CheckPinChange(const TestCase& test) {
  const EmvKey icc_ac_key = MasterKeyOf(test, "imk_ac");
  const EmvKey smc = ScriptKeyOf(test, MasterKeyOf(test, "imk_smc"));
  const EmvKey smi = ScriptKeyOf(test, MasterKeyOf(test, "imk_smi"));
  const Pin pin = PinOf(test.Text("pin"));
  const Pin current = test.Has("current_pin") ? PinOf(test.Text("current_pin")) : Pin();
  const auto block = test.Text("block") == "iso2"
                         ? Iso2PinBlock(pin)
                         : VisPinBlock(icc_ac_key, pin, current.empty() ? nullptr : &current);
  ASSERT_TRUE(block.ok()) << test.place();
  if (test.Has("pin_block")) {
    EXPECT_TRUE(SameBytes(block->Read(SecretAccess{}), test.Hex("pin_block"))) << test.place();
  }
  const Bytes expected = test.Hex("ciphertext");
  Bytes ciphertext(32);
  const auto size = EncryptScriptData(smc, PaddingOf(test.Text("padding")),
                                      block->Read(SecretAccess{}), ciphertext);
  ASSERT_TRUE(size.ok()) << test.place();
  ciphertext.resize(*size);
  EXPECT_EQ(ciphertext, expected) << test.place();
  CheckMacs(test, smi, ciphertext);
}

TEST(EmvScriptVectors, All) {
  const VectorFile file = LoadVectors("emv_scripts.json");
  for (const auto* group : file.GroupsOf("script_mac")) {
    for (const TestCase& test : group->tests) {
      const EmvKey icc_key = MasterKeyOf(test, "imk_smi");
      const EmvKey session_key = ScriptKeyOf(test, icc_key);
      if (test.Has("mk_kcv")) {
        EXPECT_EQ(Kcv(icc_key), test.Hex("mk_kcv")) << test.place();
        EXPECT_EQ(Kcv(session_key), test.Hex("sk_kcv")) << test.place();
      }
      CheckMacs(test, session_key, test.Hex("data"));
    }
  }
  for (const auto* group : file.GroupsOf("script_pin")) {
    for (const TestCase& test : group->tests) CheckPinChange(test);
  }
  for (const auto* group : file.GroupsOf("script_mac_under_key")) {
    for (const TestCase& test : group->tests) {
      CheckMacs(test, KeyOf(test.Hex("key")), test.Hex("data"));
    }
  }
  EXPECT_EQ(file.Problems(), std::vector<std::string>{});
}

TEST(EmvScript, MacsHaveFourToEightBytes) {
  const EmvKey key = KeyOf({1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16});
  const std::array<std::uint8_t, 5> header{};
  for (std::size_t size = 0; size <= 9; ++size) {
    Bytes mac(size);
    EXPECT_EQ(ScriptMac(key, header, EmvScriptMacPrefix::kNone, {}, {}, mac).ok(),
              size >= 4 && size <= 8)
        << size;
  }
  Bytes mac(8);
  EXPECT_EQ(ScriptMac(key, header, EmvScriptMacPrefix::kNone, {}, Bytes(256, 1), mac).code(),
            ErrorCode::kLimitExceeded);
}

TEST(EmvScript, DataComesBackAfterDecryption) {
  const EmvKey key = KeyOf({1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16});
  const auto cipher = primitives::TdesCipher(key.Read(SecretAccess{}));
  Dice dice(kSeed);
  for (const auto padding :
       {EmvScriptPadding::kMastercard, EmvScriptPadding::kEmv, EmvScriptPadding::kVisa}) {
    const std::size_t most = padding == EmvScriptPadding::kVisa ? 238 : 239;
    EXPECT_LE(EncryptedScriptSize(padding, most) + kMaxScriptMac, 255U);  // Lc has one byte
    for (std::size_t size = 1; size <= most; ++size) {
      const Bytes data = dice.Some(size);
      const bool visa = padding == EmvScriptPadding::kVisa;
      Bytes padded = data;
      if (visa) padded.insert(padded.begin(), static_cast<std::uint8_t>(size));
      if (padding != EmvScriptPadding::kMastercard || size % 8 != 0) {
        padded.push_back(0x80);
        while (padded.size() % 8 != 0) padded.push_back(0);
      }
      Bytes out(EncryptedScriptSize(padding, size));
      ASSERT_EQ(EncryptScriptData(key, padding, data, out).value(), padded.size()) << size;
      const Bytes zeros(8, 0);
      ASSERT_TRUE(cipher
                      ->Crypt(visa ? primitives::CipherMode::kEcb : primitives::CipherMode::kCbc,
                              primitives::Direction::kDecrypt, visa ? ByteView() : ByteView(zeros),
                              out, out)
                      .ok());
      EXPECT_EQ(out, padded) << size << " seed " << kSeed;
      Bytes small(padded.size() - 1);
      EXPECT_EQ(EncryptScriptData(key, padding, data, small).code(), ErrorCode::kBufferTooSmall);
    }
    Bytes out(512);
    EXPECT_FALSE(EncryptScriptData(key, padding, {}, out).ok());
    EXPECT_FALSE(EncryptScriptData(key, padding, Bytes(most + 1, 1), out).ok());
  }
}

TEST(EmvScript, PinBlocksOfEveryLength) {
  const EmvKey key = KeyOf({1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16});
  Dice dice(kSeed);
  for (std::size_t size = kMinPinDigits; size <= kMaxPinDigits; ++size) {
    const std::string digits = dice.Digits(size);
    const std::string field = digits + std::string(14 - size, 'F');
    const auto hex = [](const SecretArray<8>& block) {
      return HexEncode(block.Read(SecretAccess{}), HexCase::kUpper);
    };
    const std::string length = std::string(1, "0123456789ABC"[size]);
    EXPECT_EQ(hex(Iso2PinBlock(PinOf(digits)).value()), "2" + length + field);
    auto vis = VisPinBlock(key, PinOf(digits), nullptr).value();
    for (std::size_t i = 4; i < 8; ++i) vis.Write(SecretAccess{})[i] ^= key.Read(SecretAccess{})[i];
    EXPECT_EQ(hex(vis), "0" + length + field);
  }
}

TEST(EmvScript, RefusesWhatTheProfileHasNot) {
  const EmvKey key = KeyOf({1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16});
  const EmvKey aes = KeyOf(Bytes(16, 1), EmvAlgorithm::kAes);
  const EmvPinChangeKeys keys{key, key, key};
  const Pin pin = PinOf("1234");
  Bytes out(kMaxPinChangeCommand);
  EmvScriptProfile profile;
  EXPECT_EQ(PinChangeCommand(profile, keys, {}, pin, nullptr, 8, out).code(),
            ErrorCode::kUnsupported);
  profile.key = EmvScriptKeyMethod::kCommon;
  EXPECT_EQ(PinChangeCommand(profile, keys, {}, pin, &pin, 8, out).code(), ErrorCode::kUnsupported);
  profile.pin_block_with_current = EmvPinBlock::kIso2;
  EXPECT_EQ(PinChangeCommand(profile, keys, {}, pin, &pin, 8, out).code(), ErrorCode::kUnsupported);
  EXPECT_EQ(PinChangeCommand(profile, keys, {}, pin, nullptr, 3, out).code(),
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(PinChangeCommand(profile, keys, {}, Pin(), nullptr, 8, out).code(),
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(
      PinChangeCommand(profile, keys, {}, pin, nullptr, 8, MutableBytes(out).first(20)).code(),
      ErrorCode::kBufferTooSmall);
  EXPECT_EQ(PinChangeCommand(profile, keys, {}, pin, nullptr, 4, out).value(), 25U);
  EXPECT_EQ(VisPinBlock(aes, pin, nullptr).code(), ErrorCode::kUnsupported);
  EXPECT_EQ(EncryptScriptData(aes, EmvScriptPadding::kEmv, Bytes(8, 1), out).code(),
            ErrorCode::kUnsupported);
}

}  // namespace
}  // namespace florin::card
