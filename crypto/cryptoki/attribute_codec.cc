#include "crypto/cryptoki/attribute_codec.h"

#include <algorithm>
#include <cstring>

#include "crypto/cryptoki/rv.h"

namespace florin::cryptoki {
namespace {

using mechanisms::KeyBlockHeader;
using mechanisms::KeyRules;
using mechanisms::KeyType;
using mechanisms::MechanismType;
using mechanisms::Verb;

constexpr CK_BBOOL kTrue = CK_TRUE;
constexpr CK_BBOOL kFalse = CK_FALSE;

struct VerbFlag {
  Verb verb;
  CK_ATTRIBUTE_TYPE attribute;
  bool secret, private_key, public_key;  // classes that have it
};
constexpr auto kVerbFlags = std::to_array<VerbFlag>({
    {Verb::kSign, CKA_SIGN, true, true, false},
    {Verb::kVerify, CKA_VERIFY, true, false, true},
    {Verb::kEncrypt, CKA_ENCRYPT, true, false, true},
    {Verb::kDecrypt, CKA_DECRYPT, true, true, false},
    {Verb::kDerive, CKA_DERIVE, true, true, false},
    {Verb::kWrap, CKA_WRAP, true, false, true},
    {Verb::kUnwrap, CKA_UNWRAP, true, true, false},
});

bool HasFlag(const VerbFlag& flag, CK_OBJECT_CLASS object_class) {
  switch (object_class) {
    case CKO_SECRET_KEY: return flag.secret;
    case CKO_PRIVATE_KEY: return flag.private_key;
    case CKO_PUBLIC_KEY: return flag.public_key;
    default: return false;
  }
}

Error BadArgument(const char* message) { return {ErrorCode::kInvalidArgument, message}; }

Error BadValue(const char* message) {
  return RvError(CKR_ATTRIBUTE_VALUE_INVALID, ErrorCode::kInvalidArgument, message);
}

Error Inconsistent(const char* message) {
  return RvError(CKR_TEMPLATE_INCONSISTENT, ErrorCode::kInvalidArgument, message);
}

Error Incomplete(const char* message) {
  return RvError(CKR_TEMPLATE_INCOMPLETE, ErrorCode::kInvalidArgument, message);
}

}  // namespace

CK_OBJECT_CLASS ClassOf(KeyType type) {
  switch (type) {
    case KeyType::kEcPrivate: return CKO_PRIVATE_KEY;
    case KeyType::kEcPublic: return CKO_PUBLIC_KEY;
    default: return CKO_SECRET_KEY;
  }
}

CK_KEY_TYPE KeyTypeNumber(KeyType type, std::size_t length) {
  switch (type) {
    case KeyType::kAes: return CKK_AES;
    case KeyType::kDes3: return length == 16 ? CKK_DES2 : CKK_DES3;
    case KeyType::kHmac:
    case KeyType::kGenericSecret: return CKK_GENERIC_SECRET;
    case KeyType::kEcPrivate:
    case KeyType::kEcPublic: return CKK_EC;
  }
  return CKK_GENERIC_SECRET;
}

void EncodedTemplate::Add(CK_ATTRIBUTE_TYPE type, const void* value, std::size_t length) {
  FLORIN_INVARIANT(count_ < attributes_.size());
  attributes_[count_++] = {type, const_cast<void*>(value), length};
}

void EncodedTemplate::AddFlag(CK_ATTRIBUTE_TYPE type, bool value) {
  Add(type, value ? &kTrue : &kFalse, sizeof(CK_BBOOL));
}

Status EncodedTemplate::AddVerbs(const KeyRules& rules) {
  for (const VerbFlag& flag : kVerbFlags) {
    const bool wanted = rules.verbs.Has(flag.verb);
    if (HasFlag(flag, class_)) {
      AddFlag(flag.attribute, wanted);
    } else if (wanted) {
      return BadArgument("the rules name a verb that keys of this class do not have");
    }
  }
  return OkStatus();
}

void EncodedTemplate::AddAllowed(const KeyRules& rules) {
  if (rules.allowed_mechanisms.empty()) return;
  std::size_t count = 0;
  for (const MechanismNumber& number : AllMechanismNumbers()) {
    const auto& allowed = rules.allowed_mechanisms;
    if (std::find(allowed.begin(), allowed.end(), number.type) == allowed.end()) continue;
    FLORIN_INVARIANT(count < allowed_.size());
    allowed_[count++] = number.ckm;
  }
  Add(CKA_ALLOWED_MECHANISMS, allowed_.data(), count * sizeof(CK_MECHANISM_TYPE));
}

Status EncodedTemplate::AddMaterial(TemplateUse use, const KeyRules& rules, ByteView value) {
  const bool is_ec = rules.type == KeyType::kEcPrivate || rules.type == KeyType::kEcPublic;
  // A private key that is generated takes its curve from the public template.
  if (is_ec && (use == TemplateUse::kCreate ||
                (use == TemplateUse::kGenerate && rules.type == KeyType::kEcPublic))) {
    const ByteView params = EcParamsOf(rules.curve);
    Add(CKA_EC_PARAMS, params.data(), params.size());
  }
  if (use == TemplateUse::kCreate) {
    if (value.empty()) return BadArgument("a key that is created needs its value");
    if (rules.type != KeyType::kEcPublic) {
      Add(CKA_VALUE, value.data(), value.size());
      return OkStatus();
    }
    if (value.size() != PointLength(rules.curve)) {
      return BadArgument("a public key needs its uncompressed point, 65 or 97 bytes");
    }
    Add(CKA_EC_POINT, point_.data(), WrapPoint(value, point_));
    return OkStatus();
  }
  // DES keys have one length per key type; an unwrapped key brings its own.
  const bool takes_length = !is_ec && rules.type != KeyType::kDes3 && use != TemplateUse::kUnwrap;
  if (takes_length && rules.length != 0) {
    value_length_ = rules.length;
    Add(CKA_VALUE_LEN, &value_length_, sizeof(value_length_));
  }
  return OkStatus();
}

Status EncodedTemplate::Encode(TemplateUse use, const KeyRules& rules, const KeyPlace& place,
                               ByteView value) {
  count_ = 0;
  if (place.label.size() > kMaxLabelLength || place.id.size() > kMaxIdLength) {
    return BadArgument("label and id of a key must have at most 255 bytes");
  }
  class_ = ClassOf(rules.type);
  key_type_ = KeyTypeNumber(rules.type, value.empty() ? rules.length : value.size());
  Add(CKA_CLASS, &class_, sizeof(class_));
  Add(CKA_KEY_TYPE, &key_type_, sizeof(key_type_));
  AddFlag(CKA_TOKEN, place.persistent);
  AddFlag(CKA_PRIVATE, class_ != CKO_PUBLIC_KEY);
  if (!place.label.empty()) Add(CKA_LABEL, place.label.data(), place.label.size());
  if (!place.id.empty()) Add(CKA_ID, place.id.data(), place.id.size());
  if (class_ != CKO_PUBLIC_KEY) {
    AddFlag(CKA_SENSITIVE, rules.sensitive);
    AddFlag(CKA_EXTRACTABLE, rules.extractable);
  }
  FLORIN_CHECK_OK(AddVerbs(rules));
  AddAllowed(rules);
  if (rules.header.has_value()) {
    Add(CKA_FLORIN_KEY_BLOCK_HEADER, rules.header->text().data(), rules.header->text().size());
  }
  return AddMaterial(use, rules, value);
}

namespace {

// Reads one template, attribute by attribute, then judges the whole.
class TemplateReader {
 public:
  explicit TemplateReader(TemplateUse use) : use_(use) {}

