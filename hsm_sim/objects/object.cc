#include "hsm_sim/objects/object.h"

#include "crypto/primitives/rsa_der.h"
#include "hsm_sim/objects/attribute_policy.h"

namespace florin::hsm_sim {
namespace {

AttributeValue ReadRsaPart(const mechanisms::Key& key, CK_ATTRIBUTE_TYPE type) {
  const auto numbers = primitives::ParseRsaPrivateKey(key.Material(SecretAccess{}));
  FLORIN_INVARIANT(numbers.ok());
  switch (type) {
    case CKA_PRIVATE_EXPONENT: return {true, numbers->private_exponent};
    case CKA_PRIME_1: return {true, numbers->prime1};
    case CKA_PRIME_2: return {true, numbers->prime2};
    case CKA_EXPONENT_1: return {true, numbers->exponent1};
    case CKA_EXPONENT_2: return {true, numbers->exponent2};
    case CKA_COEFFICIENT: return {true, numbers->coefficient};
    default: return {};
  }
}

}  // namespace

bool IsHidden(const Object& object, CK_ATTRIBUTE_TYPE type) {
  const AttributeRule* rule = FindRule(object.object_class, type);
  if (rule == nullptr || (rule->flags & kHiddenIfSensitive) == 0) return false;
  if (!IsOfKeyType(*rule, object.attributes.Ulong(CKA_KEY_TYPE))) return false;
  // PKCS#11 3.0 4.9: sensitive or unextractable, either hides the value.
  return object.attributes.Bool(CKA_SENSITIVE) || !object.attributes.Bool(CKA_EXTRACTABLE);
}

AttributeValue ReadAttribute(const Object& object, CK_ATTRIBUTE_TYPE type) {
  if (const Bytes* value = object.attributes.Find(type)) return {true, *value};
  if (!MayBeSecret(type)) return {};
  if (object.key != nullptr && object.key->rules().type == mechanisms::KeyType::kRsaPrivate) {
    return ReadRsaPart(*object.key, type);
  }
  if (type != CKA_VALUE) return {};
  if (object.data != nullptr) return {true, object.data->Read(SecretAccess{})};
  const bool holds_secret =
      object.object_class == CKO_SECRET_KEY || object.object_class == CKO_PRIVATE_KEY;
  if (holds_secret && object.key != nullptr) return {true, object.key->Material(SecretAccess{})};
  return {};
}

bool Matches(const Object& object, const Template& query) {
  for (const Attribute& wanted : query.attributes) {
    const Bytes* value = object.attributes.Find(wanted.type);
    if (value == nullptr || *value != wanted.value) return false;
  }
  for (const SecretAttribute& wanted : query.secrets) {
    if (IsHidden(object, wanted.type)) return false;
    const AttributeValue value = ReadAttribute(object, wanted.type);
    if (!value.found || !ConstantTimeEqual(value.value, wanted.value.Read(SecretAccess{}))) {
      return false;
    }
  }
  return true;
}

std::size_t SizeOf(const Object& object) {
  std::size_t size = sizeof(Object);
  for (const Attribute& attribute : object.attributes) {
    size += sizeof(Attribute) + attribute.value.size();
  }
  if (object.data != nullptr) size += object.data->size();
  if (object.key != nullptr) size += object.key->rules().length;
  return size;
}

}  // namespace florin::hsm_sim
