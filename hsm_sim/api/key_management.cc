// Chapter "Key management functions": generate, derive, wrap, unwrap.
#include <array>

#include "crypto/card/tr34_key.h"
#include "crypto/cryptoki/attribute_codec.h"
#include "crypto/cryptoki/ec_codec.h"
#include "crypto/cryptoki/mechanism_names.h"
#include "crypto/mechanisms/other_keys.h"
#include "crypto/mechanisms/rule_table.h"
#include "crypto/mechanisms/transfer.h"
#include "crypto/primitives/rsa_der.h"
#include "hsm_sim/api/mechanism_list.h"
#include "hsm_sim/api/objects.h"
#include "hsm_sim/api/operations.h"

namespace florin::hsm_sim {
namespace {

using mechanisms::Key;
using mechanisms::KeyPtr;
using mechanisms::Verb;

Result<const GenerationMechanism*> ReadGeneration(const Session& session,
                                                  const CK_MECHANISM* mechanism, CK_FLAGS flag) {
  if (mechanism == nullptr) return Fail(CKR_ARGUMENTS_BAD);
  const GenerationMechanism* found = FindGeneration(mechanism->mechanism);
  const bool offered = found != nullptr && !session.quirks->Lacks(mechanism->mechanism);
  if (!offered || (found->info.flags & flag) == 0) return Fail(CKR_MECHANISM_INVALID);
  if (mechanism->ulParameterLen != 0) return Fail(CKR_MECHANISM_PARAM_INVALID);
  return found;
}

// Whether the mechanism makes keys of the type the template asked for.
Status CheckMadeType(const GenerationMechanism& generation, const KeyPlan& plan) {
  const CK_KEY_TYPE type = *plan.attributes.Ulong(CKA_KEY_TYPE);
  const bool hmac = type == CKK_SHA224_HMAC || type == CKK_SHA256_HMAC || type == CKK_SHA384_HMAC ||
                    type == CKK_SHA512_HMAC;
  if (type == generation.key_type) return OkStatus();
  if (hmac && generation.type == CKM_GENERIC_SECRET_KEY_GEN) return OkStatus();
  return Fail(CKR_TEMPLATE_INCONSISTENT);
}

Status GenerateKey(Module& module, Session& session, const CK_MECHANISM* mechanism,
                   const CK_ATTRIBUTE* entries, CK_ULONG count, CK_OBJECT_HANDLE* handle) {
  if (handle == nullptr) return Fail(CKR_ARGUMENTS_BAD);
  FLORIN_TRY(const GenerationMechanism* const generation,
             ReadGeneration(session, mechanism, CKF_GENERATE));
  FLORIN_TRY(const Template given, CopyTemplate(session, entries, count));
  FLORIN_TRY(KeyPlan plan, PlanKey(CKO_SECRET_KEY, Origin::kGenerate, generation->key_type, given,
                                   ContextOf(session)));
  FLORIN_CHECK_OK(CheckMadeType(*generation, plan));
  if (plan.rules.length == 0) return Fail(CKR_TEMPLATE_INCOMPLETE);
  FLORIN_CHECK_OK(CheckMayAdd(session, plan.attributes));
  auto key = Key::Generate(plan.rules, module.random(), session.token->clock());
  if (!key.ok()) return MakeError(key.error());
  FLORIN_TRY(Object object, FinishKey(std::move(plan), given, std::move(*key),
                                      {Origin::kGenerate, generation->type, nullptr}));
  FLORIN_TRY(*handle, AddObject(session, std::move(object)));
  return OkStatus();
}

struct PairTemplates {
  Template public_key;
  Template private_key;
};

// The one public exponent that pairs are made with; a client may leave it out.
Status CheckExponent(PairTemplates& given) {
  constexpr std::array<std::uint8_t, 3> kExponent = {0x01, 0x00, 0x01};
  const Bytes* stated = given.public_key.attributes.Find(CKA_PUBLIC_EXPONENT);
  if (stated == nullptr) return OkStatus();
  if (!SameBytes(primitives::WithoutLeadingZeros(*stated), kExponent)) {
    return Fail(CKR_ATTRIBUTE_VALUE_INVALID);
  }
  given.public_key.attributes.Set(CKA_PUBLIC_EXPONENT, kExponent);
  return OkStatus();
}

// The curve stands in the public template; the private key has the same one.
Status ShareCurve(PairTemplates& given) {
  const Bytes* curve = given.public_key.attributes.Find(CKA_EC_PARAMS);
  if (curve == nullptr) return Fail(CKR_TEMPLATE_INCOMPLETE);
  const Bytes* stated = given.private_key.attributes.Find(CKA_EC_PARAMS);
  if (stated != nullptr && *stated != *curve) return Fail(CKR_TEMPLATE_INCONSISTENT);
  given.private_key.attributes.Set(CKA_EC_PARAMS, *curve);
  return OkStatus();
}

Status GenerateKeyPair(Module& module, Session& session, const CK_MECHANISM* mechanism,
                       PairTemplates given, CK_OBJECT_HANDLE* public_handle,
                       CK_OBJECT_HANDLE* private_handle) {
  if (public_handle == nullptr || private_handle == nullptr) return Fail(CKR_ARGUMENTS_BAD);
  FLORIN_TRY(const GenerationMechanism* const generation,
             ReadGeneration(session, mechanism, CKF_GENERATE_KEY_PAIR));
  const CK_KEY_TYPE key_type = generation->key_type;
  FLORIN_CHECK_OK(cryptoki::IsEcKeyType(key_type) ? ShareCurve(given) : CheckExponent(given));
  const MakerContext context = ContextOf(session);
  FLORIN_TRY(KeyPlan public_plan,
             PlanKey(CKO_PUBLIC_KEY, Origin::kGenerate, key_type, given.public_key, context));
  FLORIN_TRY(KeyPlan private_plan,
             PlanKey(CKO_PRIVATE_KEY, Origin::kGenerate, key_type, given.private_key, context));
  FLORIN_CHECK_OK(CheckMadeType(*generation, public_plan));
  FLORIN_CHECK_OK(CheckMadeType(*generation, private_plan));
  if (key_type == CKK_RSA) private_plan.rules.length = public_plan.rules.length;
  FLORIN_CHECK_OK(CheckMayAdd(session, public_plan.attributes));
  FLORIN_CHECK_OK(CheckMayAdd(session, private_plan.attributes));
  auto pair = Key::GeneratePair(private_plan.rules, public_plan.rules, module.random(),
                                session.token->clock());
  if (!pair.ok()) return MakeError(pair.error());
  const KeyHistory history{Origin::kGenerate, generation->type, nullptr};
  FLORIN_TRY(Object public_object, FinishKey(std::move(public_plan), given.public_key,
                                             std::move(pair->public_key), history));
  FLORIN_TRY(Object private_object, FinishKey(std::move(private_plan), given.private_key,
                                              std::move(pair->private_key), history));
  FLORIN_TRY(const CK_OBJECT_HANDLE made, AddObject(session, std::move(public_object)));
  auto private_made = AddObject(session, std::move(private_object));
  if (!private_made.ok()) {
    // Half a pair must not stay; what the disk refuses now it may give back at the next start.
    (void)session.token->Destroy(made).ok();
    return private_made.error();
  }
  *public_handle = made;
  *private_handle = *private_made;
  return OkStatus();
}

Error DeriveError(const Error& error) {
  if (error.code() == ErrorCode::kMalformed) return Fail(CKR_MECHANISM_PARAM_INVALID);
  return MakeError(error);
}

// The object of the key that goes into a derivation beside the base; null where there is none.
ObjectPtr SecondOf(Session& session, mechanisms::Mechanism& mechanism) {
  const mechanisms::OtherKey* other = mechanisms::OtherKeysOf(mechanism)[0];
  return other == nullptr || other->key == nullptr ? nullptr : session.Find(other->handle.value);
}

Status DeriveKey(Session& session, const CK_MECHANISM* mechanism, CK_OBJECT_HANDLE base_handle,
                 const Template& given, CK_OBJECT_HANDLE* handle) {
  if (mechanism == nullptr || handle == nullptr) return Fail(CKR_ARGUMENTS_BAD);
  if (!IsOffered(mechanism->mechanism, Verb::kDerive, *session.quirks)) {
    return Fail(CKR_MECHANISM_INVALID);
  }
  cryptoki::DecodedMechanism decoded;
  FLORIN_CHECK_OK(Decode(session, mechanism, decoded));
  FLORIN_CHECK_OK(session.token->Sync());
  FLORIN_TRY([[maybe_unused]] const Object* const found, FindKey(session, base_handle));
  const ObjectPtr base = session.Find(base_handle);
  FLORIN_TRY([[maybe_unused]] const mechanisms::HeldKeys others,
             FindOtherKeys(session, mechanism->mechanism, decoded.get()));
  const ObjectPtr second = SecondOf(session, decoded.get());
  FLORIN_CHECK_OK(CheckKeyUse(session, Verb::kDerive, mechanism->mechanism, *base));
  FLORIN_TRY(KeyPlan plan, PlanKey(CKO_SECRET_KEY, Origin::kDerive, CKK_GENERIC_SECRET, given,
                                   ContextOf(session)));
  FLORIN_CHECK_OK(CheckMayAdd(session, plan.attributes));
  auto key = mechanisms::Derive(decoded.get(), *base->key, plan.rules);
  if (!key.ok()) return DeriveError(key.error());
  FLORIN_TRY(Object object,
             FinishKey(std::move(plan), given, std::move(*key),
                       {Origin::kDerive, CK_UNAVAILABLE_INFORMATION, base.get(), second.get()}));
  FLORIN_TRY(*handle, AddObject(session, std::move(object)));
  return OkStatus();
}

Status CheckWrappable(const Object& wrapping, const Object& target) {
  if (target.object_class == CKO_PUBLIC_KEY) return Fail(CKR_KEY_NOT_WRAPPABLE);
  if (!target.attributes.Bool(CKA_EXTRACTABLE)) return Fail(CKR_KEY_UNEXTRACTABLE);
  if (target.attributes.Bool(CKA_WRAP_WITH_TRUSTED) && !wrapping.attributes.Bool(CKA_TRUSTED)) {
    return Fail(CKR_KEY_NOT_WRAPPABLE);
  }
  return OkStatus();
}

Error WrapError(const Error& error, mechanisms::MechanismType type) {
  // The wrapping key itself was judged before: what is refused now is the target.
  switch (error.code()) {
    case ErrorCode::kPermissionDenied:
    // The peer of TR-34 or its certificate: the key does not go there.
    case ErrorCode::kVerificationFailed:
    case ErrorCode::kExpired: return Fail(CKR_KEY_NOT_WRAPPABLE);
    case ErrorCode::kMalformed: return Fail(CKR_MECHANISM_PARAM_INVALID);
    case ErrorCode::kInvalidArgument:
      return Fail(mechanisms::KeepsHeader(type) ? CKR_MECHANISM_PARAM_INVALID : CKR_KEY_SIZE_RANGE);
    default: return error;
  }
}

Status WrapKey(Module& module, Session& session, const CK_MECHANISM* mechanism,
               CK_OBJECT_HANDLE wrapping_handle, CK_OBJECT_HANDLE target_handle, Output output) {
  if (mechanism == nullptr || output.length == nullptr) return Fail(CKR_ARGUMENTS_BAD);
  if (!IsOffered(mechanism->mechanism, Verb::kWrap, *session.quirks)) {
    return Fail(CKR_MECHANISM_INVALID);
  }
  FLORIN_CHECK_OK(session.token->Sync());
  FLORIN_TRY([[maybe_unused]] const Object* const found,
             FindKey(session, wrapping_handle, CKR_WRAPPING_KEY_HANDLE_INVALID));
  const ObjectPtr wrapping = session.Find(wrapping_handle);
  FLORIN_TRY(const Object* const target, FindKey(session, target_handle));
  FLORIN_CHECK_OK(CheckWrappable(*wrapping, *target));
  FLORIN_CHECK_OK(CheckKeyUse(session, Verb::kWrap, mechanism->mechanism, *wrapping,
                              CKR_WRAPPING_KEY_TYPE_INCONSISTENT));
  cryptoki::DecodedMechanism decoded;
  FLORIN_CHECK_OK(Decode(session, mechanism, decoded));
  const auto needed = mechanisms::WrappedSize(decoded.get(), *wrapping->key, *target->key);
  const mechanisms::MechanismType type = mechanisms::TypeOf(decoded.get());
  if (!needed.ok()) return WrapError(needed.error(), type);
  const CK_ULONG room = *output.length;
  *output.length = *needed;
  if (output.bytes == nullptr) return OkStatus();
  if (room < *needed) return Fail(CKR_BUFFER_TOO_SMALL);
  const auto written = mechanisms::Wrap(decoded.get(), *wrapping->key, *target->key,
                                        {output.bytes, *needed}, module.random());
  if (!written.ok()) return WrapError(written.error(), type);
  *output.length = *written;
  return OkStatus();
}

Error UnwrapError(const Error& error) {
  const ErrorCode code = error.code();
  if (code == ErrorCode::kVerificationFailed || code == ErrorCode::kExpired ||
      code == ErrorCode::kReplayed) {
    return Fail(CKR_WRAPPED_KEY_INVALID);
  }
  if (error.code() == ErrorCode::kMalformed) return Fail(CKR_WRAPPED_KEY_LEN_RANGE);
  // The template contradicts nothing: the unwrapping key's own rules do not take this block.
  if (error.code() == ErrorCode::kPermissionDenied &&
      error.detail() == mechanisms::kRefusedByUnwrappingKey) {
    return Fail(CKR_KEY_FUNCTION_NOT_PERMITTED);
  }
  return MakeError(error);
}

// The key that a template of C_UnwrapKey asks for.
struct WantedKey {
  CK_OBJECT_CLASS object_class = CKO_SECRET_KEY;
  CK_KEY_TYPE key_type = CKK_GENERIC_SECRET;  // where the template does not say
  bool type_is_open = false;                  // until the key block is opened
  bool curve_is_open = false;
};

Result<card::KeyBlockHeader> HeaderIn(mechanisms::MechanismType type, ByteView wrapped) {
  if (type == mechanisms::MechanismType::kTr34KeyToken) {
    FLORIN_TRY(const auto token, card::Tr34Token::Parse(wrapped));
    return card::StatedTr34Header(token);
  }
  FLORIN_TRY(const auto block, card::KeyBlock::Parse(AsText(wrapped)));
  return block.header();
}

// A key block and a token of TR-34 say in clear of which class their key is and bear its header.
// What only the opened form says has a placeholder until then.
Result<WantedKey> ReadHeader(mechanisms::MechanismType mechanism, ByteView wrapped,
                             Template& given) {
  const auto in_clear = HeaderIn(mechanism, wrapped);
  if (!in_clear.ok()) return UnwrapError(in_clear.error());
  const auto type = mechanisms::TypeOfHeader(*in_clear);
  if (!type.ok()) return type.error();
  const ByteView header = AsBytes(in_clear->text());
  const Bytes* stated = given.attributes.Find(CKA_FLORIN_KEY_BLOCK_HEADER);
  if (stated != nullptr && !SameBytes(*stated, header)) return Fail(CKR_TEMPLATE_INCONSISTENT);
  given.attributes.Set(CKA_FLORIN_KEY_BLOCK_HEADER, header);
  WantedKey wanted;
  wanted.object_class = cryptoki::ClassOf(*type);
  wanted.key_type = cryptoki::KeyTypeNumber(*type, 0);
  wanted.type_is_open = !given.attributes.Has(CKA_KEY_TYPE);
  const bool is_ec = *type == mechanisms::KeyType::kEcPrivate;
  wanted.curve_is_open = is_ec && !given.attributes.Has(CKA_EC_PARAMS);
  if (wanted.curve_is_open) {
    given.attributes.Set(CKA_EC_PARAMS, cryptoki::EcParamsOf(Curve::kP256));
  }
  return wanted;
}

// Puts what the opened block says in the place of placeholders.
Status CompletePlan(const WantedKey& wanted, const Key& key, KeyPlan& plan) {
  const mechanisms::KeyRules& rules = key.rules();
  if (rules.hmac_hash.has_value()) {
    plan.attributes.SetUlong(CKA_FLORIN_HMAC_HASH, cryptoki::EncodeHmacHash(*rules.hmac_hash));
  }
  if (wanted.type_is_open) {
    plan.attributes.SetUlong(CKA_KEY_TYPE, cryptoki::KeyTypeNumber(rules.type, rules.length));
  }
  if (!mechanisms::IsEcKey(rules.type) || wanted.curve_is_open) return OkStatus();
  FLORIN_TRY(const Curve stated, cryptoki::CurveFromEcParams(*plan.attributes.Find(CKA_EC_PARAMS)));
  return stated == rules.curve ? OkStatus() : Status(Fail(CKR_TEMPLATE_INCONSISTENT));
}

Status UnwrapKey(Session& session, const CK_MECHANISM* mechanism,
                 CK_OBJECT_HANDLE unwrapping_handle, ByteView wrapped, Template given,
                 CK_OBJECT_HANDLE* handle) {
  if (mechanism == nullptr || handle == nullptr) return Fail(CKR_ARGUMENTS_BAD);
  if (!IsOffered(mechanism->mechanism, Verb::kUnwrap, *session.quirks)) {
    return Fail(CKR_MECHANISM_INVALID);
  }
  cryptoki::DecodedMechanism decoded;
  FLORIN_CHECK_OK(Decode(session, mechanism, decoded));
  FLORIN_CHECK_OK(session.token->Sync());
  FLORIN_TRY(const Object* const unwrapping,
             FindKey(session, unwrapping_handle, CKR_UNWRAPPING_KEY_HANDLE_INVALID));
  FLORIN_CHECK_OK(CheckKeyUse(session, Verb::kUnwrap, mechanism->mechanism, *unwrapping,
                              CKR_UNWRAPPING_KEY_TYPE_INCONSISTENT));
  WantedKey wanted;
  const mechanisms::MechanismType type = mechanisms::TypeOf(decoded.get());
  if (mechanisms::KeepsHeader(type)) {
    FLORIN_TRY(wanted, ReadHeader(type, wrapped, given));
  } else if (!given.attributes.Has(CKA_CLASS) || !given.attributes.Has(CKA_KEY_TYPE)) {
    // A wrapped key without its kind is a run of bytes that fits any.
    return Fail(CKR_TEMPLATE_INCOMPLETE);
  }
  FLORIN_TRY(KeyPlan plan, PlanKey(wanted.object_class, Origin::kUnwrap, wanted.key_type, given,
                                   ContextOf(session)));
  if (type == mechanisms::MechanismType::kTr34KeyToken) {
    FLORIN_CHECK_OK(CheckOrigin(plan.rules, Origin::kCreate, session.token->policy()));
  }
  if (wanted.type_is_open && !given.attributes.Has(CKA_VALUE_LEN)) plan.rules.length = 0;
  FLORIN_CHECK_OK(CheckMayAdd(session, plan.attributes));
  auto key = mechanisms::Unwrap(decoded.get(), *unwrapping->key, wrapped, plan.rules);
  if (!key.ok()) return UnwrapError(key.error());
  FLORIN_CHECK_OK(CompletePlan(wanted, **key, plan));
  FLORIN_TRY(Object object, FinishKey(std::move(plan), given, std::move(*key),
                                      {Origin::kUnwrap, CK_UNAVAILABLE_INFORMATION, nullptr}));
  FLORIN_TRY(*handle, AddObject(session, std::move(object)));
  return OkStatus();
}

}  // namespace
}  // namespace florin::hsm_sim