  Status Take(const CK_ATTRIBUTE& attribute) {
    FLORIN_TRY(const ByteView value, ValueOf(attribute));
    for (const VerbFlag& flag : kVerbFlags) {
      if (flag.attribute == attribute.type) return TakeFlag(value, flags_[Index(flag)]);
    }
    switch (attribute.type) {
      case CKA_CLASS: return TakeNumber(value, class_);
      case CKA_KEY_TYPE: return TakeNumber(value, key_type_);
      case CKA_VALUE_LEN: return TakeNumber(value, value_length_);
      case CKA_TOKEN: return TakeFlag(value, token_);
      case CKA_PRIVATE: return TakeFlag(value, private_);
      case CKA_SENSITIVE: return TakeFlag(value, sensitive_);
      case CKA_EXTRACTABLE: return TakeFlag(value, extractable_);
      case CKA_LABEL: return TakeBytes(value, kMaxLabelLength, label_);
      case CKA_ID: return TakeBytes(value, kMaxIdLength, id_);
      case CKA_VALUE: return TakeBytes(value, kMaxValueLength, value_);
      case CKA_EC_PARAMS: return TakeBytes(value, kMaxValueLength, params_);
      case CKA_EC_POINT: return TakeBytes(value, kMaxWrappedPointLength, point_);
      case CKA_FLORIN_KEY_BLOCK_HEADER: return TakeBytes(value, KeyBlockHeader::kLength, header_);
      case CKA_ALLOWED_MECHANISMS: return TakeBytes(value, kMaxAllowedLength, allowed_);
      default:
        return RvError(CKR_ATTRIBUTE_TYPE_INVALID, ErrorCode::kUnsupported,
                       "the template has an attribute that keys do not have here");
    }
  }

