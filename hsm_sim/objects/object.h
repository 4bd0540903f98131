// Object: one object of a token as the module holds it in memory.
#pragma once

#include <cstdint>
#include <memory>

#include "crypto/mechanisms/key.h"
#include "hsm_sim/objects/attributes.h"
#include "hsm_sim/storage/token_format.h"

namespace florin::hsm_sim {

// Why a key object has no usable key.
enum class KeyState : std::uint8_t {
  kNone,     // not a key
  kPresent,  // `key` is set
  kSealed,   // the PIN has not been given
  kDamaged,  // its file fails its integrity check
};

// Immutable once shared: a change makes a new Object under the same handle, so whoever holds one
// sees it whole. Invariant: `key` is set exactly where key_state is kPresent.
struct Object {
  CK_OBJECT_CLASS object_class = CKO_DATA;
  Attributes attributes;  // complete, CKA_CLASS and computed ones included, without CKA_VALUE
                          // where that is secret
  KeyState key_state = KeyState::kNone;
  mechanisms::KeyPtr key;
  std::shared_ptr<const SecretBytes> data;  // CKA_VALUE of CKO_DATA
  ObjectId id{};
  std::uint32_t version = 0;    // token objects: of the file
  CK_SESSION_HANDLE owner = 0;  // session objects: the session they end with

  bool is_token() const { return attributes.Bool(CKA_TOKEN); }
  bool is_private() const { return attributes.Bool(CKA_PRIVATE); }
};

using ObjectPtr = std::shared_ptr<const Object>;

// Whether the attribute exists but must not be shown.
bool IsHidden(const Object& object, CK_ATTRIBUTE_TYPE type);

// The value of an attribute, valid as long as the object; `found` is false where there is none. Ask
// IsHidden first.
struct AttributeValue {
  bool found = false;
  ByteView value;
};
AttributeValue ReadAttribute(const Object& object, CK_ATTRIBUTE_TYPE type);

// Whether the object has every attribute of the query with the same value. Hidden ones never match.
bool Matches(const Object& object, const Template& query);

// Roughly the bytes the object takes, for C_GetObjectSize.
std::size_t SizeOf(const Object& object);

}  // namespace florin::hsm_sim
