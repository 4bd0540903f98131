// The message functions of 3.0, for AES-GCM and the EMV mechanisms: the key is looked up,
// judged and scheduled once, then each message brings its own parameter.
#include <algorithm>
#include <array>
#include <cstring>

#include "crypto/cryptoki/mechanism_names.h"
#include "hsm_sim/api/mechanism_list.h"
#include "hsm_sim/api/operations.h"

namespace florin::hsm_sim {
namespace {

using mechanisms::Verb;

// A stand-in where Init comes without the parameter that every message brings anyway.
struct Placeholder {
  std::array<std::uint8_t, 12> iv{};
  Pan pan;
};

Result<mechanisms::Mechanism> MakePlaceholder(CK_MECHANISM_TYPE number, Placeholder& storage) {
  if (number == CKM_AES_GCM) {
    mechanisms::AesGcm gcm;
    gcm.iv = storage.iv;
    return mechanisms::Mechanism(gcm);
  }
  FLORIN_TRY(storage.pan, Pan::Parse("0000000000000000"));
  if (number == CKM_FLORIN_EMV_AUTHORIZATION) {
    mechanisms::EmvAuthorization authorization;
    authorization.card.pan = &storage.pan;
    return mechanisms::Mechanism(authorization);
  }
  mechanisms::EmvCardAndAtc card;
  card.pan = &storage.pan;
  if (number == CKM_FLORIN_EMV_CRYPTOGRAM) {
    mechanisms::EmvCryptogram cryptogram;
    cryptogram.card = card;
    return mechanisms::Mechanism(cryptogram);
  }
  mechanisms::EmvArpc arpc;
  arpc.card = card;
  if (number == CKM_FLORIN_EMV_ARPC) return mechanisms::Mechanism(arpc);
  mechanisms::EmvVerifiedArpc verified;
  verified.arpc = arpc;
  return mechanisms::Mechanism(verified);
}

Status PrepareMessages(Session& session, Verb verb, CK_MECHANISM_TYPE number,
                       CK_OBJECT_HANDLE key) {
  Placeholder storage;
  FLORIN_TRY(auto placeholder, MakePlaceholder(number, storage));
  VerbState& state = session.StateOf(verb);
  // Read before the key is found: a change from here on is met by the next message.
  const std::uint64_t objects_epoch = session.token->objects().epoch();
  FLORIN_CHECK_OK(PrepareOperation(session, verb, number, placeholder, key, Phase::kMessage));
  state.key = key;
  state.object = session.Find(key);
  state.objects_epoch = objects_epoch;
  return OkStatus();
}

Status MessageInit(Session& session, Verb verb, const CK_MECHANISM* mechanism,
                   CK_OBJECT_HANDLE key) {
  VerbState& state = session.StateOf(verb);
  if (!IsIdle(session, state)) {
    if (mechanism != nullptr) return Fail(CKR_OPERATION_ACTIVE);
    state.End();
    return OkStatus();
  }
  if (mechanism == nullptr) return Fail(CKR_ARGUMENTS_BAD);
  const CK_MECHANISM_TYPE number = mechanism->mechanism;
  if (!HasMessages(number, *session.quirks)) return Fail(CKR_MECHANISM_INVALID);
  return PrepareMessages(session, verb, number, key);
}

// Judges the key anew where it was changed, and ends the operation where it was destroyed, here or
// in another process. Costs two loads where no object changed.
Status RenewKey(Session& session, Verb verb) {
  VerbState& state = session.StateOf(verb);
  const std::uint64_t objects_epoch = session.token->objects().epoch();
  if (objects_epoch == state.objects_epoch) return OkStatus();
  if (session.Find(state.key) == state.object) {
    state.objects_epoch = objects_epoch;
    return OkStatus();
  }
  state.End();
  return PrepareMessages(session, verb, state.mechanism, state.key);
}

Result<VerbState*> ActiveMessages(Session& session, Verb verb) {
  VerbState& state = session.StateOf(verb);
  if (state.phase == Phase::kMessage) FLORIN_CHECK_OK(session.token->Sync());
  if (IsIdle(session, state) || state.phase != Phase::kMessage) {
    return Fail(CKR_OPERATION_NOT_INITIALIZED);
  }
  FLORIN_CHECK_OK(RenewKey(session, verb));
  return &state;
}

Status MessageFinal(Session& session, Verb verb) {
  FLORIN_TRY(VerbState* const state, ActiveMessages(session, verb));
  state->End();
  return OkStatus();
}

// --- AES-GCM ---

// Reads the parameter of one message. CKR_MECHANISM_PARAM_INVALID.
Result<CK_GCM_MESSAGE_PARAMS> ReadGcmMessage(const Session& session, const void* parameter,
                                             CK_ULONG length) {
  if (parameter == nullptr) return Fail(CKR_ARGUMENTS_BAD);
  CK_GCM_MESSAGE_PARAMS message;
  if (length != sizeof(message)) return Fail(CKR_MECHANISM_PARAM_INVALID);
  std::memcpy(&message, parameter, sizeof(message));
  const bool fits = message.pIv != nullptr && message.ulIvLen >= 1 && message.ulIvLen <= 256 &&
                    message.pTag != nullptr && message.ulTagBits % 8 == 0 &&
                    message.ulTagBits >= 96 && message.ulTagBits <= 128;
  if (!fits) return Fail(CKR_MECHANISM_PARAM_INVALID);
  FLORIN_CHECK_OK(session.quirks->CheckGcmIv(message.ulIvLen));
  return message;
}

// Draws the free bits of the IV. SP 800-38D 8.2.2 wants at least 96 of them; a caller that fixes
// more keeps its own count.
Status DrawIv(Module& module, const CK_GCM_MESSAGE_PARAMS& message) {
  if (message.ivGenerator == CKG_NO_GENERATE) return OkStatus();
  const bool random =
      message.ivGenerator == CKG_GENERATE || message.ivGenerator == CKG_GENERATE_RANDOM;
  const bool fits = message.ulIvFixedBits % 8 == 0 && message.ulIvFixedBits / 8 < message.ulIvLen &&
                    message.ulIvLen - message.ulIvFixedBits / 8 >= 12;
  // A counter would have to be one for all sessions and processes that share the key.
  if (!random || !fits) return Fail(CKR_MECHANISM_PARAM_INVALID);
  const CK_ULONG fixed = message.ulIvFixedBits / 8;
  return module.random().Fill({message.pIv + fixed, message.ulIvLen - fixed});
}

mechanisms::AesGcm GcmOf(const CK_GCM_MESSAGE_PARAMS& message, ByteView aad) {
  mechanisms::AesGcm gcm;
  gcm.iv = ByteView{message.pIv, message.ulIvLen};
  gcm.aad = aad;
  gcm.tag_length = message.ulTagBits / 8;
  return gcm;
}

// Text and tag lie apart in the message functions and together below: this joins them.
class Joined {
 public:
  Result<MutableBytes> Reserve(std::size_t size) {
    if (size <= inline_.size()) return MutableBytes(inline_.Write(SecretAccess{})).first(size);
    FLORIN_TRY(large_, SecretBytes::Create(size));
    return large_.Write(SecretAccess{});
  }