  Result<DecodedTemplate> Finish() {
    DecodedTemplate out;
    FLORIN_CHECK_OK(FinishType(out));
    FLORIN_CHECK_OK(FinishVerbs(out));
    FLORIN_CHECK_OK(FinishPlace(out));
    FLORIN_CHECK_OK(FinishMaterial(out));
    FLORIN_CHECK_OK(FinishRules(out));
    return out;
  }

 private:
  static constexpr std::size_t kMaxValueLength = 4096;
  static constexpr std::size_t kMaxAllowedLength = 256 * sizeof(CK_MECHANISM_TYPE);

  static std::size_t Index(const VerbFlag& flag) {
    return static_cast<std::size_t>(&flag - kVerbFlags.data());
  }

  static Result<ByteView> ValueOf(const CK_ATTRIBUTE& attribute) {
    if (attribute.ulValueLen == 0) return ByteView();
    if (attribute.pValue == nullptr || attribute.ulValueLen == CK_UNAVAILABLE_INFORMATION) {
      return BadValue("an attribute has a length but its value is null");
    }
    return ByteView(static_cast<const std::uint8_t*>(attribute.pValue), attribute.ulValueLen);
  }

  template <class T>
  static Status Once(std::optional<T>& field, T value) {
    if (field.has_value()) return Inconsistent("the template names an attribute twice");
    field = value;
    return OkStatus();
  }

  static Status TakeFlag(ByteView value, std::optional<bool>& out) {
    if (value.size() != sizeof(CK_BBOOL) || value[0] > CK_TRUE) {
      return BadValue("a flag must be one byte, CK_TRUE or CK_FALSE");
    }
    return Once(out, value[0] == CK_TRUE);
  }

  static Status TakeNumber(ByteView value, std::optional<CK_ULONG>& out) {
    CK_ULONG number = 0;
    if (value.size() != sizeof(number)) return BadValue("a number must be a CK_ULONG");
    std::memcpy(&number, value.data(), sizeof(number));
    return Once(out, number);
  }

  static Status TakeBytes(ByteView value, std::size_t limit, std::optional<ByteView>& out) {
    if (value.size() > limit) return BadValue("an attribute is longer than its kind allows");
    return Once(out, value);
  }

