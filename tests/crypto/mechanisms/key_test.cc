// Key: what may be born, and what stays true of it.
#include "crypto/mechanisms/key.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <thread>
#include <vector>

#include "crypto/mechanisms/operation.h"
#include "crypto/mechanisms/rule_table.h"
#include "tests/crypto/mechanisms/test_keys.h"

namespace florin::mechanisms {
namespace {

ErrorCode ImportCode(KeyRules rules, const std::string& hex) {
  return Key::Import(std::move(rules), Secret(FromHex(hex))).code();
}

TEST(KeyImport, ChecksLength) {
  const KeyRules aes = Rules(KeyType::kAes, {Verb::kEncrypt});
  EXPECT_EQ(ImportCode(aes, std::string(32, 'A')), ErrorCode::kOk);
  EXPECT_EQ(ImportCode(aes, std::string(34, 'A')), ErrorCode::kInvalidArgument);
  EXPECT_EQ(ImportCode(aes, ""), ErrorCode::kInvalidArgument);
  KeyRules longer = aes;
  longer.length = 32;
  EXPECT_EQ(ImportCode(longer, std::string(32, 'A')), ErrorCode::kInvalidArgument);
  EXPECT_EQ(ImportCode(Rules(KeyType::kHmac, {}), std::string(30, 'A')),
            ErrorCode::kInvalidArgument);
}

TEST(KeyImport, RefusesDesKeysThatAreWeak) {
  const KeyRules des = Rules(KeyType::kDes3, {Verb::kEncrypt});
  const std::string a = "0123456789ABCDEF";
  const std::string b = "FEDCBA9876543210";
  EXPECT_EQ(ImportCode(des, a + b), ErrorCode::kOk);
  EXPECT_EQ(ImportCode(des, a + a), ErrorCode::kInvalidArgument);
  // Equal but for parity bits.
  EXPECT_EQ(ImportCode(des, a + "0022446688AACCEE"), ErrorCode::kInvalidArgument);
  EXPECT_EQ(ImportCode(des, a + b + a), ErrorCode::kOk);
  EXPECT_EQ(ImportCode(des, a + b + b), ErrorCode::kInvalidArgument);
  EXPECT_EQ(ImportCode(des, a + a + b), ErrorCode::kInvalidArgument);
  // SP 800-67 r2 3.3.2: the weak and the semi-weak keys, as printed there with parity.
  for (const char* weak :
       {"0101010101010101", "FEFEFEFEFEFEFEFE", "E0E0E0E0F1F1F1F1", "1F1F1F1F0E0E0E0E",
        "011F011F010E010E", "1F011F010E010E01", "01E001E001F101F1", "E001E001F101F101",
        "01FE01FE01FE01FE", "FE01FE01FE01FE01", "1FE01FE00EF10EF1", "E01FE01FF10EF10E",
        "1FFE1FFE0EFE0EFE", "FE1FFE1FFE0EFE0E", "E0FEE0FEF1FEF1FE", "FEE0FEE0FEF1FEF1"}) {
    EXPECT_EQ(ImportCode(des, a + weak), ErrorCode::kInvalidArgument) << weak;
    EXPECT_EQ(ImportCode(des, weak + a), ErrorCode::kInvalidArgument) << weak;
  }
}

TEST(KeyImport, ChecksEcKeys) {
  const KeyRules priv = Rules(KeyType::kEcPrivate, {Verb::kSign});
  const std::string order = "FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551";
  EXPECT_EQ(ImportCode(priv, std::string(64, '0')), ErrorCode::kInvalidArgument);
  EXPECT_EQ(ImportCode(priv, order), ErrorCode::kInvalidArgument);
  EXPECT_EQ(ImportCode(priv, std::string(62, '0') + "01"), ErrorCode::kOk);

  const KeyPtr one = ImportKey(priv, std::string(62, '0') + "01");
  const std::string base_point = HexEncode(one->PublicPoint());
  const KeyRules pub = Rules(KeyType::kEcPublic, {Verb::kVerify});
  EXPECT_EQ(ImportCode(pub, base_point), ErrorCode::kOk);
  std::string off = base_point;
  off.back() = off.back() == '5' ? '4' : '5';
  EXPECT_EQ(ImportCode(pub, off.substr(0, 128) + "00"), ErrorCode::kInvalidArgument);
  EXPECT_EQ(ImportCode(pub, std::string(130, '0')), ErrorCode::kInvalidArgument);
  EXPECT_EQ(ImportCode(pub, "02" + base_point.substr(2)), ErrorCode::kInvalidArgument);
}

TEST(KeyGenerate, MakesKeysOfEachType) {
  for (const auto& [type, length] :
       std::vector<std::pair<KeyType, std::size_t>>{{KeyType::kAes, 32},
                                                    {KeyType::kDes3, 24},
                                                    {KeyType::kHmac, 64},
                                                    {KeyType::kGenericSecret, 16},
                                                    {KeyType::kEcPrivate, 0}}) {
    const KeyPtr a = GenerateKey(Rules(type, {}), length);
    const KeyPtr b = GenerateKey(Rules(type, {}), length);
    EXPECT_NE(MaterialOf(*a), MaterialOf(*b));
    EXPECT_EQ(a->rules().length, MaterialOf(*a).size());
  }
  const KeyPtr des = GenerateKey(Rules(KeyType::kDes3, {}), 16);
  for (const std::uint8_t byte : MaterialOf(*des)) EXPECT_EQ(__builtin_popcount(byte) % 2, 1);
}

TEST(KeyGenerate, NeedsALengthAndRules) {
  EXPECT_EQ(Key::Generate(Rules(KeyType::kAes, {}), SystemRandom()).code(),
            ErrorCode::kInvalidArgument);
  KeyRules conflict = Rules(KeyType::kAes, {Verb::kWrap, Verb::kDecrypt});
  conflict.length = 32;
  EXPECT_EQ(Key::Generate(conflict, SystemRandom()).code(), ErrorCode::kPermissionDenied);
  EXPECT_EQ(Key::Generate(Rules(KeyType::kEcPublic, {}), SystemRandom()).code(),
            ErrorCode::kInvalidArgument);
}

TEST(KeyGenerate, PairsMatch) {
  for (const CurveInfo& row : kCurveTable) {
    const bool agrees = row.form == CurveForm::kMontgomery;
    KeyRules priv = Rules(KeyType::kEcPrivate, {agrees ? Verb::kDerive : Verb::kSign});
    KeyRules pub = Rules(KeyType::kEcPublic, {agrees ? Verb::kDerive : Verb::kVerify});
    priv.curve = pub.curve = row.curve;
    const auto pair = Key::GeneratePair(priv, pub, SystemRandom());
    ASSERT_TRUE(pair.ok()) << row.name;
    EXPECT_TRUE(SameBytes(pair->private_key->PublicPoint(), pair->public_key->PublicPoint()));
    EXPECT_EQ(pair->private_key->rules().length, row.private_size);
    EXPECT_EQ(pair->public_key->rules().length, row.public_size);
    EXPECT_EQ(pair->private_key->StrengthBits(), row.strength);
    Bytes info(kMaxCurveSpkiSize);
    EXPECT_EQ(pair->public_key->PublicKeyInfo(info).value(),
              row.spki_prefix.size() + row.public_size);
  }
  KeyRules other = Rules(KeyType::kEcPublic, {});
  other.curve = Curve::kP384;
  EXPECT_EQ(Key::GeneratePair(Rules(KeyType::kEcPrivate, {}), other, SystemRandom()).code(),
            ErrorCode::kInvalidArgument);
}

class BrokenRandom final : public RandomSource {
 public:
  Status Fill(MutableBytes out) override {
    std::fill(out.begin(), out.end(), std::uint8_t{0});
    return OkStatus();
  }
};

TEST(KeyGenerate, NoticesABrokenSource) {
  BrokenRandom broken;
  KeyRules rules = Rules(KeyType::kDes3, {});
  rules.length = 16;
  EXPECT_EQ(Key::Generate(rules, broken).code(), ErrorCode::kDeviceError);
}

TEST(Key, StrengthAndCheckValue) {
  const KeyRules des = Rules(KeyType::kDes3, {Verb::kEncrypt});
  EXPECT_EQ(ImportKey(des, "0123456789ABCDEFFEDCBA9876543210")->StrengthBits(), 80U);
  EXPECT_EQ(ImportKey(des, "0123456789ABCDEFFEDCBA98765432100123456789ABCDEF")->StrengthBits(),
            80U);
  EXPECT_EQ(ImportKey(des, "0123456789ABCDEFFEDCBA987654321089ABCDEF01234567")->StrengthBits(),
            112U);
  // The legacy check value of this much printed key begins 08D7B4.
  EXPECT_EQ(ImportKey(des, "0123456789ABCDEFFEDCBA9876543210")->CheckValue().value(),
            (std::array<std::uint8_t, 3>{0x08, 0xD7, 0xB4}));
  EXPECT_EQ(GenerateKey(Rules(KeyType::kHmac, {}), 32)->CheckValue().code(),
            ErrorCode::kUnsupported);
  const KeyPtr aes = GenerateKey(Rules(KeyType::kAes, {Verb::kSign}), 16);
  Bytes cmac(16);
  ASSERT_TRUE(RunOnce(Verb::kSign, AesCmac{}, *aes, Bytes(16, 0), cmac).ok());
  const auto value = aes->CheckValue().value();
  EXPECT_TRUE(SameBytes(value, ByteView(cmac).first(3)));
}

TEST(Key, CopiesOnlyNarrow) {
  KeyRules rules = Rules(KeyType::kAes, {Verb::kEncrypt, Verb::kDecrypt});
  rules.extractable = true;
  const KeyPtr key = GenerateKey(rules, 32);
  KeyRules copy = key->rules();
  copy.verbs = {Verb::kEncrypt};
  copy.extractable = false;
  copy.allowed_mechanisms = {MechanismType::kAesGcm};
  const auto narrowed = key->CopyNarrowed(copy);
  ASSERT_TRUE(narrowed.ok());
  EXPECT_EQ(MaterialOf(**narrowed), MaterialOf(*key));

  const auto denied = [&](auto change) {
    KeyRules wider = (*narrowed)->rules();
    change(wider);
    return (*narrowed)->CopyNarrowed(wider).code() == ErrorCode::kPermissionDenied;
  };
  EXPECT_TRUE(denied([](KeyRules& r) { r.verbs.Add(Verb::kWrap); }));
  EXPECT_TRUE(denied([](KeyRules& r) { r.extractable = true; }));
  EXPECT_TRUE(denied([](KeyRules& r) { r.sensitive = false; }));
  EXPECT_TRUE(denied([](KeyRules& r) { r.allowed_mechanisms.clear(); }));
  EXPECT_TRUE(denied([](KeyRules& r) { r.allowed_mechanisms = {MechanismType::kAesEcb}; }));
  EXPECT_TRUE(denied([](KeyRules& r) { r.type = KeyType::kHmac; }));
  EXPECT_TRUE(
      denied([](KeyRules& r) { r.header = KeyBlockHeader::Parse("D0000D0AB00N0000").value(); }));
}

TEST(Key, CopiesOnlyNarrowProfiles) {
  KeyRules rules = WithHeader(Rules(KeyType::kDes3, {Verb::kSign}), "D0000E0TV00N0000");
  rules.emv.emplace();
  rules.emv->cvns.set(0x0A).set(0x12);
  rules.emv->dkis.set(1).set(2);
  const KeyPtr key = GenerateKey(rules, 16);
  const auto copies = [&](auto change) {
    KeyRules copy = key->rules();
    change(copy);
    return key->CopyNarrowed(copy).ok();
  };
  EXPECT_TRUE(copies([](KeyRules&) {}));
  EXPECT_TRUE(copies([](KeyRules& r) { r.emv->cvns.reset(0x0A); }));
  EXPECT_TRUE(copies([](KeyRules& r) { r.emv->dkis.reset(); }));
  EXPECT_FALSE(copies([](KeyRules& r) { r.emv.reset(); }));
  EXPECT_FALSE(copies([](KeyRules& r) { r.emv->cvns.set(0x11); }));
  EXPECT_FALSE(copies([](KeyRules& r) { r.emv->dkis.set(3); }));
  EXPECT_FALSE(copies([](KeyRules& r) { r.emv->unproven = true; }));
  EXPECT_FALSE(copies([](KeyRules& r) { r.emv->scheme = card::EmvScheme::kAmex; }));
  EXPECT_FALSE(copies([](KeyRules& r) { r.emv->master_key = EmvMasterKeyOption::kA; }));
  EXPECT_FALSE(copies([](KeyRules& r) { r.emv->session_key = EmvSessionKeyMethod::kNone; }));
  EXPECT_FALSE(copies([](KeyRules& r) { r.emv->tree.height = 9; }));

  rules.emv.reset();
  const KeyPtr raw = GenerateKey(rules, 16);
  EXPECT_TRUE(raw->CopyNarrowed(key->rules()).ok());
  rules.emv.emplace();
  rules.header = KeyBlockHeader::Parse("D0000E1TN00N0000").value();
  rules.length = 16;
  EXPECT_EQ(Key::Generate(rules, SystemRandom()).code(), ErrorCode::kPermissionDenied);
}

TEST(Key, CopiesOnlyNarrowThePolicyOfKeyBlocks) {
  KeyRules rules = WithHeader(Rules(KeyType::kAes, {Verb::kUnwrap}), "D0000K1AB00N0000");
  rules.key_block_import.legacy_versions = true;
  rules.key_block_import.weaker_kbpk = true;
  rules.key_block_export.weaker_kbpk = true;
  const KeyPtr key = GenerateKey(rules, 32);
  const auto copies = [&](auto change) {
    KeyRules copy = key->rules();
    change(copy);
    return key->CopyNarrowed(copy).ok();
  };
  EXPECT_TRUE(copies([](KeyRules&) {}));
  EXPECT_TRUE(copies([](KeyRules& r) { r.key_block_import = {}; }));
  EXPECT_TRUE(copies([](KeyRules& r) { r.key_block_export = {}; }));
  EXPECT_TRUE(copies([](KeyRules& r) { r.key_block_import.legacy_versions = false; }));
  EXPECT_FALSE(copies([](KeyRules& r) { r.key_block_import.any_combination = true; }));
  rules.key_block_import = {};
  rules.key_block_export = {};
  const KeyPtr strict = GenerateKey(rules, 32);
  KeyRules lenient = strict->rules();
  lenient.key_block_export.weaker_kbpk = true;
  EXPECT_EQ(strict->CopyNarrowed(lenient).code(), ErrorCode::kPermissionDenied);
}

TEST(Key, SchedulesAreMadeOnceByManyThreads) {
  const KeyPtr key = GenerateKey(Rules(KeyType::kHmac, {Verb::kSign}), 32);
  const Bytes data = RandomBytes(100);
  std::vector<Bytes> macs(8, Bytes(32));
  std::vector<std::thread> threads;
  for (Bytes& mac : macs) {
    threads.emplace_back([&key, &data, &mac] {
      for (int i = 0; i < 50; ++i) {
        ASSERT_TRUE(RunOnce(Verb::kSign, Hmac{}, *key, data, mac).ok());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const Bytes& mac : macs) EXPECT_EQ(mac, macs[0]);
}

}  // namespace
}  // namespace florin::mechanisms
