// RSA keys: what may be born, and what it may be for.
#include <gtest/gtest.h>

#include <utility>

#include "crypto/mechanisms/key.h"
#include "crypto/mechanisms/key_schedules.h"
#include "crypto/mechanisms/rule_table.h"
#include "crypto/mechanisms/transfer.h"
#include "crypto/primitives/rsa.h"
#include "tests/crypto/mechanisms/test_keys.h"

namespace florin::mechanisms {
namespace {

using primitives::RsaPrivateKey;

KeyRules Private(VerbSet verbs = {}) { return Rules(KeyType::kRsaPrivate, verbs); }

KeyRules Public(VerbSet verbs = {}) {
  KeyRules rules = Rules(KeyType::kRsaPublic, verbs);
  rules.sensitive = false;
  return rules;
}

KeyPairPtrs MakePair() {
  KeyRules rules = Private();
  rules.length = 256;
  rules.extractable = true;
  return Key::GeneratePair(rules, Public(), SystemRandom()).value();
}

// One pair for all: making one takes longer than the tests.
const KeyPairPtrs& Pair() {
  static const auto* const kPair = new KeyPairPtrs(MakePair());
  return *kPair;
}

ErrorCode ImportCode(KeyRules rules, ByteView material) {
  return Key::Import(std::move(rules), Secret(material)).code();
}

TEST(RsaKey, PairsMatch) {
  const Key& priv = *Pair().private_key;
  const Key& pub = *Pair().public_key;
  EXPECT_EQ(priv.rules().length, 256U);
  EXPECT_EQ(pub.rules().length, 256U);
  EXPECT_EQ(priv.StrengthBits(), 112U);
  EXPECT_EQ(priv.CheckValue().code(), ErrorCode::kUnsupported);
  EXPECT_TRUE(priv.PublicPoint().empty());
  Bytes info(primitives::kMaxRsaSpkiSize);
  const auto size = priv.PublicKeyInfo(info);
  ASSERT_TRUE(size.ok());
  info.resize(*size);
  EXPECT_EQ(info, MaterialOf(pub));
  const Bytes digest = RandomBytes(32);
  Bytes signature(256);
  ASSERT_TRUE(priv.schedules().RsaPrivate().SignPss(Hash::kSha256, digest, signature).ok());
  EXPECT_TRUE(pub.schedules().RsaPublic().VerifyPss(Hash::kSha256, digest, signature).ok());
  EXPECT_TRUE(priv.schedules().RsaPublic().VerifyPss(Hash::kSha256, digest, signature).ok());
}

TEST(RsaKey, LengthsOfKeysThatAreMade) {
  for (const std::size_t length : {0U, 128U, 255U, 257U, 512U + 256U}) {
    KeyRules rules = Private();
    rules.length = length;
    EXPECT_EQ(Key::GeneratePair(rules, Public(), SystemRandom()).code(),
              ErrorCode::kInvalidArgument)
        << length;
  }
  KeyRules rules = Private();
  rules.length = 384;
  KeyRules other = Public();
  other.length = 256;
  EXPECT_EQ(Key::GeneratePair(rules, other, SystemRandom()).code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(Key::GeneratePair(rules, Rules(KeyType::kEcPublic, {}), SystemRandom()).code(),
            ErrorCode::kInvalidArgument);
  const auto key = Key::Generate(rules, SystemRandom());
  ASSERT_TRUE(key.ok());
  EXPECT_EQ((*key)->StrengthBits(), 128U);
  EXPECT_EQ(Key::Generate(other, SystemRandom()).code(), ErrorCode::kInvalidArgument);
}

TEST(RsaKey, ImportTakesItsOneForm) {
  const Bytes der = MaterialOf(*Pair().private_key);
  const Bytes info = MaterialOf(*Pair().public_key);
  EXPECT_EQ(ImportCode(Private(), der), ErrorCode::kOk);
  EXPECT_EQ(ImportCode(Public(), info), ErrorCode::kOk);
  EXPECT_EQ(ImportCode(Private(), info), ErrorCode::kInvalidArgument);
  EXPECT_EQ(ImportCode(Public(), der), ErrorCode::kInvalidArgument);
  EXPECT_EQ(ImportCode(Private(), RandomBytes(256)), ErrorCode::kInvalidArgument);
  KeyRules longer = Private();
  longer.length = 384;
  EXPECT_EQ(ImportCode(longer, der), ErrorCode::kInvalidArgument);
  longer.length = der.size();
  EXPECT_EQ(ImportCode(longer, der), ErrorCode::kInvalidArgument);
}

TEST(RsaKey, ImportRefusesNumbersOfTwoKeys) {
  const Bytes der = MaterialOf(*Pair().private_key);
  auto numbers = primitives::ParseRsaPrivateKey(der).value();
  Bytes exponent(numbers.exponent1.begin(), numbers.exponent1.end());
  exponent[40] = static_cast<std::uint8_t>(exponent[40] ^ 0x10);
  numbers.exponent1 = exponent;
  const auto wrong = primitives::WriteRsaPrivateKey(numbers);
  ASSERT_TRUE(wrong.ok());
  EXPECT_EQ(ImportCode(Private(), wrong->Read(SecretAccess{})), ErrorCode::kInvalidArgument);
}

TEST(RsaKey, HeadersAndVerbs) {
  const auto check = [](KeyRules rules, const char* header) {
    rules = WithHeader(std::move(rules), header);
    rules.length = 256;
    return CheckRules(rules).code();
  };
  EXPECT_EQ(check(Private(), "D0000S0RS00E0000"), ErrorCode::kOk);
  EXPECT_EQ(check(Private(), "D0000D1RD00E0000"), ErrorCode::kOk);
  EXPECT_EQ(check(Private(), "D0000K2RD00E0000"), ErrorCode::kOk);
  EXPECT_EQ(check(Public(), "D0000S0RV00E0000"), ErrorCode::kOk);
  EXPECT_EQ(check(Private(), "D0000S0ES00E0000"), ErrorCode::kPermissionDenied);
  EXPECT_EQ(check(Private({Verb::kDerive}), "D0000S0RS00E0000"), ErrorCode::kPermissionDenied);
  EXPECT_EQ(check(Private({Verb::kDecrypt}), "D0000S0RS00E0000"), ErrorCode::kPermissionDenied);
  KeyRules shown = Private();
  shown.sensitive = false;
  EXPECT_EQ(check(shown, "D0000S0RS00E0000"), ErrorCode::kPermissionDenied);
  EXPECT_EQ(TypeOfHeader(KeyBlockHeader::Parse("D0000K2RD00E0000").value()).value(),
            KeyType::kRsaPrivate);
}

TEST(RsaKey, CopiesMayOnlyNarrow) {
  const Key& key = *Pair().private_key;
  KeyRules narrow = key.rules();
  narrow.extractable = false;
  const auto copy = key.CopyNarrowed(narrow);
  ASSERT_TRUE(copy.ok());
  EXPECT_EQ(MaterialOf(**copy), MaterialOf(key));
  EXPECT_EQ((*copy)->CopyNarrowed(key.rules()).code(), ErrorCode::kPermissionDenied);
}

TEST(RsaKey, TravelsInKeyBlocks) {
  KeyRules rules = WithHeader(Private(), "D0000S0RS00E0000");
  rules.extractable = true;
  const Bytes der = MaterialOf(*Pair().private_key);
  const auto key = Key::Import(rules, Secret(der));
  ASSERT_TRUE(key.ok());
  KeyRules kbpk_rules =
      WithHeader(Rules(KeyType::kAes, {Verb::kWrap, Verb::kUnwrap}), "D0000K1AB00N0000");
  const KeyPtr kbpk = ImportKey(kbpk_rules, std::string(64, '7'));
  const KeyBlockWrap form{'D'};
  const auto size = WrappedSize(form, *kbpk, **key);
  ASSERT_TRUE(size.ok());
  Bytes block(*size);
  ASSERT_TRUE(Wrap(form, *kbpk, **key, block).ok());
  const auto back = Unwrap(KeyBlockWrap{}, *kbpk, block, Private());
  ASSERT_TRUE(back.ok()) << back.error().message();
  EXPECT_EQ(MaterialOf(**back), der);
  EXPECT_EQ((*back)->rules().length, 256U);
  EXPECT_EQ((*back)->rules().header, rules.header);
  KeyRules longer = Private();
  longer.length = 384;
  EXPECT_EQ(Unwrap(KeyBlockWrap{}, *kbpk, block, longer).code(), ErrorCode::kPermissionDenied);
  // RFC 3394 carries no header and no RSA key.
  const KeyPtr kek = ImportKey(Rules(KeyType::kAes, {Verb::kWrap}), std::string(64, '8'));
  Bytes wrapped(4096);
  EXPECT_EQ(Wrap(AesKeyWrap{}, *kek, *Pair().private_key, wrapped).code(),
            ErrorCode::kPermissionDenied);
}

}  // namespace
}  // namespace florin::mechanisms