  Status FinishType(DecodedTemplate& out) {
    if (!class_.has_value()) return Incomplete("the template must name the class");
    if (!key_type_.has_value()) return Incomplete("the template must name the key type");
    const bool secret = *class_ == CKO_SECRET_KEY;
    KeyRules& rules = out.rules;
    if (*key_type_ == CKK_EC && *class_ == CKO_PRIVATE_KEY) {
      rules.type = KeyType::kEcPrivate;
    } else if (*key_type_ == CKK_EC && *class_ == CKO_PUBLIC_KEY) {
      rules.type = KeyType::kEcPublic;
    } else if (*key_type_ == CKK_AES && secret) {
      rules.type = KeyType::kAes;
    } else if ((*key_type_ == CKK_DES2 || *key_type_ == CKK_DES3) && secret) {
      rules.type = KeyType::kDes3;
      rules.length = *key_type_ == CKK_DES2 ? 16 : 24;
    } else if (secret && IsHmacKeyType(*key_type_)) {
      rules.type = KeyType::kHmac;
    } else if (*key_type_ == CKK_GENERIC_SECRET && secret) {
      rules.type = KeyType::kGenericSecret;
      for (const VerbFlag& flag : kVerbFlags) {
        const bool signs = flag.verb == Verb::kSign || flag.verb == Verb::kVerify;
        if (signs && flags_[Index(flag)].value_or(false)) rules.type = KeyType::kHmac;
      }
    } else {
      return BadValue(
          "keys here are AES, DES2, DES3, generic secret, HMAC or EC, each in its class");
    }
    return OkStatus();
  }

  static bool IsHmacKeyType(CK_KEY_TYPE type) {
    return type == CKK_SHA_1_HMAC || type == CKK_SHA224_HMAC || type == CKK_SHA256_HMAC ||
           type == CKK_SHA384_HMAC || type == CKK_SHA512_HMAC;
  }

  Status FinishVerbs(DecodedTemplate& out) {
    for (const VerbFlag& flag : kVerbFlags) {
      if (!flags_[Index(flag)].value_or(false)) continue;
      if (!HasFlag(flag, *class_)) {
        return Inconsistent("the template permits a use that keys of this class do not have");
      }
      out.rules.verbs.Add(flag.verb);
    }
    return OkStatus();
  }

  Status FinishPlace(DecodedTemplate& out) {
    out.place.persistent = token_.value_or(false);
    if (label_.has_value()) out.place.label = AsText(*label_);
    if (id_.has_value()) out.place.id = *id_;
    const bool is_public = *class_ == CKO_PUBLIC_KEY;
    out.is_private = private_.value_or(!is_public);
    if (is_public && (sensitive_.has_value() || extractable_.has_value())) {
      return Inconsistent("public keys are neither sensitive nor extractable");
    }
    out.rules.sensitive = sensitive_.value_or(!is_public);
    out.rules.extractable = extractable_.value_or(is_public);
    return OkStatus();
  }

  Status FinishMaterial(DecodedTemplate& out) {
    const bool is_ec = *key_type_ == CKK_EC;
    const bool is_public = *class_ == CKO_PUBLIC_KEY;
    const bool needs_params =
        is_ec && (use_ == TemplateUse::kCreate || (use_ == TemplateUse::kGenerate && is_public));
    if (needs_params && !params_.has_value()) {
      return Incomplete("the template must name the curve with CKA_EC_PARAMS");
    }
    if (params_.has_value()) {
      if (!is_ec) return Inconsistent("only EC keys have CKA_EC_PARAMS");
      FLORIN_TRY(out.rules.curve, CurveFromEcParams(*params_));
    }
    if (is_ec) {
      const std::size_t point = PointLength(out.rules.curve);
      out.rules.length = is_public ? point : point / 2;
    }
    if (use_ == TemplateUse::kCreate) return FinishValue(out, is_public);
    if (value_.has_value() || (point_.has_value() && is_public)) {
      return Inconsistent("a key that the token makes takes no value");
    }
    if (!value_length_.has_value()) {
      const bool needs_length = use_ == TemplateUse::kGenerate && out.rules.length == 0;
      return needs_length ? Status(Incomplete("the template must name the length of the key"))
                          : OkStatus();
    }
    if (use_ == TemplateUse::kUnwrap || is_ec) {
      return Inconsistent("the length of this key is not the template's to name");
    }
    if (out.rules.length != 0 && out.rules.length != *value_length_) {
      return Inconsistent("the length does not suit the key type");
    }
    out.rules.length = *value_length_;
    return OkStatus();
  }

