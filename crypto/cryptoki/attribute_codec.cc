#include "crypto/cryptoki/attribute_codec.h"

#include <algorithm>

#include "crypto/cryptoki/emv_profiles_codec.h"
#include "crypto/cryptoki/key_exchange_codec.h"
#include "crypto/cryptoki/rv.h"
#include "crypto/primitives/rsa_der.h"

namespace florin::cryptoki {
namespace {

using mechanisms::KeyRules;
using mechanisms::KeyType;
using mechanisms::Verb;

constexpr CK_BBOOL kTrue = CK_TRUE;
constexpr CK_BBOOL kFalse = CK_FALSE;

// 65537, of the pairs that are generated.
constexpr std::array<std::uint8_t, 3> kRsaExponent = {0x01, 0x00, 0x01};

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

}  // namespace

CK_OBJECT_CLASS ClassOf(KeyType type) {
  switch (type) {
    case KeyType::kEcPrivate:
    case KeyType::kRsaPrivate: return CKO_PRIVATE_KEY;
    case KeyType::kEcPublic:
    case KeyType::kRsaPublic: return CKO_PUBLIC_KEY;
    default: return CKO_SECRET_KEY;
  }
}

CK_KEY_TYPE KeyTypeNumber(KeyType type, std::size_t length, Curve curve) {
  switch (type) {
    case KeyType::kAes: return CKK_AES;
    case KeyType::kDes3: return length == 16 ? CKK_DES2 : CKK_DES3;
    case KeyType::kHmac:
    case KeyType::kGenericSecret: return CKK_GENERIC_SECRET;
    case KeyType::kEcPrivate:
    case KeyType::kEcPublic: return EcKeyType(curve);
    case KeyType::kChaCha20: return CKK_CHACHA20;
    case KeyType::kRsaPrivate:
    case KeyType::kRsaPublic: return CKK_RSA;
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
    // Of TR-34 the private key of a KDH wraps, and that of a KRD verifies, which PKCS#11 has no
    // private keys for.
    const bool is_tr34 = wanted && rules.tr34_peers.has_value() &&
                         (flag.verb == Verb::kWrap || flag.verb == Verb::kVerify);
    if (HasFlag(flag, class_) || is_tr34) {
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

// What a module takes a key for anyway is not said, so that modules without states take it, too.
Status EncodedTemplate::AddLife(const mechanisms::KeyLife& life) {
  if (life == mechanisms::KeyLife()) return OkStatus();
  FLORIN_TRY(life_, EncodeLife(life));
  Add(CKA_FLORIN_KEY_STATE, &life_.state, sizeof(life_.state));
  if (life_.has_start) Add(CKA_START_DATE, &life_.dates[0], sizeof(CK_DATE));
  if (life_.has_end) Add(CKA_END_DATE, &life_.dates[1], sizeof(CK_DATE));
  return OkStatus();
}

void EncodedTemplate::AddView(CK_ATTRIBUTE_TYPE type, ByteView value) {
  Add(type, value.data(), value.size());
}

// The numbers point into the material.
Status EncodedTemplate::AddRsa(TemplateUse use, const KeyRules& rules, ByteView value) {
  if (use == TemplateUse::kCreate && rules.type == KeyType::kRsaPublic) {
    FLORIN_TRY(const auto numbers, primitives::ParseRsaSpki(value));
    AddView(CKA_MODULUS, numbers.modulus);
    AddView(CKA_PUBLIC_EXPONENT, numbers.exponent);
  } else if (use == TemplateUse::kCreate) {
    FLORIN_TRY(const auto numbers, primitives::ParseRsaPrivateKey(value));
    AddView(CKA_MODULUS, numbers.modulus);
    AddView(CKA_PUBLIC_EXPONENT, numbers.public_exponent);
    AddView(CKA_PRIVATE_EXPONENT, numbers.private_exponent);
    AddView(CKA_PRIME_1, numbers.prime1);
    AddView(CKA_PRIME_2, numbers.prime2);
    AddView(CKA_EXPONENT_1, numbers.exponent1);
    AddView(CKA_EXPONENT_2, numbers.exponent2);
    AddView(CKA_COEFFICIENT, numbers.coefficient);
  } else if (use == TemplateUse::kGenerate && rules.type == KeyType::kRsaPublic) {
    value_length_ = rules.length * 8;
    Add(CKA_MODULUS_BITS, &value_length_, sizeof(value_length_));
    AddView(CKA_PUBLIC_EXPONENT, kRsaExponent);
  }
  return OkStatus();
}

Status EncodedTemplate::AddMaterial(TemplateUse use, const KeyRules& rules, ByteView value) {
  if (mechanisms::IsRsaKey(rules.type)) return AddRsa(use, rules, value);
  const bool is_ec = mechanisms::IsEcKey(rules.type);
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
      return BadArgument("a public key needs its uncompressed point, or the 32 bytes of its curve");
    }
    Add(CKA_EC_POINT, point_.data(), WrapPoint(rules.curve, value, point_));
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
  key_type_ = KeyTypeNumber(rules.type, value.empty() ? rules.length : value.size(), rules.curve);
  Add(CKA_CLASS, &class_, sizeof(class_));
  // Only an opened key block tells two keys of DES from three.
  const bool open_length = use == TemplateUse::kUnwrap && rules.header.has_value() &&
                           rules.type == KeyType::kDes3 && rules.length == 0;
  if (!open_length) Add(CKA_KEY_TYPE, &key_type_, sizeof(key_type_));
  AddFlag(CKA_TOKEN, place.persistent);
  // Florin's module keeps a public key that wraps where nobody can forge it.
  const bool wraps = place.persistent && rules.verbs.Has(Verb::kWrap);
  AddFlag(CKA_PRIVATE, class_ != CKO_PUBLIC_KEY || wraps);
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
  if (rules.emv.has_value()) {
    emv_profiles_ = EncodeEmvProfiles(*rules.emv);
    Add(CKA_FLORIN_EMV_PROFILES, &emv_profiles_, sizeof(emv_profiles_));
  }
  if (rules.decimalisation.has_value()) {
    const std::string_view digits = rules.decimalisation->digits();
    Add(CKA_FLORIN_DECIMALISATION_TABLE, digits.data(), digits.size());
  }
  if (!(rules.pin == mechanisms::PinKeyMarks{})) {
    pin_marks_ = EncodePinKeyMarks(rules.pin);
    Add(CKA_FLORIN_PIN_KEY_MARKS, &pin_marks_, sizeof(pin_marks_));
  }
  if (rules.hmac_hash.has_value()) {
    hmac_hash_ = EncodeHmacHash(*rules.hmac_hash);
    Add(CKA_FLORIN_HMAC_HASH, &hmac_hash_, sizeof(hmac_hash_));
  }
  if (rules.tr34_peers.has_value()) {
    tr34_peers_ = EncodeTr34Peers(*rules.tr34_peers);
    Add(CKA_FLORIN_TR34_PEERS, tr34_peers_.data(), tr34_peers_.size());
  }
  FLORIN_CHECK_OK(AddLife(rules.life));
  key_block_policy_ = EncodeKeyBlockPolicy(rules.key_block_import, rules.key_block_export);
  if (key_block_policy_ != 0) {
    Add(CKA_FLORIN_KEY_BLOCK_POLICY, &key_block_policy_, sizeof(key_block_policy_));
  }
  return AddMaterial(use, rules, value);
}

CK_ULONG EncodePinKeyMarks(const mechanisms::PinKeyMarks& marks) {
  return (marks.zone_key ? CK_FLORIN_PIN_ZONE_KEY : 0) |
         (marks.forbid_aes_to_tdes ? CK_FLORIN_PIN_FORBID_AES_TO_TDES : 0);
}

Result<mechanisms::PinKeyMarks> DecodePinKeyMarks(CK_ULONG marks) {
  if ((marks & ~(CK_FLORIN_PIN_ZONE_KEY | CK_FLORIN_PIN_FORBID_AES_TO_TDES)) != 0) {
    return RvError(CKR_ATTRIBUTE_VALUE_INVALID, ErrorCode::kInvalidArgument,
                   "CKA_FLORIN_PIN_KEY_MARKS has bits that nobody knows");
  }
  return mechanisms::PinKeyMarks{
      .zone_key = (marks & CK_FLORIN_PIN_ZONE_KEY) != 0,
      .forbid_aes_to_tdes = (marks & CK_FLORIN_PIN_FORBID_AES_TO_TDES) != 0};
}

}  // namespace florin::cryptoki
