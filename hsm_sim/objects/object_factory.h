// From templates to objects: what C_CreateObject and the functions that make keys have in common.
#pragma once

#include "hsm_sim/objects/key_objects.h"

namespace florin::hsm_sim {

// Who asks, and under which policy.
struct MakerContext {
  KeyPolicy policy;
  bool is_so = false;
  const Clock* clock = &SystemClock();  // that the dates of keys are judged by
};

// A key to be made, judged before anything is drawn or derived.
struct KeyPlan {
  CK_OBJECT_CLASS object_class = CKO_SECRET_KEY;
  Attributes attributes;  // without the computed ones
  mechanisms::KeyRules rules;
};

// Reads a template for a key of `object_class`; `key_type` is the type where the template is
// silent. CKR_TEMPLATE_INCONSISTENT and the errors of ResolveTemplate and RulesFromAttributes.
Result<KeyPlan> PlanKey(CK_OBJECT_CLASS object_class, Origin origin, CK_KEY_TYPE key_type,
                        const Template& given, const MakerContext& context);

// The object around a key made as planned. CKR_TEMPLATE_INCONSISTENT where the template stated a
// computed attribute otherwise.
Result<Object> FinishKey(KeyPlan plan, const Template& given, mechanisms::KeyPtr key,
                         const KeyHistory& history);

// C_CreateObject: data, certificates, and keys whose value the caller brings.
Result<Object> CreateFromTemplate(Template given, const MakerContext& context);

// C_CopyObject, C_SetAttributeValue: the object after the changes; a key's rules may only narrow.
Result<Object> ChangedObject(const Object& object, Change change, const Template& changes,
                             const MakerContext& context);

}  // namespace florin::hsm_sim
