#include "crypto/pkcs11/session.h"

#include <limits>
#include <utility>

#include "crypto/cryptoki/rv.h"
#include "crypto/mechanisms/key_life.h"
#include "crypto/mechanisms/other_keys.h"
#include "crypto/pkcs11/session_batch.h"
#include "crypto/pkcs11/unsupported.h"

namespace florin::pkcs11 {
namespace {

// Bytes of the IV that every module with GCM takes (SP 800-38D 5.2.1.1).
constexpr std::size_t kUsualGcmIv = 12;

Error NoHeaders(CK_RV rv = CKR_ATTRIBUTE_TYPE_INVALID) {
  return {ErrorCode::kUnsupported,
          "the token does not obey key block headers (CKA_FLORIN_KEY_BLOCK_HEADER), so payment "
          "keys cannot live in it; use Florin's module",
          static_cast<std::uint32_t>(rv)};
}

Error NoLife() {
  return {ErrorCode::kUnsupported,
          "the token does not obey states and dates of keys (CKA_FLORIN_KEY_STATE); use Florin's "
          "module"};
}

}  // namespace

using hsm::KeyHandle;
using hsm::KeyTemplate;
using mechanisms::Mechanism;
using mechanisms::MechanismType;
using mechanisms::Verb;

Pkcs11Session::Pkcs11Session(std::shared_ptr<const Library> library,
                             std::shared_ptr<TokenState> token, CK_SESSION_HANDLE handle)
    : library_(std::move(library)), token_(std::move(token)), handle_(handle) {}

Pkcs11Session::~Pkcs11Session() { End(); }

void Pkcs11Session::End() {
  if (alive_) static_cast<void>(c().C_CloseSession(handle_));
  alive_ = false;
}

bool Pkcs11Session::Supports(MechanismType type, Verb verb) const {
  return token_->Supports(type, verb);
}

Status Pkcs11Session::CheckAlive() const {
  if (alive_) return OkStatus();
  return Error(ErrorCode::kSessionLost, "the session is over; open a new one and resolve its keys");
}

Status Pkcs11Session::Prepare(const Mechanism& mechanism, KeyHandle key, Call& call) const {
  FLORIN_CHECK_OK(CheckAlive());
  FLORIN_TRY(call.object, handles_.Find(key));
  return Encode(mechanism, call.mechanism);
}

Status Pkcs11Session::Encode(const Mechanism& mechanism, cryptoki::EncodedMechanism& out) const {
  if (!mechanisms::TakesOtherKeys(TypeOf(mechanism))) return out.Encode(mechanism);
  Mechanism own = mechanism;
  for (mechanisms::OtherKey* other : mechanisms::OtherKeysOf(own)) {
    if (other == nullptr || other->handle == KeyHandle{}) continue;
    FLORIN_TRY(other->handle.value, handles_.Find(other->handle));
  }
  return out.Encode(own);
}

Status Pkcs11Session::Encode(cryptoki::TemplateUse use, const KeyTemplate& key,
                             cryptoki::EncodedTemplate& out, ByteView value) const {
  if (key.persistent && !key.name.has_value()) {
    return Error(ErrorCode::kInvalidArgument, "a persistent key needs a name");
  }
  // A token that merely stored a header, or ignored it, would let the key do what it forbids.
  const bool bound = key.rules.header.has_value() || key.rules.hmac_hash.has_value();
  if (bound && !token_->obeys_headers()) return NoHeaders();
  if (key.rules.decimalisation.has_value() &&
      !Supports(MechanismType::kPinVerification, Verb::kVerify)) {
    return UnsupportedMechanism(MechanismType::kPinVerification, CKR_ATTRIBUTE_TYPE_INVALID);
  }
  if (key.rules.emv.has_value() && !Supports(MechanismType::kEmvAuthorization, Verb::kSign)) {
    return UnsupportedMechanism(MechanismType::kEmvAuthorization, CKR_ATTRIBUTE_TYPE_INVALID);
  }
  if (key.rules.tr34_peers.has_value() && !Supports(MechanismType::kTr34KeyToken, Verb::kUnwrap)) {
    return UnsupportedMechanism(MechanismType::kTr34KeyToken, CKR_ATTRIBUTE_TYPE_INVALID);
  }
  FLORIN_CHECK_OK(mechanisms::CheckNewLife(key.rules.life));
  if (key.rules.life != mechanisms::KeyLife() && !token_->obeys_headers()) return NoLife();
  cryptoki::KeyPlace place;
  place.persistent = key.persistent;
  if (key.name.has_value()) {
    place.label = key.name->label();
    place.id = key.name->id();
  }
  return out.Encode(use, key.rules, place, value);
}

Error Pkcs11Session::Judge(CK_RV rv) {
  // Somebody logged out: for this session that is the end, and a new one logs in again.
  if (rv == CKR_USER_NOT_LOGGED_IN) {
    End();
    return {ErrorCode::kSessionLost, "the token was logged out; open a new session",
            static_cast<std::uint32_t>(rv)};
  }
  if (cryptoki::IsSessionLost(rv)) alive_ = false;
  return cryptoki::ErrorFromRv(rv);
}

Error Pkcs11Session::JudgeOperation(CK_RV rv, Verb verb, const Mechanism& mechanism,
                                    KeyHandle key) {
  const Error error = Judge(rv);
  switch (rv) {
    case CKR_MECHANISM_INVALID:
    case CKR_FUNCTION_NOT_SUPPORTED: return UnsupportedMechanism(mechanisms::TypeOf(mechanism), rv);
    case CKR_KEY_HANDLE_INVALID:
    case CKR_OBJECT_HANDLE_INVALID: Forget(key); return error;
    case CKR_GENERAL_ERROR:
      if (verb == Verb::kDecrypt && token_->rejects_with_general_error() &&
          mechanisms::TypeOf(mechanism) == MechanismType::kAesGcm) {
        return {ErrorCode::kVerificationFailed,
                "the tag does not match ciphertext and associated data", error.detail()};
      }
      return error;
    case CKR_OPERATION_NOT_INITIALIZED:  // another session took the key out of use in between
    case CKR_KEY_FUNCTION_NOT_PERMITTED:
      if (const auto reason = ExplainRefusal(verb, key)) {
        return {reason->code(), reason->message(), error.detail()};
      }
      return error;
    case CKR_ENCRYPTED_DATA_INVALID:
      // The standard's ciphers verify nothing: there the padding was wrong.
      if (mechanisms::TypeOf(mechanism) == MechanismType::kAesCbcPad) {
        return {ErrorCode::kMalformed, error.message(), error.detail()};
      }
      return error;
    case CKR_ARGUMENTS_BAD:
    case CKR_MECHANISM_PARAM_INVALID:
      // SoftHSM2 lists OAEP and has it with SHA-1 alone.
      if (mechanisms::TypeOf(mechanism) == MechanismType::kRsaOaep) {
        return UnsupportedMechanism(MechanismType::kRsaOaep, rv);
      }
      if (const auto* gcm = std::get_if<mechanisms::AesGcm>(&mechanism);
          gcm != nullptr && gcm->iv.size() != kUsualGcmIv && rv == CKR_MECHANISM_PARAM_INVALID) {
        return UnsupportedGcmIv(rv);
      }
      break;
    default: break;
  }
  // Modules answer a mechanism they do not have in many ways.
  if (alive_ && error.code() != ErrorCode::kPermissionDenied &&
      !Supports(mechanisms::TypeOf(mechanism), verb)) {
    return UnsupportedMechanism(mechanisms::TypeOf(mechanism), rv);
  }
  return error;
}

Error Pkcs11Session::JudgeTemplate(CK_RV rv, const KeyTemplate& key) {
  return TemplateError(rv, key, Judge(rv));
}

Error Pkcs11Session::TemplateError(CK_RV rv, const KeyTemplate& key, const Error& judged) {
  if (rv == CKR_ATTRIBUTE_TYPE_INVALID && key.rules.header.has_value()) return NoHeaders(rv);
  return judged;
}

Result<KeyHandle> Pkcs11Session::Adopt(CK_OBJECT_HANDLE object, const KeyTemplate& key) {
  auto handle = key.name.has_value() ? HandleOf(object) : handles_.Add(object);
  // A key that cannot be named would stay until the session ends.
  if (!handle.ok()) static_cast<void>(c().C_DestroyObject(handle_, object));
  return handle;
}

Result<KeyHandle> Pkcs11Session::HandleOf(CK_OBJECT_HANDLE object) {
  const auto known = named_.find(object);
  if (known != named_.end() && handles_.Find(known->second).ok()) return known->second;
  FLORIN_TRY(const KeyHandle key, handles_.Add(object));
  named_.insert_or_assign(object, key);
  return key;
}

void Pkcs11Session::Forget(KeyHandle key) {
  const auto object = handles_.Find(key);
  if (!object.ok()) return;
  named_.erase(*object);
  handles_.Remove(key);
}

Status Pkcs11Session::Random(MutableBytes out) {
  FLORIN_CHECK_OK(CheckAlive());
  if (out.empty()) return OkStatus();
  const CK_RV rv = c().C_GenerateRandom(handle_, out.data(), out.size());
  if (rv == CKR_OK) return OkStatus();
  return Judge(rv);
}

}  // namespace florin::pkcs11
