#include "hsm_sim/objects/key_objects.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "crypto/cryptoki/attribute_codec.h"
#include "crypto/cryptoki/ec_codec.h"
#include "crypto/cryptoki/emv_profiles_codec.h"
#include "crypto/cryptoki/key_exchange_codec.h"
#include "crypto/cryptoki/key_life_codec.h"
#include "crypto/cryptoki/mechanism_names.h"
#include "crypto/mechanisms/key_life.h"
#include "crypto/primitives/rsa_der.h"
#include "hsm_sim/return_value.h"

namespace florin::hsm_sim {
namespace {

using mechanisms::KeyRules;
using mechanisms::KeyType;
using mechanisms::Verb;

struct RoleRow {
  CK_ATTRIBUTE_TYPE type;
  Verb verb;
};
constexpr RoleRow kRoles[] = {
    {CKA_SIGN, Verb::kSign},       {CKA_VERIFY, Verb::kVerify}, {CKA_ENCRYPT, Verb::kEncrypt},
    {CKA_DECRYPT, Verb::kDecrypt}, {CKA_DERIVE, Verb::kDerive}, {CKA_WRAP, Verb::kWrap},
    {CKA_UNWRAP, Verb::kUnwrap},
};

// What no mechanism here serves: a key that claims it would claim in vain.
constexpr CK_ATTRIBUTE_TYPE kUnservedRoles[] = {CKA_SIGN_RECOVER, CKA_VERIFY_RECOVER,
                                                CKA_ALWAYS_AUTHENTICATE};

Result<KeyType> SecretKeyType(CK_KEY_TYPE type, const mechanisms::VerbSet& verbs) {
  switch (type) {
    case CKK_AES: return KeyType::kAes;
    case CKK_CHACHA20: return KeyType::kChaCha20;
    case CKK_DES2:
    case CKK_DES3: return KeyType::kDes3;
    case CKK_SHA224_HMAC:
    case CKK_SHA256_HMAC:
    case CKK_SHA384_HMAC:
    case CKK_SHA512_HMAC: return KeyType::kHmac;
    case CKK_GENERIC_SECRET:
      return verbs.Has(Verb::kSign) || verbs.Has(Verb::kVerify) ? KeyType::kHmac
                                                                : KeyType::kGenericSecret;
    default: return Fail(CKR_TEMPLATE_INCONSISTENT);
  }
}

Result<KeyType> TypeOfKey(CK_OBJECT_CLASS object_class, CK_KEY_TYPE type,
                          const mechanisms::VerbSet& verbs) {
  if (object_class == CKO_SECRET_KEY) return SecretKeyType(type, verbs);
  const bool is_private = object_class == CKO_PRIVATE_KEY;
  if (cryptoki::IsEcKeyType(type)) return is_private ? KeyType::kEcPrivate : KeyType::kEcPublic;
  switch (type) {
    case CKK_RSA: return is_private ? KeyType::kRsaPrivate : KeyType::kRsaPublic;
    default: return Fail(CKR_TEMPLATE_INCONSISTENT);
  }
}

Status AddAllowedMechanisms(const Bytes& list, KeyRules& rules) {
  for (std::size_t i = 0; i + sizeof(CK_ULONG) <= list.size(); i += sizeof(CK_ULONG)) {
    CK_MECHANISM_TYPE number;
    std::memcpy(&number, list.data() + i, sizeof(number));
    const auto* known = cryptoki::FindMechanismNumber(number);
    if (known == nullptr) return Fail(CKR_ATTRIBUTE_VALUE_INVALID);
    rules.allowed_mechanisms.push_back(known->type);
  }
  return OkStatus();
}

// The length that the type alone fixes, or 0.
std::size_t FixedLength(CK_KEY_TYPE type) {
  switch (type) {
    case CKK_DES2: return 16;
    case CKK_DES3: return 24;
    case CKK_CHACHA20: return 32;
    default: return 0;
  }
}

void SetSecretHistory(Attributes& attributes, const KeyHistory& history) {
  bool always_sensitive = false;
  bool never_extractable = false;
  if (history.origin == Origin::kGenerate) {
    always_sensitive = attributes.Bool(CKA_SENSITIVE);
    never_extractable = !attributes.Bool(CKA_EXTRACTABLE);
  } else if (history.origin == Origin::kDerive && history.base != nullptr) {
    // PKCS#11 3.0 6.2.14 (ECDH) and its like: a derived key is as secret as its base was.
    const Attributes& base = history.base->attributes;
    always_sensitive = base.Bool(CKA_ALWAYS_SENSITIVE) && attributes.Bool(CKA_SENSITIVE);
    never_extractable = base.Bool(CKA_NEVER_EXTRACTABLE) && !attributes.Bool(CKA_EXTRACTABLE);
    if (history.second != nullptr) {
      const Attributes& second = history.second->attributes;
      always_sensitive = always_sensitive && second.Bool(CKA_ALWAYS_SENSITIVE);
      never_extractable = never_extractable && second.Bool(CKA_NEVER_EXTRACTABLE);
    }
  }
  attributes.SetBool(CKA_ALWAYS_SENSITIVE, always_sensitive);
  attributes.SetBool(CKA_NEVER_EXTRACTABLE, never_extractable);
}

Result<mechanisms::KeyLife> LifeFromAttributes(const Attributes& attributes) {
  mechanisms::KeyLife life;
  if (attributes.Has(CKA_FLORIN_KEY_STATE)) {
    const CK_ULONG number = attributes.Ulong(CKA_FLORIN_KEY_STATE).value_or(0);
    FLORIN_TRY(life.state, cryptoki::StateFromNumber(number));
  }
  if (const Bytes* start = attributes.Find(CKA_START_DATE)) {
    FLORIN_TRY(life.not_before, cryptoki::NotBeforeFromDate(*start));
  }
  if (const Bytes* end = attributes.Find(CKA_END_DATE)) {
    FLORIN_TRY(life.not_after, cryptoki::NotAfterFromDate(*end));
  }
  return life;
}

Status SetEcParts(Attributes& attributes, const mechanisms::Key& key) {
  const Curve curve = key.rules().curve;
  std::array<std::uint8_t, cryptoki::kMaxWrappedPointLength> wrapped{};
  const std::size_t length = cryptoki::WrapPoint(curve, key.PublicPoint(), wrapped);
  attributes.Set(CKA_EC_POINT, ByteView(wrapped).first(length));
  attributes.Set(CKA_EC_PARAMS, cryptoki::EcParamsOf(curve));

  std::array<std::uint8_t, kMaxCurveSpkiSize> info{};
  FLORIN_TRY(const std::size_t size, key.PublicKeyInfo(info));
  attributes.Set(CKA_PUBLIC_KEY_INFO, ByteView(info).first(size));
  return OkStatus();
}

// The file of an object that is not private can be forged by whoever writes to the folder. A forged
// public key would wrap for them.
Status CheckPlace(const KeyRules& rules, const Attributes& attributes) {
  const bool forgeable = attributes.Bool(CKA_TOKEN) && !attributes.Bool(CKA_PRIVATE);
  if (mechanisms::IsPublicKey(rules.type) && rules.verbs.Has(Verb::kWrap) && forgeable) {
    return Fail(CKR_TEMPLATE_INCONSISTENT);
  }
  return OkStatus();
}

Status SetRsaParts(Attributes& attributes, const mechanisms::Key& key) {
  FLORIN_TRY(const auto numbers, key.RsaNumbers());
  attributes.Set(CKA_MODULUS, numbers.modulus);
  attributes.Set(CKA_PUBLIC_EXPONENT, numbers.exponent);
  if (key.rules().type == KeyType::kRsaPublic) {
    attributes.SetUlong(CKA_MODULUS_BITS, numbers.modulus.size() * 8);
  }
  std::array<std::uint8_t, primitives::kMaxRsaSpkiSize> info{};
  FLORIN_TRY(const std::size_t size, key.PublicKeyInfo(info));
  attributes.Set(CKA_PUBLIC_KEY_INFO, ByteView(info).first(size));
  return OkStatus();
}

// The material of a public key, which its attributes are.
Result<SecretBytes> PublicMaterial(KeyType type, const Attributes& attributes) {
  const Bytes* value =
      attributes.Find(type == KeyType::kRsaPublic ? CKA_PUBLIC_KEY_INFO : CKA_EC_POINT);
  if (value == nullptr) return Fail(CKR_TEMPLATE_INCOMPLETE);
  if (type == KeyType::kRsaPublic) return SecretBytes::CopyOf(*value);
  FLORIN_TRY(const ByteView point, cryptoki::UnwrapPoint(*value));
  return SecretBytes::CopyOf(point);
}

}  // namespace

Result<KeyRules> RulesFromAttributes(CK_OBJECT_CLASS object_class, const Attributes& attributes) {
  KeyRules rules;
  for (const RoleRow& role : kRoles) {
    if (attributes.Bool(role.type)) rules.verbs.Add(role.verb);
  }
  for (const CK_ATTRIBUTE_TYPE role : kUnservedRoles) {
    if (attributes.Bool(role)) return Fail(CKR_TEMPLATE_INCONSISTENT);
  }
  const auto type = attributes.Ulong(CKA_KEY_TYPE);
  if (!type.has_value()) return Fail(CKR_TEMPLATE_INCOMPLETE);
  FLORIN_TRY(rules.type, TypeOfKey(object_class, *type, rules.verbs));
  rules.sensitive = attributes.Bool(CKA_SENSITIVE);
  rules.extractable = attributes.Bool(CKA_EXTRACTABLE);
  if (object_class == CKO_PUBLIC_KEY) {
    rules.sensitive = false;
    rules.extractable = true;
  }
  FLORIN_CHECK_OK(CheckPlace(rules, attributes));
  if (mechanisms::IsEcKey(rules.type)) {
    const Bytes* params = attributes.Find(CKA_EC_PARAMS);
    if (params == nullptr) return Fail(CKR_TEMPLATE_INCOMPLETE);
    FLORIN_TRY(rules.curve, cryptoki::CurveFromEcParams(*params));
    if (cryptoki::EcKeyType(rules.curve) != *type) return Fail(CKR_TEMPLATE_INCONSISTENT);
  }
  rules.length = FixedLength(*type);
  if (const Bytes* header = attributes.Find(CKA_FLORIN_KEY_BLOCK_HEADER)) {
    auto parsed = mechanisms::KeyBlockHeader::Parse(AsText(*header));
    if (!parsed.ok()) return Fail(CKR_ATTRIBUTE_VALUE_INVALID);
    rules.header = *parsed;
    // Without verbs of its own a generic secret is an HMAC key by its header.
    if (parsed->algorithm() == 'H' && rules.type == KeyType::kGenericSecret) {
      rules.type = KeyType::kHmac;
    }
  }
  if (const Bytes* profiles = attributes.Find(CKA_FLORIN_EMV_PROFILES)) {
    FLORIN_TRY(rules.emv, cryptoki::DecodeEmvProfiles(*profiles));
  }
  if (const Bytes* table = attributes.Find(CKA_FLORIN_DECIMALISATION_TABLE)) {
    auto digits = card::DecimalisationDigits::Parse(AsText(*table));
    if (!digits.ok()) return Fail(CKR_ATTRIBUTE_VALUE_INVALID);
    rules.decimalisation = *digits;
  }
  if (const auto marks = attributes.Ulong(CKA_FLORIN_PIN_KEY_MARKS)) {
    FLORIN_TRY(rules.pin, cryptoki::DecodePinKeyMarks(*marks));
  }
  if (const auto policy = attributes.Ulong(CKA_FLORIN_KEY_BLOCK_POLICY)) {
    FLORIN_CHECK_OK(
        cryptoki::DecodeKeyBlockPolicy(*policy, rules.key_block_import, rules.key_block_export));
  }
  if (const auto hash = attributes.Ulong(CKA_FLORIN_HMAC_HASH)) {
    FLORIN_TRY(rules.hmac_hash, cryptoki::DecodeHmacHash(*hash));
  }
  if (const Bytes* peers = attributes.Find(CKA_FLORIN_TR34_PEERS)) {
    FLORIN_TRY(rules.tr34_peers, cryptoki::DecodeTr34Peers(*peers));
  }
  if (const Bytes* allowed = attributes.Find(CKA_ALLOWED_MECHANISMS)) {
    FLORIN_CHECK_OK(AddAllowedMechanisms(*allowed, rules));
  }
  FLORIN_TRY(rules.life, LifeFromAttributes(attributes));
  return rules;
}

Status SetComputed(Attributes& attributes, const mechanisms::Key& key, const KeyHistory& history) {
  const KeyType type = key.rules().type;
  attributes.SetBool(CKA_LOCAL, history.origin == Origin::kGenerate);
  attributes.SetUlong(CKA_KEY_GEN_MECHANISM, history.mechanism);
  if (key.origin().has_value()) {
    attributes.SetUlong(CKA_FLORIN_KEY_ORIGIN, cryptoki::OriginNumber(*key.origin()));
  }
  if (!mechanisms::IsPublicKey(type)) SetSecretHistory(attributes, history);
  if (mechanisms::IsEcKey(type)) return SetEcParts(attributes, key);
  if (mechanisms::IsRsaKey(type)) return SetRsaParts(attributes, key);
  attributes.SetUlong(CKA_VALUE_LEN, key.rules().length);
  if (type == KeyType::kAes || type == KeyType::kDes3) {
    FLORIN_TRY(const auto check_value, key.CheckValue());
    attributes.Set(CKA_CHECK_VALUE, check_value);
  } else {
    attributes.Set(CKA_CHECK_VALUE, {});
  }
  return OkStatus();
}

Status CheckOrigin(const KeyRules& rules, Origin origin, const KeyPolicy& policy) {
  if (mechanisms::IsPublicKey(rules.type)) {
    // Whoever brings a public key may have the private one.
    const bool trusted = origin == Origin::kGenerate || policy.imported_keys_may_wrap;
    return trusted || !rules.verbs.Has(Verb::kWrap) ? OkStatus()
                                                    : Status(Fail(CKR_TEMPLATE_INCONSISTENT));
  }
  if (origin == Origin::kUnwrap && !rules.sensitive) return Fail(CKR_TEMPLATE_INCONSISTENT);
  if (!rules.verbs.Has(Verb::kWrap) && !rules.verbs.Has(Verb::kUnwrap)) return OkStatus();
  // Whoever makes the key of a KDH chooses to whom it sends: under an authority of their own they
  // would send every key to themselves.
  if (rules.verbs.Has(Verb::kWrap) && mechanisms::IsPrivateKey(rules.type)) {
    return policy.imported_keys_may_wrap ? OkStatus() : Status(Fail(CKR_TEMPLATE_INCONSISTENT));
  }
  // Only a key that nobody outside can know may carry others: born here, or brought while the token
  // is set up for vectors. A derived key counts as brought: of one agreed on, whoever chose the
  // peer's point may know it; an update key of DUKPT the device knows. A plain wrapping does not
  // say what its content is for, so what comes out of one never wraps again (Froeschle and Steel
  // 2009); a key block says so, and came under a key that may carry.
  if (origin == Origin::kUnwrap && rules.header.has_value()) return OkStatus();
  const bool known_outside = origin != Origin::kGenerate || !rules.sensitive;
  if (!known_outside) return OkStatus();
  if (origin != Origin::kUnwrap && policy.imported_keys_may_wrap) return OkStatus();
  return Fail(CKR_TEMPLATE_INCONSISTENT);
}

Error MakeError(const Error& error) {
  switch (error.code()) {
    case ErrorCode::kPermissionDenied:
      return error.detail() != 0 ? error : Fail(CKR_TEMPLATE_INCONSISTENT);
    case ErrorCode::kInvalidArgument:
    case ErrorCode::kMalformed:
      return error.detail() != 0 ? error : Fail(CKR_ATTRIBUTE_VALUE_INVALID);
    default: return error;
  }
}

Status RestoreLife(Attributes& attributes, std::uint8_t format) {
  const bool says_state = attributes.Has(CKA_FLORIN_KEY_STATE);
  if (says_state != (format >= kObjectFormatWithLife)) {
    return Error(ErrorCode::kCorrupted, "an object file contradicts itself");
  }
  if (says_state) return OkStatus();
  attributes.SetUlong(CKA_FLORIN_KEY_STATE, CK_FLORIN_KEY_STATE_ACTIVE);
  // Dates were kept as given and meant nothing; those that are none must not end a key.
  const auto life = LifeFromAttributes(attributes);
  if (!life.ok() || !mechanisms::CheckDates(*life).ok()) {
    attributes.Set(CKA_START_DATE, {});
    attributes.Set(CKA_END_DATE, {});
  }
  // A key that is not local may have come in any way.
  if (attributes.Bool(CKA_LOCAL)) {
    attributes.SetUlong(CKA_FLORIN_KEY_ORIGIN, CK_FLORIN_KEY_ORIGIN_GENERATED);
  }
  return OkStatus();
}

Result<mechanisms::KeyPtr> RestoreKey(CK_OBJECT_CLASS object_class, const Attributes& attributes,
                                      SecretBytes material, const Clock& clock) {
  FLORIN_TRY(KeyRules rules, RulesFromAttributes(object_class, attributes));
  mechanisms::KeyContext context{std::nullopt, &clock};
  if (const auto origin = attributes.Ulong(CKA_FLORIN_KEY_ORIGIN)) {
    FLORIN_TRY(context.origin, cryptoki::OriginFromNumber(*origin));
  }
  if (object_class == CKO_PUBLIC_KEY) {
    FLORIN_TRY(material, PublicMaterial(rules.type, attributes));
  }
  return mechanisms::Key::Restore(std::move(rules), std::move(material), context);
}

Result<SecretBytes> MaterialOf(const Object& object) {
  if (object.data != nullptr && !object.data->empty()) return object.data->Clone();
  if (object.key == nullptr || object.object_class == CKO_PUBLIC_KEY) return SecretBytes();
  return SecretBytes::CopyOf(object.key->Material(SecretAccess{}));
}

}  // namespace florin::hsm_sim
