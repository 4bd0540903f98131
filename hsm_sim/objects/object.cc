#include "hsm_sim/objects/object.h"

#include "hsm_sim/objects/attribute_policy.h"

namespace florin::hsm_sim {

bool IsHidden(const Object& object, CK_ATTRIBUTE_TYPE type) {
  const AttributeRule* rule = FindRule(object.object_class, type);
  if (rule == nullptr || (rule->flags & kHiddenIfSensitive) == 0) return false;
  // PKCS#11 3.0 4.9: sensitive or unextractable, either hides the value.
  return object.attributes.Bool(CKA_SENSITIVE) || !object.attributes.Bool(CKA_EXTRACTABLE);
}

AttributeValue ReadAttribute(const Object& object, CK_ATTRIBUTE_TYPE type) {
  if (const Bytes* value = object.attributes.Find(type)) return {true, *value};
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
  if (!query.has_value) return true;
  if (IsHidden(object, CKA_VALUE)) return false;
  const AttributeValue value = ReadAttribute(object, CKA_VALUE);
  return value.found && ConstantTimeEqual(value.value, query.value.Read(SecretAccess{}));
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
