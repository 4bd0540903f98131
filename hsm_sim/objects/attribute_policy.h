// The attribute policy as data: which attributes each class of objects has, who may set them, when.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "hsm_sim/objects/attributes.h"

namespace florin::hsm_sim {

enum class AttributeKind : std::uint8_t { kBool, kUlong, kUlongList, kBytes, kDate };

// How an object comes into being; each has its own column of permissions.
enum class Origin : std::uint8_t { kCreate, kGenerate, kDerive, kUnwrap };

// Flags of an AttributeRule.
enum AttributeFlag : std::uint16_t {
  kNeedOnCreate = 0x001,  // C_CreateObject refuses a template without it
  kNeedOnMake = 0x002,    // so do the functions that make keys
  kNotOnCreate = 0x004,   // may not stand in the template of C_CreateObject
  kNotOnMake = 0x008,     // nor in those of generation, derivation and unwrapping
  kComputed = 0x010,      // the token sets it; a template may state it where it is right
  kChangeable = 0x020,    // C_SetAttributeValue may change it
  kChangeOnCopy = 0x040,  // C_CopyObject may
  kOnlyToTrue = 0x080,    // a change may only go up
  kOnlyToFalse = 0x100,   // a change may only go down
  kOnlyBySo = 0x200,      // TRUE is the security officer's to give
  kHiddenIfSensitive = 0x400,
  kDefaultTrue = 0x800,  // kBool: TRUE where the template is silent
  kNoDefault = 0x1000,   // absent where the template is silent; else FALSE or empty
  kOnlyEc = 0x2000,      // an attribute of EC keys only
  kOnlyRsa = 0x4000,     // an attribute of RSA keys only
};

struct AttributeRule {
  CK_ATTRIBUTE_TYPE type;
  AttributeKind kind;
  std::uint16_t flags;
};

// The rules of a class, sorted by nothing; empty for a class the token does not have.
std::span<const AttributeRule> RulesOf(CK_OBJECT_CLASS object_class);

const AttributeRule* FindRule(CK_OBJECT_CLASS object_class, CK_ATTRIBUTE_TYPE type);

// Whether keys of this type have the attribute. Objects that are no keys have no type that matters.
bool IsOfKeyType(const AttributeRule& rule, std::optional<CK_ULONG> key_type);

// The kind of an attribute, the same in every class; kBytes for one no class has.
AttributeKind KindOf(CK_ATTRIBUTE_TYPE type);

// Checks a template for a new object of the class against the policy and fills in the defaults.
// `key_type` is that of a key whose template does not say it.
// Attributes the token computes are checked for form only and left out: see CheckStated. TRUE for
// an attribute of the SO is refused unless `is_so`.
// CKR_ATTRIBUTE_TYPE_INVALID, CKR_ATTRIBUTE_VALUE_INVALID, CKR_ATTRIBUTE_READ_ONLY,
// CKR_TEMPLATE_INCOMPLETE, CKR_TEMPLATE_INCONSISTENT (an attribute of another key type).
Result<Attributes> ResolveTemplate(CK_OBJECT_CLASS object_class, Origin origin,
                                   CK_KEY_TYPE key_type, const Template& given, bool is_so);

// CKR_TEMPLATE_INCONSISTENT where a template states a computed attribute otherwise than `object`.
Status CheckStated(CK_OBJECT_CLASS object_class, const Attributes& given, const Attributes& object);

enum class Change : std::uint8_t { kSet, kCopy };

// Applies the changes of C_SetAttributeValue or C_CopyObject to `object`; all or none.
// CKR_ATTRIBUTE_READ_ONLY, CKR_ACTION_PROHIBITED (not modifiable), CKR_ATTRIBUTE_TYPE_INVALID,
// CKR_ATTRIBUTE_VALUE_INVALID.
Result<Attributes> ApplyChanges(CK_OBJECT_CLASS object_class, Change change,
                                const Attributes& object, const Attributes& changes, bool is_so);

// CKR_ATTRIBUTE_VALUE_INVALID where the value cannot be of the kind.
Status CheckForm(AttributeKind kind, ByteView value);

}  // namespace florin::hsm_sim