  Status FinishValue(DecodedTemplate& out, bool is_public) {
    if (is_public) {
      if (!point_.has_value()) return Incomplete("a public key needs CKA_EC_POINT");
      if (value_.has_value()) return Inconsistent("a public key has no CKA_VALUE");
      auto point = UnwrapPoint(*point_);
      if (!point.ok() || point->size() != PointLength(out.rules.curve)) {
        return BadValue("CKA_EC_POINT must be an uncompressed point of the curve");
      }
      out.value = *point;
      return OkStatus();
    }
    if (!value_.has_value() || value_->empty()) return Incomplete("the template needs CKA_VALUE");
    if (out.rules.length != 0 && out.rules.length != value_->size()) {
      return BadValue("CKA_VALUE does not have the length of the key type");
    }
    if (value_length_.has_value() && *value_length_ != value_->size()) {
      return Inconsistent("CKA_VALUE_LEN is not the length of CKA_VALUE");
    }
    out.rules.length = value_->size();
    out.value = *value_;
    return OkStatus();
  }

  Status FinishRules(DecodedTemplate& out) {
    if (header_.has_value()) {
      auto header = KeyBlockHeader::Parse(AsText(*header_));
      if (!header.ok()) return BadValue("CKA_FLORIN_KEY_BLOCK_HEADER is not an X9.143 header");
      out.rules.header = *header;
    }
    if (!allowed_.has_value() || allowed_->empty()) return OkStatus();
    if (allowed_->size() % sizeof(CK_MECHANISM_TYPE) != 0) {
      return BadValue("CKA_ALLOWED_MECHANISMS must be whole CK_MECHANISM_TYPEs");
    }
    auto& types = out.rules.allowed_mechanisms;
    for (std::size_t at = 0; at < allowed_->size(); at += sizeof(CK_MECHANISM_TYPE)) {
      CK_MECHANISM_TYPE ckm = 0;
      std::memcpy(&ckm, allowed_->data() + at, sizeof(ckm));
      const MechanismNumber* number = FindMechanismNumber(ckm);
      if (number == nullptr) continue;
      if (std::find(types.begin(), types.end(), number->type) == types.end()) {
        types.push_back(number->type);
      }
    }
    // An empty list would mean the opposite of what was asked for.
    if (types.empty()) return BadValue("CKA_ALLOWED_MECHANISMS names no mechanism offered here");
    return OkStatus();
  }

  TemplateUse use_;
  std::optional<CK_ULONG> class_, key_type_, value_length_;
  std::optional<bool> token_, private_, sensitive_, extractable_;
  std::array<std::optional<bool>, kVerbFlags.size()> flags_;
  std::optional<ByteView> label_, id_, value_, params_, point_, header_, allowed_;
};

}  // namespace

Result<DecodedTemplate> DecodeTemplate(TemplateUse use, const CK_ATTRIBUTE* attributes,
                                       CK_ULONG count) {
  if (attributes == nullptr || count > kMaxTemplateAttributes) {
    return RvError(CKR_ARGUMENTS_BAD, ErrorCode::kInvalidArgument,
                   "a template must not be null and has at most 64 attributes");
  }
  TemplateReader reader(use);
  for (CK_ULONG i = 0; i < count; ++i) FLORIN_CHECK_OK(reader.Take(attributes[i]));
  return reader.Finish();
}

}  // namespace florin::cryptoki
