// Pkcs11Session: finding, making and destroying keys.
#include <array>
#include <cstring>

#include "crypto/cryptoki/ec_codec.h"
#include "crypto/cryptoki/mechanism_names.h"
#include "crypto/cryptoki/public_key_codec.h"
#include "crypto/cryptoki/rv.h"
#include "crypto/mechanisms/rule_table.h"
#include "crypto/pkcs11/session.h"
#include "crypto/pkcs11/session_batch.h"

namespace florin::pkcs11 {
namespace {

using cryptoki::EncodedTemplate;
using cryptoki::TemplateUse;
using hsm::KeyClass;
using hsm::KeyHandle;
using hsm::KeyPair;
using hsm::KeyPairTemplate;
using hsm::KeyRef;
using hsm::KeyTemplate;
using mechanisms::KeyType;

CK_OBJECT_CLASS ClassOf(KeyClass key_class) {
  switch (key_class) {
    case KeyClass::kSecret: return CKO_SECRET_KEY;
    case KeyClass::kPrivate: return CKO_PRIVATE_KEY;
    case KeyClass::kPublic: return CKO_PUBLIC_KEY;
  }
  return CKO_SECRET_KEY;
}

// A modulus of 4096 bits with room for leading zeros.
constexpr std::size_t kMaxPublicValue = 1024;

void* Mutable(const void* bytes) { return const_cast<void*>(bytes); }

}  // namespace

// Finds up to two objects, enough to tell one from several. Ends the search in any case: a search
// left open would block the next one.
CK_RV Pkcs11Session::FindOne(CK_ATTRIBUTE* attributes, CK_ULONG count, CK_OBJECT_HANDLE (&found)[2],
                             CK_ULONG& how_many) const {
  how_many = 0;
  CK_RV rv = c().C_FindObjectsInit(handle_, attributes, count);
  if (rv != CKR_OK) return rv;
  while (how_many < 2) {
    CK_ULONG now = 0;
    rv = c().C_FindObjects(handle_, &found[how_many], 2 - how_many, &now);
    if (rv != CKR_OK || now == 0) break;
    if (now > 2 - how_many) {
      rv = CKR_GENERAL_ERROR;
      break;
    }
    how_many += now;
  }
  const CK_RV end = c().C_FindObjectsFinal(handle_);
  return rv != CKR_OK ? rv : end;
}

Result<KeyHandle> Pkcs11Session::Resolve(const KeyRef& ref) {
  FLORIN_CHECK_OK(CheckAlive());
  const auto known = resolved_.find(ref);
  if (known != resolved_.end() && handles_.Find(known->second).ok()) return known->second;

  CK_OBJECT_CLASS object_class = ClassOf(ref.key_class());
  std::array<CK_ATTRIBUTE, 3> wanted = {{
      {CKA_CLASS, &object_class, sizeof(object_class)},
      {CKA_LABEL, Mutable(ref.label().data()), ref.label().size()},
      {CKA_ID, Mutable(ref.id().data()), ref.id().size()},
  }};
  CK_OBJECT_HANDLE found[2] = {};
  CK_ULONG how_many = 0;
  const CK_RV rv = FindOne(wanted.data(), ref.id().empty() ? 2 : 3, found, how_many);
  if (rv != CKR_OK) return Judge(rv);
  if (how_many == 0) {
    return Error(ErrorCode::kNotFound, "the token has no key of this class, label and id");
  }
  if (how_many > 1) {
    return Error(ErrorCode::kConflict,
                 "several keys of the token bear this label and id; name the id or rename them");
  }
  FLORIN_TRY(const KeyHandle key, HandleOf(found[0]));
  resolved_.insert_or_assign(ref, key);
  return key;
}

Result<KeyHandle> Pkcs11Session::Generate(const KeyTemplate& key) {
  FLORIN_CHECK_OK(CheckAlive());
  if (cryptoki::ClassOf(key.rules.type) != CKO_SECRET_KEY) {
    return Error(ErrorCode::kInvalidArgument,
                 "EC and RSA keys are generated in pairs: GeneratePair");
  }
  EncodedTemplate attributes;
  FLORIN_CHECK_OK(Encode(TemplateUse::kGenerate, key, attributes));
  CK_MECHANISM mechanism = {
      cryptoki::GenerationMechanism(key.rules.type, key.rules.length, key.rules.curve), nullptr, 0};
  CK_OBJECT_HANDLE object = CK_INVALID_HANDLE;
  const CK_RV rv =
      c().C_GenerateKey(handle_, &mechanism, attributes.data(), attributes.count(), &object);
  if (rv != CKR_OK) return JudgeTemplate(rv, key);
  return Adopt(object, key);
}

Result<KeyPair> Pkcs11Session::GeneratePair(const KeyPairTemplate& pair) {
  FLORIN_CHECK_OK(CheckAlive());
  const auto& private_rules = pair.private_key.rules;
  const auto& public_rules = pair.public_key.rules;
  if (!mechanisms::IsPair(private_rules, public_rules)) {
    return Error(ErrorCode::kInvalidArgument,
                 "a pair is a private and a public key, EC of one curve or RSA of one length");
  }
  EncodedTemplate private_attributes;
  EncodedTemplate public_attributes;
  FLORIN_CHECK_OK(Encode(TemplateUse::kGenerate, pair.private_key, private_attributes));
  KeyTemplate complete = pair.public_key;
  if (mechanisms::IsRsaKey(private_rules.type)) complete.rules.length = private_rules.length;
  FLORIN_CHECK_OK(Encode(TemplateUse::kGenerate, complete, public_attributes));
  CK_MECHANISM mechanism = {
      cryptoki::GenerationMechanism(private_rules.type, private_rules.length, private_rules.curve),
      nullptr, 0};
  CK_OBJECT_HANDLE private_object = CK_INVALID_HANDLE;
  CK_OBJECT_HANDLE public_object = CK_INVALID_HANDLE;
  const CK_RV rv = c().C_GenerateKeyPair(
      handle_, &mechanism, public_attributes.data(), public_attributes.count(),
      private_attributes.data(), private_attributes.count(), &public_object, &private_object);
  if (rv != CKR_OK) return JudgeTemplate(rv, pair.private_key);
  auto private_key = Adopt(private_object, pair.private_key);
  auto public_key = Adopt(public_object, pair.public_key);
  if (!private_key.ok()) {
    if (public_key.ok()) static_cast<void>(Destroy(*public_key));
    return private_key.error();
  }
  if (!public_key.ok()) {
    static_cast<void>(Destroy(*private_key));
    return public_key.error();
  }
  return KeyPair{*private_key, *public_key};
}

Result<KeyHandle> Pkcs11Session::Import(const KeyTemplate& key, const SecretBytes& material) {
  FLORIN_CHECK_OK(CheckAlive());
  EncodedTemplate attributes;
  FLORIN_CHECK_OK(Encode(TemplateUse::kCreate, key, attributes, material.Read(SecretAccess{})));
  CK_OBJECT_HANDLE object = CK_INVALID_HANDLE;
  const CK_RV rv = c().C_CreateObject(handle_, attributes.data(), attributes.count(), &object);
  if (rv != CKR_OK) return JudgeTemplate(rv, key);
  return Adopt(object, key);
}

Status Pkcs11Session::Destroy(KeyHandle key) {
  FLORIN_CHECK_OK(CheckAlive());
  FLORIN_TRY(const CK_OBJECT_HANDLE object, handles_.Find(key));
  const CK_RV rv = c().C_DestroyObject(handle_, object);
  if (rv != CKR_OK && rv != CKR_OBJECT_HANDLE_INVALID) return Judge(rv);
  Forget(key);
  if (rv == CKR_OK) return OkStatus();
  return Judge(rv);
}

// The public key object with the same CKA_ID.
Result<CK_OBJECT_HANDLE> Pkcs11Session::PublicPartOf(CK_OBJECT_HANDLE object) {
  std::array<std::uint8_t, cryptoki::kMaxIdLength> id;
  CK_ATTRIBUTE own_id = {CKA_ID, id.data(), id.size()};
  CK_RV rv = c().C_GetAttributeValue(handle_, object, &own_id, 1);
  if (rv != CKR_OK) return Judge(rv);
  CK_OBJECT_HANDLE found[2] = {};
  CK_ULONG how_many = 0;
  if (own_id.ulValueLen != 0 && own_id.ulValueLen <= id.size()) {
    CK_OBJECT_CLASS object_class = CKO_PUBLIC_KEY;
    std::array<CK_ATTRIBUTE, 2> wanted = {{
        {CKA_CLASS, &object_class, sizeof(object_class)},
        {CKA_ID, id.data(), own_id.ulValueLen},
    }};
    rv = FindOne(wanted.data(), wanted.size(), found, how_many);
    if (rv != CKR_OK) return Judge(rv);
  }
  if (how_many == 1) return found[0];
  return Error(ErrorCode::kUnsupported,
               "the token keeps no public part beside this private key; use its public key");
}

Result<std::size_t> Pkcs11Session::PublicPoint(KeyHandle key, MutableBytes out) {
  FLORIN_CHECK_OK(CheckAlive());
  FLORIN_TRY(CK_OBJECT_HANDLE object, handles_.Find(key));
  std::array<std::uint8_t, cryptoki::kMaxWrappedPointLength> buffer;
  for (int attempt = 0;; ++attempt) {
    CK_ATTRIBUTE attribute = {CKA_EC_POINT, buffer.data(), buffer.size()};
    const CK_RV rv = c().C_GetAttributeValue(handle_, object, &attribute, 1);
    if (rv == CKR_OK && attribute.ulValueLen != 0 && attribute.ulValueLen <= buffer.size()) {
      FLORIN_TRY(const ByteView point,
                 cryptoki::UnwrapPoint(ByteView(buffer.data(), attribute.ulValueLen)));
      if (point.size() > out.size()) {
        return Error(ErrorCode::kBufferTooSmall,
                     "a public point needs 65, 97, 133 or 32 bytes of room");
      }
      std::memcpy(out.data(), point.data(), point.size());
      return point.size();
    }
    if (rv != CKR_OK && rv != CKR_ATTRIBUTE_TYPE_INVALID && rv != CKR_ATTRIBUTE_SENSITIVE) {
      return Judge(rv);
    }
    if (attempt > 0) {
      return Error(ErrorCode::kUnsupported, "the token does not show the point of this key");
    }
    FLORIN_TRY(object, PublicPartOf(object));
  }
}

// Nullopt where the token does not show it.
Result<std::optional<Bytes>> Pkcs11Session::PublicValue(CK_OBJECT_HANDLE object,
                                                        CK_ATTRIBUTE_TYPE type) {
  Bytes value(kMaxPublicValue);
  CK_ATTRIBUTE attribute = {type, value.data(), value.size()};
  const CK_RV rv = c().C_GetAttributeValue(handle_, object, &attribute, 1);
  if (rv == CKR_OK && attribute.ulValueLen != 0 && attribute.ulValueLen <= value.size()) {
    value.resize(attribute.ulValueLen);
    return std::optional<Bytes>(std::move(value));
  }
  if (rv == CKR_OK || rv == CKR_ATTRIBUTE_TYPE_INVALID || rv == CKR_ATTRIBUTE_SENSITIVE) {
    return std::optional<Bytes>();
  }
  return Judge(rv);
}

// From the numbers: few modules have CKA_PUBLIC_KEY_INFO.
Result<std::size_t> Pkcs11Session::PublicKeyInfo(KeyHandle key, MutableBytes out) {
  FLORIN_CHECK_OK(CheckAlive());
  FLORIN_TRY(CK_OBJECT_HANDLE object, handles_.Find(key));
  CK_KEY_TYPE type = CK_UNAVAILABLE_INFORMATION;
  CK_ATTRIBUTE attribute = {CKA_KEY_TYPE, &type, sizeof(type)};
  const CK_RV rv = c().C_GetAttributeValue(handle_, object, &attribute, 1);
  if (rv != CKR_OK) return Judge(rv);
  if (cryptoki::IsEcKeyType(type)) {
    std::array<std::uint8_t, cryptoki::kMaxPointLength> point;
    FLORIN_TRY(const std::size_t size, PublicPoint(key, point));
    for (const CurveInfo& row : kCurveTable) {
      if (cryptoki::EcKeyType(row.curve) == type && row.public_size == size) {
        return cryptoki::InfoFromPoint(row.curve, ByteView(point).first(size), out);
      }
    }
    return Error(ErrorCode::kUnsupported, "the key is on a curve that Florin does not use");
  }
  if (type != CKK_RSA) {
    return Error(ErrorCode::kInvalidArgument, "the key has no public part: no EC or RSA key");
  }
  for (int attempt = 0;; ++attempt) {
    FLORIN_TRY(const auto modulus, PublicValue(object, CKA_MODULUS));
    FLORIN_TRY(const auto exponent, PublicValue(object, CKA_PUBLIC_EXPONENT));
    if (modulus.has_value() && exponent.has_value()) {
      return cryptoki::InfoFromNumbers(*modulus, *exponent, out);
    }
    if (attempt > 0) {
      return Error(ErrorCode::kUnsupported, "the token does not show the numbers of this key");
    }
    FLORIN_TRY(object, PublicPartOf(object));
  }
}

}  // namespace florin::pkcs11