 private:
  SecretArray<1024> inline_;
  SecretBytes large_;
};

struct Message {
  const void* parameter;
  CK_ULONG parameter_length;
  ByteView aad;
  ByteView text;
};

// What a text of this length needs; false: the length was all that was asked.
Result<bool> HasTextRoom(const Output& output, std::size_t needed) {
  if (output.length == nullptr) return Fail(CKR_ARGUMENTS_BAD);
  const CK_ULONG room = *output.length;
  *output.length = needed;
  if (output.bytes == nullptr && needed != 0) return false;
  if (room < needed) return Fail(CKR_BUFFER_TOO_SMALL);
  return true;
}

Status EncryptMessage(Module& module, Session& session, const Message& message, Output output) {
  FLORIN_TRY(VerbState* const state, ActiveMessages(session, Verb::kEncrypt));
  FLORIN_TRY(const CK_GCM_MESSAGE_PARAMS gcm,
             ReadGcmMessage(session, message.parameter, message.parameter_length));
  FLORIN_TRY(const bool go_on, HasTextRoom(output, message.text.size()));
  if (!go_on) return OkStatus();
  FLORIN_CHECK_OK(DrawIv(module, gcm));
  const std::size_t tag_length = gcm.ulTagBits / 8;
  Joined joined;
  FLORIN_TRY(const MutableBytes both, joined.Reserve(message.text.size() + tag_length));
  const auto written = state->operation.RunWith(GcmOf(gcm, message.aad), message.text, both);
  if (!written.ok()) return RunError(written.error(), Verb::kEncrypt);
  std::copy_n(both.begin(), message.text.size(), output.bytes);
  std::copy_n(both.begin() + static_cast<std::ptrdiff_t>(message.text.size()), tag_length,
              gcm.pTag);
  return OkStatus();
}

Status DecryptMessage(Session& session, const Message& message, Output output) {
  FLORIN_TRY(VerbState* const state, ActiveMessages(session, Verb::kDecrypt));
  FLORIN_TRY(const CK_GCM_MESSAGE_PARAMS gcm,
             ReadGcmMessage(session, message.parameter, message.parameter_length));
  FLORIN_TRY(const bool go_on, HasTextRoom(output, message.text.size()));
  if (!go_on) return OkStatus();
  const std::size_t tag_length = gcm.ulTagBits / 8;
  Joined joined;
  FLORIN_TRY(const MutableBytes both, joined.Reserve(message.text.size() + tag_length));
  const auto tag = std::copy(message.text.begin(), message.text.end(), both.begin());
  std::copy_n(gcm.pTag, tag_length, tag);
  const auto written =
      state->operation.RunWith(GcmOf(gcm, message.aad), both, {output.bytes, message.text.size()});
  if (written.ok()) return OkStatus();
  if (written.code() == ErrorCode::kVerificationFailed) return Fail(CKR_AEAD_DECRYPT_FAILED);
  return RunError(written.error(), Verb::kDecrypt);
}

// --- payment mechanisms ---

Status DecodeMessage(const VerbState& state, const void* parameter, CK_ULONG length,
                     cryptoki::DecodedMechanism& decoded) {
  const CK_MECHANISM mechanism{state.mechanism, const_cast<void*>(parameter), length};
  return decoded.Decode(&mechanism);
}

Status SignMessage(Session& session, const Message& message, Output output) {
  FLORIN_TRY(VerbState* const state, ActiveMessages(session, Verb::kSign));
  cryptoki::DecodedMechanism decoded;
  FLORIN_CHECK_OK(DecodeMessage(*state, message.parameter, message.parameter_length, decoded));
  if (output.length == nullptr) return Fail(CKR_ARGUMENTS_BAD);
  std::array<std::uint8_t, 16> result{};
  const auto written = state->operation.RunWith(decoded.get(), message.text, result);
  if (!written.ok()) return RunError(written.error(), Verb::kSign);
  FLORIN_TRY(const bool go_on, HasTextRoom(output, *written));
  if (go_on) std::copy_n(result.begin(), *written, output.bytes);
  return OkStatus();
}

Status VerifyMessage(Session& session, const Message& message, ByteView signature) {
  FLORIN_TRY(VerbState* const state, ActiveMessages(session, Verb::kVerify));
  cryptoki::DecodedMechanism decoded;
  FLORIN_CHECK_OK(DecodeMessage(*state, message.parameter, message.parameter_length, decoded));
  const Status verdict = state->operation.VerifyWith(decoded.get(), message.text, signature);
  return verdict.ok() ? verdict : Status(RunError(verdict.error(), Verb::kVerify));
}

Result<Message> ReadMessage(const void* parameter, CK_ULONG parameter_length, const void* aad,
                            CK_ULONG aad_length, const void* text, CK_ULONG text_length) {
  Message message{parameter, parameter_length, {}, {}};
  FLORIN_TRY(message.aad, Input(aad, aad_length));
  FLORIN_TRY(message.text, Input(text, text_length));
  return message;
}

CK_RV InitShell(CK_SESSION_HANDLE session, Verb verb, const CK_MECHANISM* mechanism,
                CK_OBJECT_HANDLE key) {
  return SessionShell(
      session, [=](Module&, Session& locked) { return MessageInit(locked, verb, mechanism, key); });
}

CK_RV FinalShell(CK_SESSION_HANDLE session, Verb verb) {
  return SessionShell(session,
                      [=](Module&, Session& locked) { return MessageFinal(locked, verb); });
}

}  // namespace
}  // namespace florin::hsm_sim

