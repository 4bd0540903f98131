#include "hsm_sim/objects/attribute_policy.h"

#include <algorithm>
#include <array>

#include "crypto/cryptoki/ec_codec.h"
#include "hsm_sim/return_value.h"

namespace florin::hsm_sim {
namespace {

using Kind = AttributeKind;

constexpr std::uint16_t kSet = kChangeable | kChangeOnCopy;
constexpr std::uint16_t kNever = kNotOnCreate | kNotOnMake | kComputed;
// A role once given up never comes back, and one not given at birth never comes: otherwise two
// roles that must not meet could be held one after the other.
constexpr std::uint16_t kRole = kSet | kOnlyToFalse;
// What a private key consists of.
constexpr std::uint16_t kPrivatePart = kNeedOnCreate | kNotOnMake | kHiddenIfSensitive | kNoDefault;

#define FLORIN_STORAGE_RULES(private_flags)                                                      \
  {CKA_CLASS, Kind::kUlong, kNeedOnCreate | kComputed}, {CKA_TOKEN, Kind::kBool, kChangeOnCopy}, \
      {CKA_PRIVATE, Kind::kBool, kChangeOnCopy | kOnlyToTrue | (private_flags)},                 \
      {CKA_LABEL, Kind::kBytes, kSet}, {CKA_UNIQUE_ID, Kind::kBytes, kNever},                    \
      {CKA_MODIFIABLE, Kind::kBool, kDefaultTrue | kChangeOnCopy | kOnlyToFalse},                \
      {CKA_COPYABLE, Kind::kBool, kDefaultTrue | kSet | kOnlyToFalse}, {                         \
    CKA_DESTROYABLE, Kind::kBool, kDefaultTrue | kChangeOnCopy                                   \
  }

#define FLORIN_KEY_RULES                                                                  \
  {CKA_KEY_TYPE, Kind::kUlong, kNeedOnCreate | kNoDefault}, {CKA_ID, Kind::kBytes, kSet}, \
      {CKA_START_DATE, Kind::kDate, kSet}, {CKA_END_DATE, Kind::kDate, kSet},             \
      {CKA_DERIVE, Kind::kBool, kRole}, {CKA_LOCAL, Kind::kBool, kNever},                 \
      {CKA_KEY_GEN_MECHANISM, Kind::kUlong, kNever},                                      \
      {CKA_FLORIN_KEY_STATE, Kind::kUlong, kChangeable | kNoDefault},                     \
      {CKA_FLORIN_KEY_ORIGIN, Kind::kUlong, kNever}, {                                    \
    CKA_ALLOWED_MECHANISMS, Kind::kUlongList, kNoDefault                                  \
  }

// What protects a secret: SENSITIVE only rises, EXTRACTABLE only falls, and the history attributes
// are the token's own (PKCS#11 3.0 4.8, 4.9).
#define FLORIN_SECRECY_RULES                                                                       \
  {CKA_SENSITIVE, Kind::kBool, kDefaultTrue | kSet | kOnlyToTrue},                                 \
      {CKA_EXTRACTABLE, Kind::kBool, kSet | kOnlyToFalse},                                         \
      {CKA_ALWAYS_SENSITIVE, Kind::kBool, kNever}, {CKA_NEVER_EXTRACTABLE, Kind::kBool, kNever}, { \
    CKA_WRAP_WITH_TRUSTED, Kind::kBool, kSet | kOnlyToTrue                                         \
  }

constexpr auto kDataRules = std::to_array<AttributeRule>({
    FLORIN_STORAGE_RULES(kDefaultTrue),
    {CKA_APPLICATION, Kind::kBytes, kSet},
    {CKA_OBJECT_ID, Kind::kBytes, kSet},
    {CKA_VALUE, Kind::kBytes, kSet},
});

constexpr auto kCertificateRules = std::to_array<AttributeRule>({
    FLORIN_STORAGE_RULES(0),
    {CKA_CERTIFICATE_TYPE, Kind::kUlong, kNeedOnCreate},
    {CKA_TRUSTED, Kind::kBool, kChangeable | kOnlyBySo},
    {CKA_CERTIFICATE_CATEGORY, Kind::kUlong, 0},
    {CKA_CHECK_VALUE, Kind::kBytes, kNoDefault},
    {CKA_START_DATE, Kind::kDate, kSet},
    {CKA_END_DATE, Kind::kDate, kSet},
    {CKA_PUBLIC_KEY_INFO, Kind::kBytes, kNoDefault},
    {CKA_SUBJECT, Kind::kBytes, kNeedOnCreate},
    {CKA_ID, Kind::kBytes, kSet},
    {CKA_ISSUER, Kind::kBytes, kSet},
    {CKA_SERIAL_NUMBER, Kind::kBytes, kSet},
    {CKA_VALUE, Kind::kBytes, 0},
    {CKA_URL, Kind::kBytes, 0},
    {CKA_HASH_OF_SUBJECT_PUBLIC_KEY, Kind::kBytes, kNoDefault},
    {CKA_HASH_OF_ISSUER_PUBLIC_KEY, Kind::kBytes, kNoDefault},
    {CKA_JAVA_MIDP_SECURITY_DOMAIN, Kind::kUlong, kNoDefault},
    {CKA_NAME_HASH_ALGORITHM, Kind::kUlong, kNoDefault},
});

constexpr auto kPublicKeyRules = std::to_array<AttributeRule>({
    FLORIN_STORAGE_RULES(0),
    FLORIN_KEY_RULES,
    {CKA_SUBJECT, Kind::kBytes, kSet},
    {CKA_ENCRYPT, Kind::kBool, kRole},
    {CKA_VERIFY, Kind::kBool, kRole},
    {CKA_VERIFY_RECOVER, Kind::kBool, kRole},
    {CKA_WRAP, Kind::kBool, kRole},
    {CKA_TRUSTED, Kind::kBool, kChangeable | kOnlyBySo},
    {CKA_PUBLIC_KEY_INFO, Kind::kBytes, kComputed},
    {CKA_EC_PARAMS, Kind::kBytes, kNeedOnCreate | kNeedOnMake | kOnlyEc},
    {CKA_EC_POINT, Kind::kBytes, kNeedOnCreate | kComputed | kNotOnMake | kOnlyEc},
    {CKA_MODULUS, Kind::kBytes, kNeedOnCreate | kComputed | kNotOnMake | kOnlyRsa},
    {CKA_MODULUS_BITS, Kind::kUlong, kNeedOnMake | kComputed | kOnlyRsa},
    {CKA_PUBLIC_EXPONENT, Kind::kBytes, kNeedOnCreate | kComputed | kOnlyRsa},
    {CKA_FLORIN_KEY_BLOCK_HEADER, Kind::kBytes, kNoDefault},
});

constexpr auto kPrivateKeyRules = std::to_array<AttributeRule>({
    FLORIN_STORAGE_RULES(kDefaultTrue),
    FLORIN_KEY_RULES,
    FLORIN_SECRECY_RULES,
    {CKA_SUBJECT, Kind::kBytes, kSet},
    {CKA_DECRYPT, Kind::kBool, kRole},
    {CKA_SIGN, Kind::kBool, kRole},
    {CKA_SIGN_RECOVER, Kind::kBool, kRole},
    {CKA_UNWRAP, Kind::kBool, kRole},
    {CKA_ALWAYS_AUTHENTICATE, Kind::kBool, 0},
    {CKA_PUBLIC_KEY_INFO, Kind::kBytes, kComputed},
    {CKA_EC_PARAMS, Kind::kBytes, kNeedOnCreate | kOnlyEc},
    {CKA_EC_POINT, Kind::kBytes, kComputed | kOnlyEc},
    {CKA_VALUE, Kind::kBytes, kOnlyEc | kPrivatePart},
    {CKA_MODULUS, Kind::kBytes, kNeedOnCreate | kComputed | kNotOnMake | kOnlyRsa},
    {CKA_PUBLIC_EXPONENT, Kind::kBytes, kNeedOnCreate | kComputed | kOnlyRsa},
    {CKA_PRIVATE_EXPONENT, Kind::kBytes, kOnlyRsa | kPrivatePart},
    {CKA_PRIME_1, Kind::kBytes, kOnlyRsa | kPrivatePart},
    {CKA_PRIME_2, Kind::kBytes, kOnlyRsa | kPrivatePart},
    {CKA_EXPONENT_1, Kind::kBytes, kOnlyRsa | kPrivatePart},
    {CKA_EXPONENT_2, Kind::kBytes, kOnlyRsa | kPrivatePart},
    {CKA_COEFFICIENT, Kind::kBytes, kOnlyRsa | kPrivatePart},
    {CKA_FLORIN_KEY_BLOCK_HEADER, Kind::kBytes, kNoDefault},
    {CKA_WRAP, Kind::kBool, kRole | kNoDefault},
    {CKA_VERIFY, Kind::kBool, kRole | kNoDefault},
    {CKA_FLORIN_KEY_BLOCK_POLICY, Kind::kUlong, kNoDefault | kChangeOnCopy},
    {CKA_FLORIN_TR34_PEERS, Kind::kBytes, kNoDefault},
});

constexpr auto kSecretKeyRules = std::to_array<AttributeRule>({
    FLORIN_STORAGE_RULES(kDefaultTrue),
    FLORIN_KEY_RULES,
    FLORIN_SECRECY_RULES,
    {CKA_ENCRYPT, Kind::kBool, kRole},
    {CKA_DECRYPT, Kind::kBool, kRole},
    {CKA_SIGN, Kind::kBool, kRole},
    {CKA_VERIFY, Kind::kBool, kRole},
    {CKA_WRAP, Kind::kBool, kRole},
    {CKA_UNWRAP, Kind::kBool, kRole},
    {CKA_TRUSTED, Kind::kBool, kChangeable | kOnlyBySo},
    {CKA_CHECK_VALUE, Kind::kBytes, kComputed},
    {CKA_VALUE, Kind::kBytes, kNeedOnCreate | kNotOnMake | kHiddenIfSensitive | kNoDefault},
    {CKA_VALUE_LEN, Kind::kUlong, kComputed},
    {CKA_FLORIN_KEY_BLOCK_HEADER, Kind::kBytes, kNoDefault},
    {CKA_FLORIN_EMV_PROFILES, Kind::kBytes, kNoDefault | kChangeOnCopy},
    {CKA_FLORIN_DECIMALISATION_TABLE, Kind::kBytes, kNoDefault},
    {CKA_FLORIN_PIN_KEY_MARKS, Kind::kUlong, kNoDefault | kChangeOnCopy},
    {CKA_FLORIN_KEY_BLOCK_POLICY, Kind::kUlong, kNoDefault | kChangeOnCopy},
    {CKA_FLORIN_HMAC_HASH, Kind::kUlong, kNoDefault | kChangeOnCopy},
});

#undef FLORIN_STORAGE_RULES
#undef FLORIN_KEY_RULES
#undef FLORIN_SECRECY_RULES

constexpr std::array<CK_OBJECT_CLASS, 5> kClasses = {CKO_DATA, CKO_CERTIFICATE, CKO_PUBLIC_KEY,
                                                     CKO_PRIVATE_KEY, CKO_SECRET_KEY};

bool Has(const AttributeRule& rule, AttributeFlag flag) { return (rule.flags & flag) != 0; }

Status CheckEntry(const AttributeRule& rule, Origin origin, ByteView value, bool is_so) {
  const bool create = origin == Origin::kCreate;
  FLORIN_CHECK_OK(CheckForm(rule.kind, value));
  if (Has(rule, create ? kNotOnCreate : kNotOnMake) && !Has(rule, kComputed)) {
    return Fail(CKR_ATTRIBUTE_READ_ONLY);
  }
  if (Has(rule, kOnlyBySo) && !is_so && value[0] != CK_FALSE) {
    return Fail(CKR_ATTRIBUTE_READ_ONLY);
  }
  return OkStatus();
}

// What lies in secret memory: none of it may stand in the template of a key that is made.
Status CheckSecrets(CK_OBJECT_CLASS object_class, Origin origin, CK_ULONG key_type,
                    const Template& given) {
  for (const SecretAttribute& entry : given.secrets) {
    const AttributeRule* rule = FindRule(object_class, entry.type);
    if (rule == nullptr) return Fail(CKR_ATTRIBUTE_TYPE_INVALID);
    if (!IsOfKeyType(*rule, key_type)) return Fail(CKR_TEMPLATE_INCONSISTENT);
    if (origin != Origin::kCreate) return Fail(CKR_ATTRIBUTE_READ_ONLY);
  }
  return OkStatus();
}

bool IsStated(const Template& given, CK_ATTRIBUTE_TYPE type) {
  return given.attributes.Has(type) || given.FindSecret(type) != nullptr;
}

void SetDefault(const AttributeRule& rule, Attributes& attributes) {
  if (Has(rule, kNoDefault) || Has(rule, kComputed) || rule.type == CKA_VALUE) return;
  switch (rule.kind) {
    case Kind::kBool: return attributes.SetBool(rule.type, Has(rule, kDefaultTrue));
    case Kind::kUlong: return attributes.SetUlong(rule.type, 0);
    case Kind::kUlongList:
    case Kind::kBytes:
    case Kind::kDate: return attributes.Set(rule.type, {});
  }
}

Status CheckChange(const AttributeRule& rule, Change change, const Attributes& object,
                   ByteView value, bool is_so) {
  FLORIN_CHECK_OK(CheckForm(rule.kind, value));
  const Bytes* old = object.Find(rule.type);
  if (old != nullptr && SameBytes(*old, value)) return OkStatus();
  if (!Has(rule, change == Change::kSet ? kChangeable : kChangeOnCopy)) {
    return Fail(CKR_ATTRIBUTE_READ_ONLY);
  }
  if (rule.kind != Kind::kBool) return OkStatus();
  const bool rises = value[0] != CK_FALSE;
  if (Has(rule, rises ? kOnlyToFalse : kOnlyToTrue) || (rises && Has(rule, kOnlyBySo) && !is_so)) {
    return Fail(CKR_ATTRIBUTE_READ_ONLY);
  }
  return OkStatus();
}

}  // namespace

std::span<const AttributeRule> RulesOf(CK_OBJECT_CLASS object_class) {
  switch (object_class) {
    case CKO_DATA: return kDataRules;
    case CKO_CERTIFICATE: return kCertificateRules;
    case CKO_PUBLIC_KEY: return kPublicKeyRules;
    case CKO_PRIVATE_KEY: return kPrivateKeyRules;
    case CKO_SECRET_KEY: return kSecretKeyRules;
    default: return {};
  }
}

const AttributeRule* FindRule(CK_OBJECT_CLASS object_class, CK_ATTRIBUTE_TYPE type) {
  for (const AttributeRule& rule : RulesOf(object_class)) {
    if (rule.type == type) return &rule;
  }
  return nullptr;
}

bool IsOfKeyType(const AttributeRule& rule, std::optional<CK_ULONG> key_type) {
  if (Has(rule, kOnlyEc)) return key_type.has_value() && cryptoki::IsEcKeyType(*key_type);
  return !Has(rule, kOnlyRsa) || key_type == CKK_RSA;
}

AttributeKind KindOf(CK_ATTRIBUTE_TYPE type) {
  for (const CK_OBJECT_CLASS object_class : kClasses) {
    if (const AttributeRule* rule = FindRule(object_class, type)) return rule->kind;
  }
  return Kind::kBytes;
}

Status CheckForm(AttributeKind kind, ByteView value) {
  bool fits = true;
  switch (kind) {
    case Kind::kBool: fits = value.size() == 1 && value[0] <= CK_TRUE; break;
    case Kind::kUlong: fits = value.size() == sizeof(CK_ULONG); break;
    case Kind::kUlongList: fits = value.size() % sizeof(CK_ULONG) == 0; break;
    case Kind::kDate: fits = value.empty() || value.size() == sizeof(CK_DATE); break;
    case Kind::kBytes: break;
  }
  return fits ? OkStatus() : Status(Fail(CKR_ATTRIBUTE_VALUE_INVALID));
}

Result<Attributes> ResolveTemplate(CK_OBJECT_CLASS object_class, Origin origin,
                                   CK_KEY_TYPE key_type, const Template& given, bool is_so) {
  Attributes resolved;
  key_type = given.attributes.Ulong(CKA_KEY_TYPE).value_or(key_type);
  FLORIN_CHECK_OK(CheckSecrets(object_class, origin, key_type, given));
  for (const Attribute& entry : given.attributes) {
    const AttributeRule* rule = FindRule(object_class, entry.type);
    if (rule == nullptr) return Fail(CKR_ATTRIBUTE_TYPE_INVALID);
    FLORIN_CHECK_OK(CheckEntry(*rule, origin, entry.value, is_so));
    if (!IsOfKeyType(*rule, key_type)) return Fail(CKR_TEMPLATE_INCONSISTENT);
    if (!Has(*rule, kComputed)) resolved.Set(entry.type, entry.value);
  }
  const AttributeFlag needed = origin == Origin::kCreate ? kNeedOnCreate : kNeedOnMake;
  for (const AttributeRule& rule : RulesOf(object_class)) {
    if (IsStated(given, rule.type) || !IsOfKeyType(rule, key_type)) continue;
    if (Has(rule, needed)) return Fail(CKR_TEMPLATE_INCOMPLETE);
    SetDefault(rule, resolved);
  }
  return resolved;
}

Status CheckStated(CK_OBJECT_CLASS object_class, const Attributes& given,
                   const Attributes& object) {
  for (const Attribute& entry : given) {
    const AttributeRule* rule = FindRule(object_class, entry.type);
    if (rule == nullptr || !Has(*rule, kComputed)) continue;
    const Bytes* value = object.Find(entry.type);
    // An empty check value asks the token not to keep one (PKCS#11 3.0 4.10.2); it keeps its own.
    if (entry.type == CKA_CHECK_VALUE && entry.value.empty()) continue;
    if (value == nullptr || !SameBytes(*value, entry.value)) {
      return Fail(CKR_TEMPLATE_INCONSISTENT);
    }
  }
  return OkStatus();
}

Result<Attributes> ApplyChanges(CK_OBJECT_CLASS object_class, Change change,
                                const Attributes& object, const Attributes& changes, bool is_so) {
  if (change == Change::kSet && !object.Bool(CKA_MODIFIABLE)) return Fail(CKR_ACTION_PROHIBITED);
  Attributes changed = object;
  for (const Attribute& entry : changes) {
    const AttributeRule* rule = FindRule(object_class, entry.type);
    if (rule == nullptr) return Fail(CKR_ATTRIBUTE_TYPE_INVALID);
    FLORIN_CHECK_OK(CheckChange(*rule, change, object, entry.value, is_so));
    changed.Set(entry.type, entry.value);
  }
  return changed;
}

}  // namespace florin::hsm_sim
