// Attributes: the attributes of an object, and a template as the caller gave it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "crypto/cryptoki/pkcs11.h"
#include "florin/base/bytes.h"
#include "florin/base/result.h"
#include "florin/base/secret.h"

namespace florin::hsm_sim {

inline constexpr std::size_t kMaxTemplateEntries = 128;
inline constexpr std::size_t kMaxAttributeLength = std::size_t{64} << 10;

struct Attribute {
  CK_ATTRIBUTE_TYPE type;
  Bytes value;  // as it lies in memory behind pValue
};

// A set of attributes, each type once, sorted by type. Holds nothing secret. A value type.
class Attributes {
 public:
  const Attribute* begin() const { return list_.data(); }
  const Attribute* end() const { return list_.data() + list_.size(); }
  std::size_t size() const { return list_.size(); }

  // The value, or nullptr.
  const Bytes* Find(CK_ATTRIBUTE_TYPE type) const;
  bool Has(CK_ATTRIBUTE_TYPE type) const { return Find(type) != nullptr; }

  // False where it is absent.
  bool Bool(CK_ATTRIBUTE_TYPE type) const;
  std::optional<CK_ULONG> Ulong(CK_ATTRIBUTE_TYPE type) const;

  void Set(CK_ATTRIBUTE_TYPE type, ByteView value);
  void SetBool(CK_ATTRIBUTE_TYPE type, bool value);
  void SetUlong(CK_ATTRIBUTE_TYPE type, CK_ULONG value);
  void Remove(CK_ATTRIBUTE_TYPE type);

 private:
  std::vector<Attribute> list_;
};

struct SecretAttribute {
  CK_ATTRIBUTE_TYPE type;
  SecretBytes value;
};

// Whether the attribute may be a key or a part of one: CKA_VALUE, and what an RSA private key
// consists of.
bool MayBeSecret(CK_ATTRIBUTE_TYPE type);

// A template copied out of the caller's memory. What may be a key has secret memory.
struct Template {
  Attributes attributes;                 // all but the secrets
  std::vector<SecretAttribute> secrets;  // each type once

  // Null where the template does not state it.
  const SecretBytes* FindSecret(CK_ATTRIBUTE_TYPE type) const;
  // Empty where the template does not state it.
  SecretBytes TakeSecret(CK_ATTRIBUTE_TYPE type);

  // CKR_ARGUMENTS_BAD, CKR_ATTRIBUTE_VALUE_INVALID (no pValue, too long), CKR_TEMPLATE_INCONSISTENT
  // (a type twice).
  static Result<Template> Copy(const CK_ATTRIBUTE* entries, CK_ULONG count);
};

// The form of attributes inside an object file: big-endian, independent of the machine.
Bytes EncodeAttributes(const Attributes& attributes);
// kCorrupted.
Result<Attributes> DecodeAttributes(ByteView encoded);

}  // namespace florin::hsm_sim