namespace sim = florin::hsm_sim;
using florin::Status;
using florin::mechanisms::Verb;

extern "C" {

CK_RV C_MessageEncryptInit(CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism,
                           CK_OBJECT_HANDLE hKey) {
  return sim::InitShell(hSession, Verb::kEncrypt, pMechanism, hKey);
}

CK_RV C_EncryptMessage(CK_SESSION_HANDLE hSession, CK_VOID_PTR pParameter, CK_ULONG ulParameterLen,
                       CK_BYTE_PTR pAssociatedData, CK_ULONG ulAssociatedDataLen,
                       CK_BYTE_PTR pPlaintext, CK_ULONG ulPlaintextLen, CK_BYTE_PTR pCiphertext,
                       CK_ULONG_PTR pulCiphertextLen) {
  return sim::SessionShell(hSession, [=](sim::Module& module, sim::Session& session) -> Status {
    FLORIN_TRY(const auto message,
               sim::ReadMessage(pParameter, ulParameterLen, pAssociatedData, ulAssociatedDataLen,
                                pPlaintext, ulPlaintextLen));
    return sim::EncryptMessage(module, session, message, {pCiphertext, pulCiphertextLen});
  });
}

CK_RV C_MessageEncryptFinal(CK_SESSION_HANDLE hSession) {
  return sim::FinalShell(hSession, Verb::kEncrypt);
}

CK_RV C_MessageDecryptInit(CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism,
                           CK_OBJECT_HANDLE hKey) {
  return sim::InitShell(hSession, Verb::kDecrypt, pMechanism, hKey);
}

CK_RV C_DecryptMessage(CK_SESSION_HANDLE hSession, CK_VOID_PTR pParameter, CK_ULONG ulParameterLen,
                       CK_BYTE_PTR pAssociatedData, CK_ULONG ulAssociatedDataLen,
                       CK_BYTE_PTR pCiphertext, CK_ULONG ulCiphertextLen, CK_BYTE_PTR pPlaintext,
                       CK_ULONG_PTR pulPlaintextLen) {
  return sim::SessionShell(hSession, [=](sim::Module&, sim::Session& session) -> Status {
    FLORIN_TRY(const auto message,
               sim::ReadMessage(pParameter, ulParameterLen, pAssociatedData, ulAssociatedDataLen,
                                pCiphertext, ulCiphertextLen));
    return sim::DecryptMessage(session, message, {pPlaintext, pulPlaintextLen});
  });
}

CK_RV C_MessageDecryptFinal(CK_SESSION_HANDLE hSession) {
  return sim::FinalShell(hSession, Verb::kDecrypt);
}

CK_RV C_MessageSignInit(CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism,
                        CK_OBJECT_HANDLE hKey) {
  return sim::InitShell(hSession, Verb::kSign, pMechanism, hKey);
}

CK_RV C_SignMessage(CK_SESSION_HANDLE hSession, CK_VOID_PTR pParameter, CK_ULONG ulParameterLen,
                    CK_BYTE_PTR pData, CK_ULONG ulDataLen, CK_BYTE_PTR pSignature,
                    CK_ULONG_PTR pulSignatureLen) {
  return sim::SessionShell(hSession, [=](sim::Module&, sim::Session& session) -> Status {
    FLORIN_TRY(const auto message,
               sim::ReadMessage(pParameter, ulParameterLen, nullptr, 0, pData, ulDataLen));
    return sim::SignMessage(session, message, {pSignature, pulSignatureLen});
  });
}

CK_RV C_MessageSignFinal(CK_SESSION_HANDLE hSession) {
  return sim::FinalShell(hSession, Verb::kSign);
}

CK_RV C_MessageVerifyInit(CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism,
                          CK_OBJECT_HANDLE hKey) {
  return sim::InitShell(hSession, Verb::kVerify, pMechanism, hKey);
}

CK_RV C_VerifyMessage(CK_SESSION_HANDLE hSession, CK_VOID_PTR pParameter, CK_ULONG ulParameterLen,
                      CK_BYTE_PTR pData, CK_ULONG ulDataLen, CK_BYTE_PTR pSignature,
                      CK_ULONG ulSignatureLen) {
  return sim::SessionShell(hSession, [=](sim::Module&, sim::Session& session) -> Status {
    FLORIN_TRY(const auto message,
               sim::ReadMessage(pParameter, ulParameterLen, nullptr, 0, pData, ulDataLen));
    FLORIN_TRY(const auto signature, sim::Input(pSignature, ulSignatureLen));
    return sim::VerifyMessage(session, message, signature);
  });
}

CK_RV C_MessageVerifyFinal(CK_SESSION_HANDLE hSession) {
  return sim::FinalShell(hSession, Verb::kVerify);
}

}  // extern "C"