namespace sim = florin::hsm_sim;

extern "C" {

CK_RV C_GenerateKey(CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism,
                    CK_ATTRIBUTE_PTR pTemplate, CK_ULONG ulCount, CK_OBJECT_HANDLE_PTR phKey) {
  return sim::SessionShell(hSession, [=](sim::Module& module, sim::Session& session) {
    return sim::GenerateKey(module, session, pMechanism, pTemplate, ulCount, phKey);
  });
}

CK_RV C_GenerateKeyPair(CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism,
                        CK_ATTRIBUTE_PTR pPublicKeyTemplate, CK_ULONG ulPublicKeyAttributeCount,
                        CK_ATTRIBUTE_PTR pPrivateKeyTemplate, CK_ULONG ulPrivateKeyAttributeCount,
                        CK_OBJECT_HANDLE_PTR phPublicKey, CK_OBJECT_HANDLE_PTR phPrivateKey) {
  return sim::SessionShell(
      hSession, [=](sim::Module& module, sim::Session& session) -> florin::Status {
        sim::PairTemplates given;
        FLORIN_TRY(given.public_key,
                   sim::CopyTemplate(session, pPublicKeyTemplate, ulPublicKeyAttributeCount));
        FLORIN_TRY(given.private_key,
                   sim::CopyTemplate(session, pPrivateKeyTemplate, ulPrivateKeyAttributeCount));
        return sim::GenerateKeyPair(module, session, pMechanism, std::move(given), phPublicKey,
                                    phPrivateKey);
      });
}

CK_RV C_WrapKey(CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism,
                CK_OBJECT_HANDLE hWrappingKey, CK_OBJECT_HANDLE hKey, CK_BYTE_PTR pWrappedKey,
                CK_ULONG_PTR pulWrappedKeyLen) {
  return sim::SessionShell(hSession, [=](sim::Module& module, sim::Session& session) {
    return sim::WrapKey(module, session, pMechanism, hWrappingKey, hKey,
                        {pWrappedKey, pulWrappedKeyLen});
  });
}

CK_RV C_UnwrapKey(CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism,
                  CK_OBJECT_HANDLE hUnwrappingKey, CK_BYTE_PTR pWrappedKey,
                  CK_ULONG ulWrappedKeyLen, CK_ATTRIBUTE_PTR pTemplate, CK_ULONG ulAttributeCount,
                  CK_OBJECT_HANDLE_PTR phKey) {
  return sim::SessionShell(hSession, [=](sim::Module&, sim::Session& session) -> florin::Status {
    FLORIN_TRY(const auto wrapped, sim::Input(pWrappedKey, ulWrappedKeyLen));
    FLORIN_TRY(auto given, sim::CopyTemplate(session, pTemplate, ulAttributeCount));
    return sim::UnwrapKey(session, pMechanism, hUnwrappingKey, wrapped, std::move(given), phKey);
  });
}

CK_RV C_DeriveKey(CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism,
                  CK_OBJECT_HANDLE hBaseKey, CK_ATTRIBUTE_PTR pTemplate, CK_ULONG ulAttributeCount,
                  CK_OBJECT_HANDLE_PTR phKey) {
  return sim::SessionShell(hSession, [=](sim::Module&, sim::Session& session) -> florin::Status {
    FLORIN_TRY(const auto given, sim::CopyTemplate(session, pTemplate, ulAttributeCount));
    return sim::DeriveKey(session, pMechanism, hBaseKey, given, phKey);
  });
}

}  // extern "C"
