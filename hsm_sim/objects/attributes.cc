#include "hsm_sim/objects/attributes.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "florin/base/byte_reader.h"
#include "florin/base/byte_writer.h"
#include "hsm_sim/objects/attribute_policy.h"
#include "hsm_sim/return_value.h"

namespace florin::hsm_sim {
namespace {

bool TypeLess(const Attribute& attribute, CK_ATTRIBUTE_TYPE type) { return attribute.type < type; }

Error Corrupted() {
  return Error(ErrorCode::kCorrupted, "the attributes of an object are damaged");
}

bool HoldsNumbers(AttributeKind kind) {
  return kind == AttributeKind::kUlong || kind == AttributeKind::kUlongList;
}

constexpr std::size_t kEncodedNumber = 8;

std::size_t EncodedSize(const Attribute& attribute) {
  if (!HoldsNumbers(KindOf(attribute.type))) return attribute.value.size();
  return attribute.value.size() / sizeof(CK_ULONG) * kEncodedNumber;
}

void EncodeValue(const Attribute& attribute, ByteWriter& out) {
  if (!HoldsNumbers(KindOf(attribute.type))) {
    FLORIN_INVARIANT(out.Write(attribute.value).ok());
    return;
  }
  for (std::size_t i = 0; i + sizeof(CK_ULONG) <= attribute.value.size(); i += sizeof(CK_ULONG)) {
    CK_ULONG number;
    std::memcpy(&number, attribute.value.data() + i, sizeof(number));
    FLORIN_INVARIANT(out.WriteU64(number).ok());
  }
}

Result<Bytes> DecodeNumbers(ByteView encoded) {
  if (encoded.size() % kEncodedNumber != 0) return Corrupted();
  Bytes value;
  ByteReader in(encoded);
  while (!in.empty()) {
    FLORIN_TRY(const std::uint64_t wide, in.ReadU64());
    const auto number = static_cast<CK_ULONG>(wide);
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(&number);
    value.insert(value.end(), bytes, bytes + sizeof(number));
  }
  return value;
}

}  // namespace

const Bytes* Attributes::Find(CK_ATTRIBUTE_TYPE type) const {
  const auto found = std::lower_bound(list_.begin(), list_.end(), type, TypeLess);
  return found != list_.end() && found->type == type ? &found->value : nullptr;
}

bool Attributes::Bool(CK_ATTRIBUTE_TYPE type) const {
  const Bytes* value = Find(type);
  return value != nullptr && value->size() == 1 && (*value)[0] != CK_FALSE;
}

std::optional<CK_ULONG> Attributes::Ulong(CK_ATTRIBUTE_TYPE type) const {
  const Bytes* value = Find(type);
  if (value == nullptr || value->size() != sizeof(CK_ULONG)) return std::nullopt;
  CK_ULONG number;
  std::memcpy(&number, value->data(), sizeof(number));
  return number;
}

void Attributes::Set(CK_ATTRIBUTE_TYPE type, ByteView value) {
  auto place = std::lower_bound(list_.begin(), list_.end(), type, TypeLess);
  if (place == list_.end() || place->type != type) {
    place = list_.insert(place, Attribute{type, Bytes()});
  }
  place->value.assign(value.begin(), value.end());
}

void Attributes::SetBool(CK_ATTRIBUTE_TYPE type, bool value) {
  const std::uint8_t byte = value ? CK_TRUE : CK_FALSE;
  Set(type, {&byte, 1});
}

void Attributes::SetUlong(CK_ATTRIBUTE_TYPE type, CK_ULONG value) {
  Set(type, {reinterpret_cast<const std::uint8_t*>(&value), sizeof(value)});
}

void Attributes::Remove(CK_ATTRIBUTE_TYPE type) {
  const auto found = std::lower_bound(list_.begin(), list_.end(), type, TypeLess);
  if (found != list_.end() && found->type == type) list_.erase(found);
}

bool MayBeSecret(CK_ATTRIBUTE_TYPE type) {
  switch (type) {
    case CKA_VALUE:
    case CKA_PRIVATE_EXPONENT:
    case CKA_PRIME_1:
    case CKA_PRIME_2:
    case CKA_EXPONENT_1:
    case CKA_EXPONENT_2:
    case CKA_COEFFICIENT: return true;
    default: return false;
  }
}

const SecretBytes* Template::FindSecret(CK_ATTRIBUTE_TYPE type) const {
  for (const SecretAttribute& secret : secrets) {
    if (secret.type == type) return &secret.value;
  }
  return nullptr;
}

SecretBytes Template::TakeSecret(CK_ATTRIBUTE_TYPE type) {
  for (SecretAttribute& secret : secrets) {
    if (secret.type == type) return std::move(secret.value);
  }
  return {};
}

Result<Template> Template::Copy(const CK_ATTRIBUTE* entries, CK_ULONG count) {
  if ((entries == nullptr && count != 0) || count > kMaxTemplateEntries) {
    return Fail(CKR_ARGUMENTS_BAD);
  }
  Template copy;
  for (CK_ULONG i = 0; i < count; ++i) {
    const CK_ATTRIBUTE& entry = entries[i];
    if ((entry.pValue == nullptr && entry.ulValueLen != 0) ||
        entry.ulValueLen > kMaxAttributeLength) {
      return Fail(CKR_ATTRIBUTE_VALUE_INVALID);
    }
    const ByteView value{static_cast<const std::uint8_t*>(entry.pValue), entry.ulValueLen};
    if (copy.attributes.Has(entry.type) || copy.FindSecret(entry.type) != nullptr) {
      return Fail(CKR_TEMPLATE_INCONSISTENT);
    }
    if (!MayBeSecret(entry.type)) {
      copy.attributes.Set(entry.type, value);
      continue;
    }
    SecretBytes secret;
    if (!value.empty()) {
      FLORIN_TRY(secret, SecretBytes::CopyOf(value));
    }
    copy.secrets.push_back({entry.type, std::move(secret)});
  }
  return copy;
}

Bytes EncodeAttributes(const Attributes& attributes) {
  std::size_t size = 0;
  for (const Attribute& attribute : attributes) size += 8 + EncodedSize(attribute);
  Bytes encoded(size);
  ByteWriter out(encoded);
  for (const Attribute& attribute : attributes) {
    FLORIN_INVARIANT(out.WriteU32(static_cast<std::uint32_t>(attribute.type)).ok());
    FLORIN_INVARIANT(out.WriteU32(static_cast<std::uint32_t>(EncodedSize(attribute))).ok());
    EncodeValue(attribute, out);
  }
  return encoded;
}

Result<Attributes> DecodeAttributes(ByteView encoded) {
  Attributes attributes;
  ByteReader in(encoded);
  while (!in.empty()) {
    FLORIN_TRY(const std::uint32_t type, in.ReadU32());
    FLORIN_TRY(const std::uint32_t size, in.ReadU32());
    FLORIN_TRY(const ByteView value, in.ReadBytes(size));
    if (attributes.Has(type)) return Corrupted();
    if (HoldsNumbers(KindOf(type))) {
      FLORIN_TRY(const Bytes numbers, DecodeNumbers(value));
      attributes.Set(type, numbers);
    } else {
      attributes.Set(type, value);
    }
  }
  return attributes;
}

}  // namespace florin::hsm_sim
