// Keys as objects: attributes to the rules of a Key, and back.
#pragma once

#include <cstdint>

#include "crypto/mechanisms/key.h"
#include "florin/mechanisms/key_rules.h"
#include "hsm_sim/objects/attribute_policy.h"
#include "hsm_sim/objects/object.h"

namespace florin::hsm_sim {

// What differs between an ordinary token and one that replays published vectors.
struct KeyPolicy {
  // Keys that came in clear may wrap and unwrap. Off: a caller could bring a key it knows and wrap
  // others under it (Clulow 2003).
  bool imported_keys_may_wrap = false;
};

// The rules that the attributes of a key describe. `object_class` is that of a key.
// CKR_TEMPLATE_INCOMPLETE, CKR_TEMPLATE_INCONSISTENT, CKR_ATTRIBUTE_VALUE_INVALID,
// CKR_KEY_TYPE_INCONSISTENT (no such type), CKR_CURVE_NOT_SUPPORTED.
Result<mechanisms::KeyRules> RulesFromAttributes(CK_OBJECT_CLASS object_class,
                                                 const Attributes& attributes);

// Where the key came from, which its history attributes tell.
struct KeyHistory {
  Origin origin = Origin::kCreate;
  CK_MECHANISM_TYPE mechanism = CK_UNAVAILABLE_INFORMATION;  // that generated it
  const Object* base = nullptr;                              // derived keys
  const Object* second = nullptr;  // the key that a derivation took beside the base
};

// Sets what the token computes about a key: history, lengths, check value, public parts.
Status SetComputed(Attributes& attributes, const mechanisms::Key& key, const KeyHistory& history);

// Checks roles against where the key came from. CKR_TEMPLATE_INCONSISTENT.
Status CheckOrigin(const mechanisms::KeyRules& rules, Origin origin, const KeyPolicy& policy);

// The error of making a key as a caller of the C interface expects it.
Error MakeError(const Error& error);

// The key that the attributes of a stored object and its material are. `clock` outlives it.
Result<mechanisms::KeyPtr> RestoreKey(CK_OBJECT_CLASS object_class, const Attributes& attributes,
                                      SecretBytes material, const Clock& clock);

// Whether a stored key says what files of this format say of its life; of a file that is older than
// that, sets what is known. kCorrupted.
Status RestoreLife(Attributes& attributes, std::uint8_t format);

// The material that must be sealed with the object; empty for public keys.
Result<SecretBytes> MaterialOf(const Object& object);

}  // namespace florin::hsm_sim
