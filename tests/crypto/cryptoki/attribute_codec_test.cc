// KeyRules and names <-> CK_ATTRIBUTE lists.
#include "crypto/cryptoki/attribute_codec.h"

#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <vector>

#include "crypto/cryptoki/rv.h"

namespace florin::cryptoki {
namespace {

using namespace mechanisms;

constexpr TemplateUse kUses[] = {TemplateUse::kCreate, TemplateUse::kGenerate, TemplateUse::kDerive,
                                 TemplateUse::kUnwrap};

KeyRules Rules(KeyType type, std::size_t length, VerbSet verbs) {
  KeyRules rules;
  rules.type = type;
  rules.length = length;
  rules.verbs = verbs;
  return rules;
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
  KeyRules header = Rules(KeyType::kDes3, 16, {Verb::kVerify});
  header.header = *KeyBlockHeader::Parse("D0000E0TV00N0000");
  header.allowed_mechanisms = {MechanismType::kEmvCryptogram, MechanismType::kHmac};
  samples.push_back(header);
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

Bytes MaterialOf(const KeyRules& rules) {
  Bytes material(rules.length, 0x5A);
  if (rules.type == KeyType::kEcPublic) material[0] = 4;
  return material;
}

// The length that a template of this use tells.
std::size_t LengthTold(TemplateUse use, const KeyRules& rules) {
  const bool fixed = rules.type == KeyType::kDes3 || rules.type == KeyType::kEcPrivate ||
                     rules.type == KeyType::kEcPublic;
  return use == TemplateUse::kUnwrap && !fixed ? 0 : rules.length;
}

TEST(AttributeCodec, RoundTripsEveryKindOfKeyInEveryUse) {
  const Bytes id = {1, 2, 3};
  std::size_t sample = 0;
  for (const KeyRules& rules : Samples()) {
    for (TemplateUse use : kUses) {
      SCOPED_TRACE(testing::Message() << "sample " << sample << " use " << static_cast<int>(use));
      // A template without a curve cannot tell P-384; only those with one are compared.
      if (rules.curve == Curve::kP384 && use > TemplateUse::kGenerate) continue;
      const Bytes material = MaterialOf(rules);
      const KeyPlace place = {"a label", id, true};
      EncodedTemplate encoded;
      const bool create = use == TemplateUse::kCreate;
      ASSERT_TRUE(encoded.Encode(use, rules, place, create ? ByteView(material) : ByteView()).ok());
      auto decoded = DecodeTemplate(use, encoded.data(), encoded.count());
      ASSERT_TRUE(decoded.ok()) << decoded.error().message();
      EXPECT_EQ(decoded->rules.type, rules.type);
      EXPECT_EQ(decoded->rules.curve, rules.curve);
      EXPECT_EQ(decoded->rules.length, LengthTold(use, rules));
      EXPECT_EQ(decoded->rules.verbs, rules.verbs);
      EXPECT_EQ(decoded->rules.sensitive, rules.sensitive);
      EXPECT_EQ(decoded->rules.extractable, rules.extractable);
      EXPECT_EQ(decoded->rules.header, rules.header);
      EXPECT_EQ(decoded->rules.allowed_mechanisms.size(), rules.allowed_mechanisms.size());
      EXPECT_EQ(decoded->place.label, "a label");
      EXPECT_TRUE(SameBytes(decoded->place.id, id));
      EXPECT_TRUE(decoded->place.persistent);
      EXPECT_EQ(decoded->is_private, rules.type != KeyType::kEcPublic);
      EXPECT_EQ(decoded->value.has_value(), create);
      EXPECT_TRUE(!create || SameBytes(*decoded->value, material));
    }
    ++sample;
  }
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

// A good template for C_CreateObject, to be spoilt.
class SpoiltTemplate : public testing::Test {
 protected:
  SpoiltTemplate() {
    Set(CKA_CLASS, &class_, sizeof(class_));
    Set(CKA_KEY_TYPE, &type_, sizeof(type_));
    Set(CKA_VALUE, value_.data(), value_.size());
    Set(CKA_ENCRYPT, &yes_, 1);
  }

  void Set(CK_ATTRIBUTE_TYPE type, void* value, CK_ULONG size) {
    for (CK_ATTRIBUTE& attribute : attributes_) {
      if (attribute.type == type) {
        attribute = {type, value, size};
        return;
      }
    }
    attributes_.push_back({type, value, size});
  }
  void Remove(CK_ATTRIBUTE_TYPE type) {
    std::erase_if(attributes_, [type](const CK_ATTRIBUTE& a) { return a.type == type; });
  }

  CK_RV Read(TemplateUse use = TemplateUse::kCreate) {
    auto decoded = DecodeTemplate(use, attributes_.data(), attributes_.size());
    return decoded.ok() ? CKR_OK : RvFromError(decoded.error());
  }

  CK_OBJECT_CLASS class_ = CKO_SECRET_KEY;
  CK_KEY_TYPE type_ = CKK_AES;
  Bytes value_ = Bytes(16, 7);
  CK_BBOOL yes_ = CK_TRUE;
  CK_BBOOL two_ = 2;
  CK_ULONG length_ = 16;
  std::vector<CK_ATTRIBUTE> attributes_;
};

TEST_F(SpoiltTemplate, GoodOneIsTaken) { EXPECT_EQ(Read(), CKR_OK); }

TEST_F(SpoiltTemplate, MissingAttributes) {
  for (CK_ATTRIBUTE_TYPE type : {CKA_CLASS, CKA_KEY_TYPE, CKA_VALUE}) {
    const auto whole = attributes_;
    Remove(type);
    EXPECT_EQ(Read(), CKR_TEMPLATE_INCOMPLETE) << type;
    attributes_ = whole;
  }
  Remove(CKA_VALUE);
  EXPECT_EQ(Read(TemplateUse::kGenerate), CKR_TEMPLATE_INCOMPLETE);
  EXPECT_EQ(Read(TemplateUse::kDerive), CKR_OK);
  EXPECT_EQ(Read(TemplateUse::kUnwrap), CKR_OK);
}

TEST_F(SpoiltTemplate, WrongValues) {
  Set(CKA_ENCRYPT, &two_, 1);
  EXPECT_EQ(Read(), CKR_ATTRIBUTE_VALUE_INVALID);
  Set(CKA_ENCRYPT, &yes_, 0);
  EXPECT_EQ(Read(), CKR_ATTRIBUTE_VALUE_INVALID);
  Set(CKA_ENCRYPT, nullptr, 1);
  EXPECT_EQ(Read(), CKR_ATTRIBUTE_VALUE_INVALID);
  Set(CKA_ENCRYPT, &yes_, CK_UNAVAILABLE_INFORMATION);
  EXPECT_EQ(Read(), CKR_ATTRIBUTE_VALUE_INVALID);
  Set(CKA_ENCRYPT, &yes_, 1);
  Set(CKA_KEY_TYPE, &type_, 4);
  EXPECT_EQ(Read(), CKR_ATTRIBUTE_VALUE_INVALID);
  type_ = CKK_RSA;
  Set(CKA_KEY_TYPE, &type_, sizeof(type_));
  EXPECT_EQ(Read(), CKR_ATTRIBUTE_VALUE_INVALID);
  type_ = CKK_DES3;  // needs 24 bytes
  EXPECT_EQ(Read(), CKR_ATTRIBUTE_VALUE_INVALID);
}

TEST_F(SpoiltTemplate, Contradictions) {
  attributes_.push_back({CKA_ENCRYPT, &yes_, 1});
  EXPECT_EQ(Read(), CKR_TEMPLATE_INCONSISTENT);
  attributes_.pop_back();
  length_ = 17;
  Set(CKA_VALUE_LEN, &length_, sizeof(length_));
  EXPECT_EQ(Read(), CKR_TEMPLATE_INCONSISTENT);
  Remove(CKA_VALUE_LEN);
  EXPECT_EQ(Read(TemplateUse::kDerive), CKR_TEMPLATE_INCONSISTENT);  // with a value
  Remove(CKA_VALUE);
  Set(CKA_VALUE_LEN, &length_, sizeof(length_));
  EXPECT_EQ(Read(TemplateUse::kUnwrap), CKR_TEMPLATE_INCONSISTENT);
  Set(CKA_EC_PARAMS, value_.data(), value_.size());
  EXPECT_EQ(Read(TemplateUse::kDerive), CKR_TEMPLATE_INCONSISTENT);
}

TEST_F(SpoiltTemplate, UnknownAttribute) {
  Set(CKA_MODULUS, value_.data(), value_.size());
  EXPECT_EQ(Read(), CKR_ATTRIBUTE_TYPE_INVALID);
}

TEST_F(SpoiltTemplate, UnknownCurve) {
  class_ = CKO_PRIVATE_KEY;
  type_ = CKK_EC;
  Remove(CKA_ENCRYPT);
  EXPECT_EQ(Read(), CKR_TEMPLATE_INCOMPLETE);
  Set(CKA_EC_PARAMS, value_.data(), value_.size());
  EXPECT_EQ(Read(), CKR_CURVE_NOT_SUPPORTED);
}

TEST_F(SpoiltTemplate, HeaderOfWrongForm) {
  std::string header = "D0000E0TV00N000";  // 15 characters
  Set(CKA_FLORIN_KEY_BLOCK_HEADER, header.data(), header.size());
  EXPECT_EQ(Read(), CKR_ATTRIBUTE_VALUE_INVALID);
}

TEST_F(SpoiltTemplate, AllowedMechanismsNeverTurnIntoAll) {
  CK_MECHANISM_TYPE only[] = {CKM_RSA_PKCS};
  Set(CKA_ALLOWED_MECHANISMS, only, sizeof(only));
  EXPECT_EQ(Read(), CKR_ATTRIBUTE_VALUE_INVALID);
  Set(CKA_ALLOWED_MECHANISMS, only, sizeof(only) - 1);
  EXPECT_EQ(Read(), CKR_ATTRIBUTE_VALUE_INVALID);
  only[0] = CKM_AES_GCM;
  Set(CKA_ALLOWED_MECHANISMS, only, sizeof(only));
  EXPECT_EQ(Read(), CKR_OK);
}

TEST_F(SpoiltTemplate, NullAndHugeTemplates) {
  EXPECT_EQ(DecodeTemplate(TemplateUse::kCreate, nullptr, 3).error().detail(), CKR_ARGUMENTS_BAD);
  EXPECT_EQ(DecodeTemplate(TemplateUse::kCreate, attributes_.data(), ~CK_ULONG{0}).error().detail(),
            CKR_ARGUMENTS_BAD);
}

TEST(AttributeCodec, RandomTemplatesNeverBreakIt) {
  std::mt19937 random(7);
  const std::vector<CK_ATTRIBUTE_TYPE> types = {CKA_CLASS,
                                                CKA_KEY_TYPE,
                                                CKA_TOKEN,
                                                CKA_PRIVATE,
                                                CKA_LABEL,
                                                CKA_ID,
                                                CKA_SENSITIVE,
                                                CKA_ENCRYPT,
                                                CKA_SIGN,
                                                CKA_VALUE,
                                                CKA_VALUE_LEN,
                                                CKA_EC_PARAMS,
                                                CKA_EC_POINT,
                                                CKA_ALLOWED_MECHANISMS,
                                                CKA_FLORIN_KEY_BLOCK_HEADER,
                                                CKA_MODULUS};
  for (int round = 0; round < 20000; ++round) {
    std::vector<Bytes> values;
    std::vector<CK_ATTRIBUTE> attributes;
    for (std::size_t i = random() % 10; i > 0; --i) {
      Bytes value(random() % 5 == 0 ? random() % 100 : (random() % 2 == 0 ? 1 : 8));
      for (std::uint8_t& byte : value) byte = static_cast<std::uint8_t>(random() % 5);
      if (value.size() == 8) std::fill(value.begin() + 1, value.end(), std::uint8_t{0});
      values.push_back(std::move(value));
      attributes.push_back(
          {types[random() % types.size()], values.back().data(), values.back().size()});
    }
    static_cast<void>(
        DecodeTemplate(kUses[random() % 4], attributes.data(), attributes.size()).ok());
  }
}

}  // namespace
}  // namespace florin::cryptoki
