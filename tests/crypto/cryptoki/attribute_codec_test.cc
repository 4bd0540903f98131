// KeyRules and names as CK_ATTRIBUTE lists.
#include "crypto/cryptoki/attribute_codec.h"

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "crypto/cryptoki/emv_profiles_codec.h"
#include "crypto/cryptoki/key_exchange_codec.h"
#include "crypto/primitives/rsa.h"
#include "crypto/primitives/rsa_der.h"

namespace florin::cryptoki {
namespace {

using namespace mechanisms;

constexpr TemplateUse kUses[] = {TemplateUse::kCreate, TemplateUse::kGenerate, TemplateUse::kDerive,
                                 TemplateUse::kUnwrap, TemplateUse::kUnwrapToLength};

KeyRules Rules(KeyType type, std::size_t length, VerbSet verbs) {
  KeyRules rules;
  rules.type = type;
  rules.length = length;
  rules.verbs = verbs;
  return rules;
}

EmvAllowedProfiles SomeProfiles() {
  EmvAllowedProfiles profiles;
  profiles.scheme = card::EmvScheme::kUnionPay;
  profiles.cvns.set(0x12).set(0xFF);
  profiles.dkis.set(0).set(9);
  profiles.unproven = true;
  profiles.master_key = EmvMasterKeyOption::kBEveryLength;
  profiles.session_key = EmvSessionKeyMethod::kEmv2000;
  profiles.tree = {2, 16, {1, 2, 3}};
  return profiles;
}

bool Same(const EmvAllowedProfiles& a, const EmvAllowedProfiles& b) {
  return card::IsNarrower(a, b) && card::IsNarrower(b, a);
}

std::vector<KeyRules> Samples() {
  std::vector<KeyRules> samples = {
      Rules(KeyType::kAes, 32, {Verb::kEncrypt, Verb::kDecrypt}),
      Rules(KeyType::kAes, 16, {Verb::kWrap, Verb::kUnwrap}),
      Rules(KeyType::kDes3, 16, {Verb::kSign, Verb::kVerify}),
      Rules(KeyType::kDes3, 24, {Verb::kEncrypt}),
      Rules(KeyType::kHmac, 48, {Verb::kSign, Verb::kVerify}),
      Rules(KeyType::kGenericSecret, 32, {Verb::kDerive}),
      Rules(KeyType::kEcPrivate, 32, {Verb::kDerive}),
      Rules(KeyType::kEcPublic, 65, {Verb::kVerify}),
  };
  KeyRules p384 = Rules(KeyType::kEcPublic, 97, {Verb::kVerify});
  p384.curve = Curve::kP384;
  samples.push_back(p384);
  for (const CurveInfo& row : kCurveTable) {
    if (row.curve == Curve::kP256 || row.curve == Curve::kP384) continue;
    const bool signs = row.signature_size != 0;
    KeyRules own =
        Rules(KeyType::kEcPrivate, row.private_size, {signs ? Verb::kSign : Verb::kDerive});
    KeyRules given = Rules(KeyType::kEcPublic, row.public_size, {});
    own.curve = given.curve = row.curve;
    samples.push_back(own);
    samples.push_back(given);
  }
  samples.push_back(Rules(KeyType::kChaCha20, 32, {Verb::kEncrypt, Verb::kDecrypt}));
  KeyRules header = Rules(KeyType::kDes3, 16, {Verb::kVerify});
  header.header = *KeyBlockHeader::Parse("D0000E0TV00N0000");
  header.allowed_mechanisms = {MechanismType::kEmvCryptogram, MechanismType::kHmac};
  samples.push_back(header);
  KeyRules profiles = header;
  profiles.allowed_mechanisms.clear();
  profiles.emv = SomeProfiles();
  samples.push_back(profiles);
  KeyRules kbpk = Rules(KeyType::kAes, 32, {Verb::kWrap, Verb::kUnwrap});
  kbpk.header = *KeyBlockHeader::Parse("D0000K1AB00N0000");
  kbpk.key_block_import.legacy_versions = true;
  kbpk.key_block_export.weaker_kbpk = true;
  samples.push_back(kbpk);
  KeyRules open = Rules(KeyType::kAes, 24, {Verb::kSign});
  open.sensitive = false;
  open.extractable = true;
  samples.push_back(open);
  for (KeyRules& rules : samples) {
    if (rules.type != KeyType::kEcPublic) continue;
    rules.sensitive = false;
    rules.extractable = true;
  }
  return samples;
}

Bytes Raw(const EmvAllowedProfiles& profiles) {
  const CK_FLORIN_EMV_PROFILES encoded = EncodeEmvProfiles(profiles);
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(&encoded);
  return {bytes, bytes + sizeof(encoded)};
}

Bytes MaterialOf(const KeyRules& rules) {
  Bytes material(rules.length, 0x5A);
  if (rules.type == KeyType::kEcPublic) material[0] = 4;
  return material;
}

// What the template says of `type`; null where it says nothing, or says it twice.
const CK_ATTRIBUTE* Find(EncodedTemplate& encoded, CK_ATTRIBUTE_TYPE type) {
  const CK_ATTRIBUTE* found = nullptr;
  for (CK_ULONG i = 0; i < encoded.count(); ++i) {
    if (encoded.data()[i].type != type) continue;
    EXPECT_EQ(found, nullptr) << "twice: " << type;
    found = &encoded.data()[i];
  }
  return found;
}

bool Has(EncodedTemplate& encoded, CK_ATTRIBUTE_TYPE type) {
  return Find(encoded, type) != nullptr;
}

Bytes ValueOf(EncodedTemplate& encoded, CK_ATTRIBUTE_TYPE type) {
  const CK_ATTRIBUTE* attribute = Find(encoded, type);
  if (attribute == nullptr) return {};
  const auto* bytes = static_cast<const std::uint8_t*>(attribute->pValue);
  return {bytes, bytes + attribute->ulValueLen};
}

bool Flag(EncodedTemplate& encoded, CK_ATTRIBUTE_TYPE type) {
  return ValueOf(encoded, type) == Bytes{CK_TRUE};
}

CK_ULONG Number(EncodedTemplate& encoded, CK_ATTRIBUTE_TYPE type) {
  const Bytes value = ValueOf(encoded, type);
  CK_ULONG number = CK_UNAVAILABLE_INFORMATION;
  if (value.size() == sizeof(number)) std::memcpy(&number, value.data(), sizeof(number));
  return number;
}

// Only these take a length; the others have one by their type, or bring it.
bool TakesLength(TemplateUse use, KeyType type) {
  return (use == TemplateUse::kGenerate || use == TemplateUse::kDerive ||
          use == TemplateUse::kUnwrapToLength) &&
         (type == KeyType::kAes || type == KeyType::kHmac || type == KeyType::kGenericSecret ||
          type == KeyType::kChaCha20);
}

bool TakesCurve(TemplateUse use, KeyType type) {
  if (type == KeyType::kEcPublic) {
    return use == TemplateUse::kCreate || use == TemplateUse::kGenerate;
  }
  return type == KeyType::kEcPrivate && use == TemplateUse::kCreate;
}

void ExpectRules(EncodedTemplate& encoded, const KeyRules& rules) {
  const bool is_public = rules.type == KeyType::kEcPublic;
  EXPECT_EQ(Number(encoded, CKA_CLASS), ClassOf(rules.type));
  EXPECT_EQ(Number(encoded, CKA_KEY_TYPE), KeyTypeNumber(rules.type, rules.length, rules.curve));
  EXPECT_EQ(Flag(encoded, CKA_PRIVATE), !is_public);
  EXPECT_EQ(Has(encoded, CKA_SENSITIVE), !is_public);
  EXPECT_EQ(Has(encoded, CKA_EXTRACTABLE), !is_public);
  EXPECT_EQ(Flag(encoded, CKA_SENSITIVE), rules.sensitive);
  EXPECT_EQ(Flag(encoded, CKA_EXTRACTABLE), rules.extractable && !is_public);
  const std::pair<CK_ATTRIBUTE_TYPE, Verb> kVerbs[] = {
      {CKA_SIGN, Verb::kSign},       {CKA_VERIFY, Verb::kVerify}, {CKA_ENCRYPT, Verb::kEncrypt},
      {CKA_DECRYPT, Verb::kDecrypt}, {CKA_DERIVE, Verb::kDerive}, {CKA_WRAP, Verb::kWrap},
      {CKA_UNWRAP, Verb::kUnwrap}};
  for (const auto& [attribute, verb] : kVerbs) {
    EXPECT_EQ(Flag(encoded, attribute), rules.verbs.Has(verb)) << attribute;
  }
  EXPECT_EQ(Has(encoded, CKA_FLORIN_KEY_BLOCK_HEADER), rules.header.has_value());
  EXPECT_EQ(Has(encoded, CKA_FLORIN_EMV_PROFILES), rules.emv.has_value());
  if (rules.emv.has_value()) {
    EXPECT_EQ(ValueOf(encoded, CKA_FLORIN_EMV_PROFILES), Raw(*rules.emv));
  }
  if (rules.header.has_value()) {
    EXPECT_EQ(AsText(ValueOf(encoded, CKA_FLORIN_KEY_BLOCK_HEADER)), rules.header->text());
  }
  EXPECT_EQ(Has(encoded, CKA_ALLOWED_MECHANISMS), !rules.allowed_mechanisms.empty());
  const CK_ULONG policy = EncodeKeyBlockPolicy(rules.key_block_import, rules.key_block_export);
  EXPECT_EQ(Has(encoded, CKA_FLORIN_KEY_BLOCK_POLICY), policy != 0);
  if (policy != 0) {
    EXPECT_EQ(Number(encoded, CKA_FLORIN_KEY_BLOCK_POLICY), policy);
  }
}

// Before the block is opened nobody knows whether its TDES key has two parts or three.
TEST(AttributeCodec, ABlocksTdesKeyHasNoTypeYet) {
  KeyRules rules = Rules(KeyType::kDes3, 0, {Verb::kVerify});
  rules.header = *KeyBlockHeader::Parse("B0000M3TV00E0000");
  EncodedTemplate encoded;
  ASSERT_TRUE(encoded.Encode(TemplateUse::kUnwrap, rules, {}).ok());
  EXPECT_FALSE(Has(encoded, CKA_KEY_TYPE));
  EXPECT_EQ(Number(encoded, CKA_CLASS), CKO_SECRET_KEY);
  rules.length = 16;
  ASSERT_TRUE(encoded.Encode(TemplateUse::kUnwrap, rules, {}).ok());
  EXPECT_EQ(Number(encoded, CKA_KEY_TYPE), CKK_DES2);
}

TEST(AttributeCodec, SaysWhatTheRulesSayInEveryUse) {
  const Bytes id = {1, 2, 3};
  std::size_t sample = 0;
  for (const KeyRules& rules : Samples()) {
    for (TemplateUse use : kUses) {
      SCOPED_TRACE(testing::Message() << "sample " << sample << " use " << static_cast<int>(use));
      const Bytes material = MaterialOf(rules);
      EncodedTemplate encoded;
      const bool create = use == TemplateUse::kCreate;
      ASSERT_TRUE(
          encoded
              .Encode(use, rules, {"a label", id, true}, create ? ByteView(material) : ByteView())
              .ok());
      ExpectRules(encoded, rules);
      EXPECT_EQ(AsText(ValueOf(encoded, CKA_LABEL)), "a label");
      EXPECT_EQ(ValueOf(encoded, CKA_ID), id);
      EXPECT_TRUE(Flag(encoded, CKA_TOKEN));

      const bool is_public = rules.type == KeyType::kEcPublic;
      EXPECT_EQ(Has(encoded, CKA_VALUE), create && !is_public);
      EXPECT_EQ(Has(encoded, CKA_EC_POINT), create && is_public);
      if (create && is_public) {
        const Bytes point = ValueOf(encoded, CKA_EC_POINT);
        const auto unwrapped = UnwrapPoint(point);
        ASSERT_TRUE(unwrapped.ok());
        EXPECT_TRUE(SameBytes(*unwrapped, material));
      } else if (create) {
        EXPECT_EQ(ValueOf(encoded, CKA_VALUE), material);
      }
      ASSERT_EQ(Has(encoded, CKA_VALUE_LEN), TakesLength(use, rules.type));
      if (TakesLength(use, rules.type)) {
        EXPECT_EQ(Number(encoded, CKA_VALUE_LEN), rules.length);
      }
      ASSERT_EQ(Has(encoded, CKA_EC_PARAMS), TakesCurve(use, rules.type));
      if (TakesCurve(use, rules.type)) {
        const Bytes params = ValueOf(encoded, CKA_EC_PARAMS);
        EXPECT_TRUE(SameBytes(params, EcParamsOf(rules.curve)));
      }
    }
    ++sample;
  }
}

TEST(AttributeCodec, RsaKeysAreWrittenAsNumbers) {
  const auto key = primitives::RsaPrivateKey::Generate(2048).value();
  const SecretBytes der = key.ToDer().value();
  const ByteView material = der.Read(SecretAccess{});
  const auto numbers = primitives::ParseRsaPrivateKey(material).value();
  EncodedTemplate encoded;
  const KeyRules own = Rules(KeyType::kRsaPrivate, 256, {Verb::kSign});
  ASSERT_TRUE(encoded.Encode(TemplateUse::kCreate, own, {}, material).ok());
  EXPECT_EQ(Number(encoded, CKA_CLASS), CKO_PRIVATE_KEY);
  EXPECT_EQ(Number(encoded, CKA_KEY_TYPE), CKK_RSA);
  const std::pair<CK_ATTRIBUTE_TYPE, ByteView> kParts[] = {
      {CKA_MODULUS, numbers.modulus},
      {CKA_PUBLIC_EXPONENT, numbers.public_exponent},
      {CKA_PRIVATE_EXPONENT, numbers.private_exponent},
      {CKA_PRIME_1, numbers.prime1},
      {CKA_PRIME_2, numbers.prime2},
      {CKA_EXPONENT_1, numbers.exponent1},
      {CKA_EXPONENT_2, numbers.exponent2},
      {CKA_COEFFICIENT, numbers.coefficient}};
  for (const auto& [type, value] : kParts) {
    EXPECT_TRUE(SameBytes(ValueOf(encoded, type), value)) << type;
  }
  EXPECT_FALSE(Has(encoded, CKA_VALUE));
  EXPECT_EQ(encoded.Encode(TemplateUse::kCreate, own, {}, Bytes(256)).code(),
            ErrorCode::kMalformed);

  const KeyRules given = Rules(KeyType::kRsaPublic, 384, {Verb::kVerify});
  ASSERT_TRUE(encoded.Encode(TemplateUse::kGenerate, given, {}).ok());
  EXPECT_EQ(Number(encoded, CKA_MODULUS_BITS), 3072U);
  EXPECT_EQ(ValueOf(encoded, CKA_PUBLIC_EXPONENT), (Bytes{1, 0, 1}));
  EXPECT_FALSE(Flag(encoded, CKA_PRIVATE));
  const Bytes info = key.PublicKey()->ToSpki().value();
  ASSERT_TRUE(encoded.Encode(TemplateUse::kCreate, given, {}, info).ok());
  EXPECT_TRUE(SameBytes(ValueOf(encoded, CKA_MODULUS), numbers.modulus));
  ASSERT_TRUE(encoded.Encode(TemplateUse::kGenerate, own, {}).ok());
  EXPECT_FALSE(Has(encoded, CKA_MODULUS_BITS)) << "the public template has it";
  const KeyRules wraps = Rules(KeyType::kRsaPublic, 256, {Verb::kWrap});
  ASSERT_TRUE(encoded.Encode(TemplateUse::kGenerate, wraps, {"name", {}, true}).ok());
  EXPECT_TRUE(Flag(encoded, CKA_PRIVATE));
}

TEST(AttributeCodec, ProfilesComeBack) {
  EXPECT_TRUE(Same(DecodeEmvProfiles(Raw(SomeProfiles())).value(), SomeProfiles()));
  const EmvAllowedProfiles none;
  EXPECT_TRUE(Same(DecodeEmvProfiles(Raw(none)).value(), none));
  // The bytes that florin_pkcs11.h documents.
  const Bytes raw = Raw(SomeProfiles());
  EXPECT_EQ(raw[24 + 2], 1U << 2);
  EXPECT_EQ(raw[24 + 31], 1U << 7);
  EXPECT_EQ(raw[56], 1U);
  EXPECT_EQ(raw[57], 1U << 1);
}

TEST(AttributeCodec, RefusesWhatIsNoProfiles) {
  const auto code = [](std::size_t at, std::uint8_t value) {
    Bytes raw = Raw(SomeProfiles());
    raw[at] = value;
    return DecodeEmvProfiles(raw).code();
  };
  EXPECT_EQ(code(0, 1), ErrorCode::kOk);
  for (const auto& [at, value] : std::vector<std::pair<std::size_t, std::uint8_t>>{
           {0, 2}, {1, 0}, {1, 9}, {2, 2}, {3, 5}, {4, 6}, {4, 1}, {5, 1}, {6, 1}, {7, 15}}) {
    EXPECT_EQ(code(at, value), ErrorCode::kInvalidArgument) << at;
  }
  for (const std::size_t size : {0U, 87U, 89U}) {
    Bytes raw = Raw(SomeProfiles());
    raw.resize(size);
    EXPECT_EQ(DecodeEmvProfiles(raw).code(), ErrorCode::kInvalidArgument);
  }
}

TEST(AttributeCodec, NamesTheMechanismsThatTheRulesAllow) {
  KeyRules rules = Rules(KeyType::kAes, 16, {Verb::kEncrypt});
  rules.allowed_mechanisms = {MechanismType::kAesGcm};
  EncodedTemplate encoded;
  ASSERT_TRUE(encoded.Encode(TemplateUse::kGenerate, rules, {}).ok());
  EXPECT_EQ(Number(encoded, CKA_ALLOWED_MECHANISMS), CKM_AES_GCM);
}

TEST(AttributeCodec, WritesEveryVerbBecauseDefaultsDiffer) {
  EncodedTemplate encoded;
  ASSERT_TRUE(
      encoded.Encode(TemplateUse::kGenerate, Rules(KeyType::kAes, 32, {Verb::kEncrypt}), {}).ok());
  std::size_t flags = 0;
  for (CK_ULONG i = 0; i < encoded.count(); ++i) {
    const CK_ATTRIBUTE& attribute = encoded.data()[i];
    if (attribute.type < CKA_ENCRYPT || attribute.type > CKA_DERIVE) continue;
    ++flags;
    EXPECT_EQ(*static_cast<const CK_BBOOL*>(attribute.pValue), attribute.type == CKA_ENCRYPT);
  }
  EXPECT_EQ(flags, 7U);
}

TEST(AttributeCodec, EncodeRefusesVerbsOfOtherClasses) {
  EncodedTemplate encoded;
  EXPECT_EQ(encoded.Encode(TemplateUse::kGenerate, Rules(KeyType::kEcPublic, 65, {Verb::kSign}), {})
                .code(),
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(
      encoded.Encode(TemplateUse::kGenerate, Rules(KeyType::kEcPrivate, 32, {Verb::kVerify}), {})
          .code(),
      ErrorCode::kInvalidArgument);
  const std::string label(256, 'x');
  EXPECT_EQ(encoded.Encode(TemplateUse::kGenerate, Rules(KeyType::kAes, 32, {}), {label, {}, false})
                .code(),
            ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace florin::cryptoki
