#include "hsm_sim/objects/object_factory.h"

#include <algorithm>
#include <array>
#include <utility>

#include "crypto/cryptoki/ec_codec.h"
#include "crypto/primitives/rsa_der.h"
#include "hsm_sim/return_value.h"

namespace florin::hsm_sim {
namespace {

// A scalar as long as its curve's order: clients leave leading zeros out, or add one (as DER does).
// Keys of X25519 and Ed25519 are no numbers and come whole.
Result<SecretBytes> FitScalar(const SecretBytes& value, Curve curve) {
  const std::size_t length = InfoOf(curve).private_size;
  ByteView bytes = value.Read(SecretAccess{});
  if (!IsWeierstrass(curve) && bytes.size() != length) return Fail(CKR_ATTRIBUTE_VALUE_INVALID);
  while (bytes.size() > length && bytes[0] == 0) bytes = bytes.subspan(1);
  if (bytes.empty() || bytes.size() > length) return Fail(CKR_ATTRIBUTE_VALUE_INVALID);
  FLORIN_TRY(SecretBytes fitted, SecretBytes::Create(length));
  const MutableBytes place = fitted.Write(SecretAccess{}).last(bytes.size());
  std::copy(bytes.begin(), bytes.end(), place.begin());
  return fitted;
}

// Points come with and without their DER wrapping; the token states them as the norm does.
Result<SecretBytes> TakePoint(Template& given, Curve curve) {
  std::array<std::uint8_t, cryptoki::kMaxWrappedPointLength> wrapped{};
  auto point = cryptoki::UnwrapPoint(*given.attributes.Find(CKA_EC_POINT));
  if (!point.ok() || point->size() != cryptoki::PointLength(curve)) {
    return Fail(CKR_ATTRIBUTE_VALUE_INVALID);
  }
  FLORIN_TRY(SecretBytes material, SecretBytes::CopyOf(*point));
  const std::size_t length = cryptoki::WrapPoint(curve, *point, wrapped);
  given.attributes.Set(CKA_EC_POINT, ByteView(wrapped).first(length));
  return material;
}

// Big integers come with and without leading zeros; the token states them without.
void TrimNumber(Template& given, CK_ATTRIBUTE_TYPE type) {
  const Bytes stated = *given.attributes.Find(type);
  given.attributes.Set(type, primitives::WithoutLeadingZeros(stated));
}

Result<SecretBytes> TakeRsaPublic(Template& given) {
  std::array<std::uint8_t, primitives::kMaxRsaSpkiSize> info{};
  TrimNumber(given, CKA_MODULUS);
  TrimNumber(given, CKA_PUBLIC_EXPONENT);
  const auto size = primitives::WriteRsaSpki(
      {*given.attributes.Find(CKA_MODULUS), *given.attributes.Find(CKA_PUBLIC_EXPONENT)}, info);
  if (!size.ok()) return Fail(CKR_ATTRIBUTE_VALUE_INVALID);
  return SecretBytes::CopyOf(ByteView(info).first(*size));
}

Result<SecretBytes> TakeRsaPrivate(Template& given) {
  TrimNumber(given, CKA_MODULUS);
  TrimNumber(given, CKA_PUBLIC_EXPONENT);
  const auto secret = [&given](CK_ATTRIBUTE_TYPE type) {
    return primitives::WithoutLeadingZeros(given.FindSecret(type)->Read(SecretAccess{}));
  };
  auto material = primitives::WriteRsaPrivateKey(
      {*given.attributes.Find(CKA_MODULUS), *given.attributes.Find(CKA_PUBLIC_EXPONENT),
       secret(CKA_PRIVATE_EXPONENT), secret(CKA_PRIME_1), secret(CKA_PRIME_2),
       secret(CKA_EXPONENT_1), secret(CKA_EXPONENT_2), secret(CKA_COEFFICIENT)});
  if (!material.ok()) return MakeError(material.error());
  return material;
}

Result<SecretBytes> TakeMaterial(const mechanisms::KeyRules& rules, Template& given) {
  switch (rules.type) {
    case mechanisms::KeyType::kEcPublic: return TakePoint(given, rules.curve);
    case mechanisms::KeyType::kRsaPublic: return TakeRsaPublic(given);
    case mechanisms::KeyType::kRsaPrivate: return TakeRsaPrivate(given);
    case mechanisms::KeyType::kEcPrivate:
      return FitScalar(given.TakeSecret(CKA_VALUE), rules.curve);
    default: return given.TakeSecret(CKA_VALUE);
  }
}

Result<Object> CreateKey(CK_OBJECT_CLASS object_class, Template given,
                         const MakerContext& context) {
  FLORIN_TRY(KeyPlan plan,
             PlanKey(object_class, Origin::kCreate, CK_UNAVAILABLE_INFORMATION, given, context));
  FLORIN_TRY(SecretBytes material, TakeMaterial(plan.rules, given));
  if (material.empty()) return Fail(CKR_ATTRIBUTE_VALUE_INVALID);
  if (plan.rules.length != 0 && plan.rules.length != material.size()) {
    return Fail(CKR_ATTRIBUTE_VALUE_INVALID);
  }
  auto key = mechanisms::Key::Import(plan.rules, std::move(material), *context.clock);
  if (!key.ok()) return MakeError(key.error());
  return FinishKey(std::move(plan), given, std::move(*key), KeyHistory());
}

Result<Object> CreateData(Template given, const MakerContext& context) {
  FLORIN_TRY(
      Attributes attributes,
      ResolveTemplate(CKO_DATA, Origin::kCreate, CK_UNAVAILABLE_INFORMATION, given, context.is_so));
  Object object;
  object.object_class = CKO_DATA;
  object.attributes = std::move(attributes);
  object.attributes.SetUlong(CKA_CLASS, CKO_DATA);
  object.data = std::make_shared<const SecretBytes>(given.TakeSecret(CKA_VALUE));
  FLORIN_CHECK_OK(CheckStated(CKO_DATA, given.attributes, object.attributes));
  return object;
}

Result<Object> CreateCertificate(const Template& given, const MakerContext& context) {
  FLORIN_TRY(Attributes attributes,
             ResolveTemplate(CKO_CERTIFICATE, Origin::kCreate, CK_UNAVAILABLE_INFORMATION, given,
                             context.is_so));
  if (attributes.Ulong(CKA_CERTIFICATE_TYPE) != CKC_X_509) {
    return Fail(CKR_ATTRIBUTE_VALUE_INVALID);
  }
  // PKCS#11 3.0 4.6.3: the certificate itself, or where it is found.
  const SecretBytes* value = given.FindSecret(CKA_VALUE);
  const bool has_value = value != nullptr && !value->empty();
  if (!has_value && attributes.Find(CKA_URL)->empty()) {
    return Fail(CKR_TEMPLATE_INCOMPLETE);
  }
  Object object;
  object.object_class = CKO_CERTIFICATE;
  object.attributes = std::move(attributes);
  object.attributes.SetUlong(CKA_CLASS, CKO_CERTIFICATE);
  object.attributes.Set(CKA_VALUE, has_value ? value->Read(SecretAccess{}) : ByteView());
  FLORIN_CHECK_OK(CheckStated(CKO_CERTIFICATE, given.attributes, object.attributes));
  return object;
}

}  // namespace

Result<KeyPlan> PlanKey(CK_OBJECT_CLASS object_class, Origin origin, CK_KEY_TYPE key_type,
                        const Template& given, const MakerContext& context) {
  const auto stated_class = given.attributes.Ulong(CKA_CLASS);
  if (stated_class.value_or(object_class) != object_class) return Fail(CKR_TEMPLATE_INCONSISTENT);
  KeyPlan plan;
  plan.object_class = object_class;
  FLORIN_TRY(plan.attributes,
             ResolveTemplate(object_class, origin, key_type, given, context.is_so));
  plan.attributes.SetUlong(CKA_CLASS, object_class);
  if (!plan.attributes.Has(CKA_FLORIN_KEY_STATE)) {
    plan.attributes.SetUlong(CKA_FLORIN_KEY_STATE, CK_FLORIN_KEY_STATE_ACTIVE);
  }
  if (!plan.attributes.Has(CKA_KEY_TYPE)) plan.attributes.SetUlong(CKA_KEY_TYPE, key_type);
  FLORIN_TRY(plan.rules, RulesFromAttributes(object_class, plan.attributes));
  if (const auto length = given.attributes.Ulong(CKA_VALUE_LEN)) {
    const bool fixed = plan.rules.length != 0;
    if (fixed && plan.rules.length != *length) return Fail(CKR_TEMPLATE_INCONSISTENT);
    if (*length == 0 || *length > kMaxAttributeLength) return Fail(CKR_ATTRIBUTE_VALUE_INVALID);
    plan.rules.length = *length;
  }
  if (plan.rules.type == mechanisms::KeyType::kRsaPublic) {
    if (const auto bits = given.attributes.Ulong(CKA_MODULUS_BITS)) {
      if (*bits % 8 != 0 || *bits == 0) return Fail(CKR_ATTRIBUTE_VALUE_INVALID);
      plan.rules.length = *bits / 8;
    }
  }
  FLORIN_CHECK_OK(CheckOrigin(plan.rules, origin, context.policy));
  return plan;
}

Result<Object> FinishKey(KeyPlan plan, const Template& given, mechanisms::KeyPtr key,
                         const KeyHistory& history) {
  Object object;
  object.object_class = plan.object_class;
  object.attributes = std::move(plan.attributes);
  object.key_state = KeyState::kPresent;
  object.key = std::move(key);
  FLORIN_CHECK_OK(SetComputed(object.attributes, *object.key, history));
  FLORIN_CHECK_OK(CheckStated(object.object_class, given.attributes, object.attributes));
  return object;
}

Result<Object> CreateFromTemplate(Template given, const MakerContext& context) {
  const auto object_class = given.attributes.Ulong(CKA_CLASS);
  if (!object_class.has_value()) {
    return Fail(given.attributes.Has(CKA_CLASS) ? CKR_ATTRIBUTE_VALUE_INVALID
                                                : CKR_TEMPLATE_INCOMPLETE);
  }
  switch (*object_class) {
    case CKO_DATA: return CreateData(std::move(given), context);
    case CKO_CERTIFICATE: return CreateCertificate(given, context);
    case CKO_PUBLIC_KEY:
    case CKO_PRIVATE_KEY:
    case CKO_SECRET_KEY: return CreateKey(*object_class, std::move(given), context);
    default: return Fail(CKR_ATTRIBUTE_VALUE_INVALID);
  }
}

Result<Object> ChangedObject(const Object& object, Change change, const Template& changes,
                             const MakerContext& context) {
  Object changed = object;
  FLORIN_TRY(changed.attributes, ApplyChanges(object.object_class, change, object.attributes,
                                              changes.attributes, context.is_so));
  for (const SecretAttribute& secret : changes.secrets) {
    if (object.object_class != CKO_DATA || secret.type != CKA_VALUE)
      return Fail(CKR_ATTRIBUTE_READ_ONLY);
    if (change == Change::kSet && !object.attributes.Bool(CKA_MODIFIABLE)) {
      return Fail(CKR_ACTION_PROHIBITED);
    }
    FLORIN_TRY(SecretBytes value, secret.value.Clone());
    changed.data = std::make_shared<const SecretBytes>(std::move(value));
  }
  if (changed.key == nullptr) return changed;
  FLORIN_TRY(mechanisms::KeyRules rules,
             RulesFromAttributes(object.object_class, changed.attributes));
  rules.length = changed.key->rules().length;
  rules.type = changed.key->rules().type;  // a key without its last role is still of its type
  if (rules.life.state != changed.key->rules().life.state) {
    auto moved = changed.key->InState(rules.life.state);
    if (!moved.ok()) return Fail(CKR_ACTION_PROHIBITED);
    changed.key = std::move(*moved);
  }
  if (rules == changed.key->rules()) return changed;
  auto narrowed = changed.key->CopyNarrowed(std::move(rules));
  if (!narrowed.ok()) return MakeError(narrowed.error());
  changed.key = std::move(*narrowed);
  return changed;
}

}  // namespace florin::hsm_sim
