// Pkcs11Session: the verbs, as one Init and one call each.
#include <algorithm>
#include <cstring>

#include "crypto/base/curve_table.h"
#include "crypto/cryptoki/rv.h"
#include "crypto/pkcs11/session.h"
#include "crypto/pkcs11/session_batch.h"
#include "crypto/pkcs11/signature_length.h"
#include "crypto/pkcs11/unsupported.h"

namespace florin::pkcs11 {
namespace {

using cryptoki::EncodedMechanism;
using cryptoki::EncodedTemplate;
using cryptoki::TemplateUse;
using hsm::KeyHandle;
using hsm::KeyTemplate;
using mechanisms::EcdhDerive;
using mechanisms::EcdhKdf;
using mechanisms::Mechanism;
using mechanisms::Verb;

// A null pointer would turn a call into a length query, and some modules refuse null input.
CK_BYTE nowhere = 0;

CK_BYTE_PTR In(ByteView bytes) {
  return bytes.empty() ? &nowhere : const_cast<CK_BYTE_PTR>(bytes.data());
}
CK_BYTE_PTR Out(MutableBytes bytes) { return bytes.empty() ? &nowhere : bytes.data(); }

CK_RV Init(const CK_FUNCTION_LIST& c, CK_SESSION_HANDLE session, Verb verb, CK_MECHANISM* mechanism,
           CK_OBJECT_HANDLE key) {
  switch (verb) {
    case Verb::kSign: return c.C_SignInit(session, mechanism, key);
    case Verb::kVerify: return c.C_VerifyInit(session, mechanism, key);
    case Verb::kEncrypt: return c.C_EncryptInit(session, mechanism, key);
    case Verb::kDecrypt: return c.C_DecryptInit(session, mechanism, key);
    default: return CKR_FUNCTION_NOT_SUPPORTED;
  }
}

Error TooSmall() { return cryptoki::ErrorFromRv(CKR_BUFFER_TOO_SMALL); }

}  // namespace

CK_RV Pkcs11Session::CallVerb(Verb verb, ByteView input, CK_BYTE_PTR out, CK_ULONG& length) const {
  switch (verb) {
    case Verb::kSign: return c().C_Sign(handle_, In(input), input.size(), out, &length);
    case Verb::kEncrypt: return c().C_Encrypt(handle_, In(input), input.size(), out, &length);
    case Verb::kDecrypt: return c().C_Decrypt(handle_, In(input), input.size(), out, &length);
    default: return CKR_FUNCTION_NOT_SUPPORTED;
  }
}

CK_RV Pkcs11Session::Transform(Verb verb, Call& call, ByteView input, MutableBytes out,
                               std::size_t& written) {
  CK_RV rv = Init(c(), handle_, verb, call.mechanism.get(), call.object);
  if (rv != CKR_OK) return rv;
  CK_ULONG length = out.size();
  rv = CallVerb(verb, input, Out(out), length);
  if (rv == CKR_BUFFER_TOO_SMALL) return TransformAside(verb, input, length, out, written);
  if (rv == CKR_OK && length > out.size()) return CKR_GENERAL_ERROR;
  written = length;
  return rv;
}

// After CKR_BUFFER_TOO_SMALL the operation is still active and would block the next one. It is
// ended by giving it the room it asks for. Some modules ask for more than they then write, so the
// result may fit `out` after all.
CK_RV Pkcs11Session::TransformAside(Verb verb, ByteView input, std::size_t needed, MutableBytes out,
                                    std::size_t& written) {
  auto room = SecretBytes::Create(std::max<std::size_t>(needed, 1));
  if (!room.ok()) {
    End();
    return CKR_HOST_MEMORY;
  }
  const MutableBytes aside = room->Write(SecretAccess{});
  CK_ULONG length = aside.size();
  const CK_RV rv = CallVerb(verb, input, aside.data(), length);
  // Some modules end the operation all the same.
  if (rv == CKR_OPERATION_NOT_INITIALIZED) return CKR_BUFFER_TOO_SMALL;
  if (rv != CKR_OK) return rv;
  if (length > aside.size()) return CKR_GENERAL_ERROR;
  if (length > out.size()) return CKR_BUFFER_TOO_SMALL;
  if (length != 0) std::memcpy(out.data(), aside.data(), length);
  written = length;
  return CKR_OK;
}

Result<std::size_t> Pkcs11Session::RunOne(Verb verb, const Mechanism& mechanism, KeyHandle key,
                                          ByteView input, MutableBytes out) {
  Call call;
  FLORIN_CHECK_OK(Prepare(mechanism, key, call));
  if (verb == Verb::kSign && out.size() < SignatureLength(mechanism)) return TooSmall();
  std::size_t written = 0;
  const CK_RV rv = Transform(verb, call, input, out, written);
  if (rv == CKR_OK) return written;
  return JudgeOperation(rv, verb, mechanism, key);
}

Result<std::size_t> Pkcs11Session::Sign(const Mechanism& mechanism, KeyHandle key, ByteView data,
                                        MutableBytes out) {
  return RunOne(Verb::kSign, mechanism, key, data, out);
}

Result<std::size_t> Pkcs11Session::Encrypt(const Mechanism& mechanism, KeyHandle key,
                                           ByteView plaintext, MutableBytes out) {
  return RunOne(Verb::kEncrypt, mechanism, key, plaintext, out);
}

Result<std::size_t> Pkcs11Session::Decrypt(const Mechanism& mechanism, KeyHandle key,
                                           ByteView ciphertext, MutableBytes out) {
  auto written = RunOne(Verb::kDecrypt, mechanism, key, ciphertext, out);
  // A module may have written what it then rejected.
  if (!written.ok()) Wipe(out);
  return written;
}

Status Pkcs11Session::Verify(const Mechanism& mechanism, KeyHandle key, ByteView data,
                             ByteView signature) {
  Call call;
  FLORIN_CHECK_OK(Prepare(mechanism, key, call));
  if (!MayBeSignature(mechanism, signature)) {
    return cryptoki::ErrorFromRv(CKR_SIGNATURE_INVALID);
  }
  CK_RV rv = Init(c(), handle_, Verb::kVerify, call.mechanism.get(), call.object);
  if (rv == CKR_OK) {
    rv = c().C_Verify(handle_, In(data), data.size(), In(signature), signature.size());
    if (rv != CKR_OK && token_->verifies_with_any_error() && !cryptoki::IsSessionLost(rv)) {
      rv = CKR_SIGNATURE_INVALID;
    }
  }
  if (rv == CKR_OK) return OkStatus();
  // One answer for every wrong signature.
  if (rv == CKR_SIGNATURE_LEN_RANGE) rv = CKR_SIGNATURE_INVALID;
  return JudgeOperation(rv, Verb::kVerify, mechanism, key);
}

Result<KeyHandle> Pkcs11Session::Derive(const Mechanism& mechanism, KeyHandle base,
                                        const KeyTemplate& derived) {
  const auto* ecdh = std::get_if<EcdhDerive>(&mechanism);
  if (ecdh != nullptr && token_->kdf(ecdh->kdf) == KdfAnswer::kRefused) {
    FLORIN_CHECK_OK(CheckAlive());
    return UnsupportedKdf(ecdh->kdf, CKR_MECHANISM_PARAM_INVALID);
  }
  const PointForm form = token_->point_form();
  CK_OBJECT_HANDLE object = CK_INVALID_HANDLE;
  CK_RV rv = CKR_OK;
  FLORIN_CHECK_OK(DeriveOnce(mechanism, base, derived, object, rv));
  if (rv != CKR_OK) {
    const Error error = JudgeOperation(rv, Verb::kDerive, mechanism, base);
    const bool ask = ecdh != nullptr && alive_ && error.code() != ErrorCode::kPermissionDenied;
    if (ask && AskForKdf(ecdh->kdf) == KdfAnswer::kRefused) return UnsupportedKdf(ecdh->kdf, rv);
    if (!ask || token_->point_form() == form) return TemplateError(rv, derived, error);
    FLORIN_CHECK_OK(DeriveOnce(mechanism, base, derived, object, rv));
    if (rv != CKR_OK) {
      return TemplateError(rv, derived, JudgeOperation(rv, Verb::kDerive, mechanism, base));
    }
  }
  // A key of X25519 has one form everywhere: it says nothing of the form that points have.
  const bool is_point =
      ecdh != nullptr && ecdh->peer_point.size() != InfoOf(Curve::kX25519).public_size;
  if (is_point) token_->LearnKdf(ecdh->kdf, KdfAnswer::kOffered);
  return Adopt(object, derived);
}

// NSS wraps keys that are not extractable, so their attribute is asked for first.
Status Pkcs11Session::CheckExtractable(CK_OBJECT_HANDLE object) {
  CK_BBOOL extractable = CK_FALSE;
  CK_ATTRIBUTE attribute = {CKA_EXTRACTABLE, &extractable, sizeof(extractable)};
  const CK_RV rv = c().C_GetAttributeValue(handle_, object, &attribute, 1);
  if (rv != CKR_OK) return Judge(rv);
  return cryptoki::StatusFromRv(extractable == CK_TRUE ? CKR_OK : CKR_KEY_UNEXTRACTABLE);
}

Result<std::size_t> Pkcs11Session::Wrap(const Mechanism& mechanism, KeyHandle wrapping,
                                        KeyHandle target, MutableBytes out) {
  Call call;
  FLORIN_CHECK_OK(Prepare(mechanism, wrapping, call));
  FLORIN_TRY(const CK_OBJECT_HANDLE object, handles_.Find(target));
  FLORIN_CHECK_OK(CheckExtractable(object));
  CK_ULONG length = out.size();
  const CK_RV rv =
      c().C_WrapKey(handle_, call.mechanism.get(), call.object, object, Out(out), &length);
  if (rv == CKR_OK && length > out.size()) return TooSmall();
  if (rv == CKR_OK) return static_cast<std::size_t>(length);
  if (rv == CKR_KEY_NOT_WRAPPABLE) {
    if (const auto reason = ExplainRefusal(Verb::kWrap, target)) return *reason;
  }
  return JudgeOperation(rv, Verb::kWrap, mechanism, wrapping);
}

// Most modules take a wrapped key of any length for the one that was asked for.
Status Pkcs11Session::CheckUnwrappedLength(CK_OBJECT_HANDLE object,
                                           const mechanisms::KeyRules& rules) {
  if (rules.length == 0 || mechanisms::IsPrivateKey(rules.type)) return OkStatus();
  CK_ULONG length = 0;
  CK_ATTRIBUTE attribute = {CKA_VALUE_LEN, &length, sizeof(length)};
  const CK_RV rv = c().C_GetAttributeValue(handle_, object, &attribute, 1);
  // Keys of DES have no length, and SoftHSM2 tells 0 of keys that it unwrapped.
  if (rv == CKR_ATTRIBUTE_TYPE_INVALID || (rv == CKR_OK && length == 0)) return OkStatus();
  if (rv != CKR_OK) return Judge(rv);
  if (length == rules.length) return OkStatus();
  return Error(ErrorCode::kVerificationFailed,
               "the unwrapped key does not have the length that the template names");
}

Result<KeyHandle> Pkcs11Session::Unwrap(const Mechanism& mechanism, KeyHandle unwrapping,
                                        ByteView wrapped, const KeyTemplate& unwrapped) {
  Call call;
  FLORIN_CHECK_OK(Prepare(mechanism, unwrapping, call));
  EncodedTemplate attributes;
  const bool tells_length = mechanisms::TypeOf(mechanism) != mechanisms::MechanismType::kRsaPkcs1;
  FLORIN_CHECK_OK(Encode(tells_length ? TemplateUse::kUnwrap : TemplateUse::kUnwrapToLength,
                         unwrapped, attributes));
  CK_OBJECT_HANDLE object = CK_INVALID_HANDLE;
  const CK_RV rv = c().C_UnwrapKey(handle_, call.mechanism.get(), call.object, In(wrapped),
                                   wrapped.size(), attributes.data(), attributes.count(), &object);
  if (rv == CKR_ATTRIBUTE_READ_ONLY && !tells_length) return UnsupportedLength(rv);
  if (rv != CKR_OK) {
    return TemplateError(rv, unwrapped, JudgeOperation(rv, Verb::kUnwrap, mechanism, unwrapping));
  }
  FLORIN_TRY(const KeyHandle key, Adopt(object, unwrapped));
  const Status fits = CheckUnwrappedLength(object, unwrapped.rules);
  if (fits.ok()) return key;
  static_cast<void>(Destroy(key));
  return fits.error();
}

}  // namespace florin::pkcs11
