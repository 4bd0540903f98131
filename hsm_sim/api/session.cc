// Chapter "Session management functions".
#include "hsm_sim/api/shell.h"

namespace florin::hsm_sim {
namespace {

Status OpenSession(Module& module, CK_SLOT_ID slot, CK_FLAGS flags, CK_SESSION_HANDLE* handle) {
  if (handle == nullptr) return Fail(CKR_ARGUMENTS_BAD);
  FLORIN_TRY(auto token, module.TokenIn(slot));
  if ((flags & CKF_SERIAL_SESSION) == 0) return Fail(CKR_SESSION_PARALLEL_NOT_SUPPORTED);
  if ((flags & ~(CKF_SERIAL_SESSION | CKF_RW_SESSION)) != 0) return Fail(CKR_ARGUMENTS_BAD);
  if (token == nullptr) return Fail(CKR_TOKEN_NOT_RECOGNIZED);
  const bool read_write = (flags & CKF_RW_SESSION) != 0;
  FLORIN_TRY(*handle, module.sessions().Open(slot, std::move(token), module.quirks(), read_write));
  return OkStatus();
}

Status CloseAllSessions(Module& module, CK_SLOT_ID slot) {
  FLORIN_TRY(const auto token, module.TokenIn(slot));
  if (token != nullptr) module.sessions().CloseAll(token.get());
  return OkStatus();
}

CK_STATE StateOf(const Session& session) {
  switch (session.token->login()) {
    case LoginState::kSo: return CKS_RW_SO_FUNCTIONS;
    case LoginState::kUser:
      return session.read_write ? CKS_RW_USER_FUNCTIONS : CKS_RO_USER_FUNCTIONS;
    case LoginState::kNone: break;
  }
  return session.read_write ? CKS_RW_PUBLIC_SESSION : CKS_RO_PUBLIC_SESSION;
}

Status GetSessionInfo(const Session& session, CK_SESSION_INFO* info) {
  if (info == nullptr) return Fail(CKR_ARGUMENTS_BAD);
  const CK_FLAGS read_write = session.read_write ? CKF_RW_SESSION : 0;
  *info = {session.slot, StateOf(session), CKF_SERIAL_SESSION | read_write, 0};
  return OkStatus();
}

// The session's token, without the session's lock: login may take long, logout visits all sessions.
Result<std::shared_ptr<Token>> TokenOf(Module& module, CK_SESSION_HANDLE handle) {
  FLORIN_TRY(const LockedSession session, module.sessions().Lock(handle));
  return session->token;
}

Status Login(Module& module, CK_SESSION_HANDLE handle, CK_USER_TYPE user, const CK_UTF8CHAR* pin,
             CK_ULONG length) {
  FLORIN_TRY(const auto token, TokenOf(module, handle));
  if (pin == nullptr) return Fail(CKR_ARGUMENTS_BAD);
  // No key asks for its PIN again, so there is nothing to answer.
  if (user == CKU_CONTEXT_SPECIFIC) return Fail(CKR_OPERATION_NOT_INITIALIZED);
  if (user != CKU_SO && user != CKU_USER) return Fail(CKR_USER_TYPE_INVALID);
  if (length > kMaxPinLength) length = 0;  // wrong, and counted as such
  return token->Login(user == CKU_SO ? Role::kSo : Role::kUser, {pin, length});
}

Status Logout(Module& module, CK_SESSION_HANDLE handle) {
  FLORIN_TRY(const auto token, TokenOf(module, handle));
  FLORIN_CHECK_OK(token->Logout());
  module.sessions().CancelAfterLogout(*token);
  return OkStatus();
}

Status CancelVerb(CK_FLAGS wanted, CK_FLAGS single, CK_FLAGS message, VerbState& state) {
  const bool is_message = state.phase == Phase::kMessage;
  if ((wanted & (is_message ? message : single)) != 0) state.End();
  return OkStatus();
}

Status SessionCancel(Session& session, CK_FLAGS flags) {
  FLORIN_CHECK_OK(CancelVerb(flags, CKF_SIGN, CKF_MESSAGE_SIGN, session.sign));
  FLORIN_CHECK_OK(CancelVerb(flags, CKF_VERIFY, CKF_MESSAGE_VERIFY, session.verify));
  FLORIN_CHECK_OK(CancelVerb(flags, CKF_ENCRYPT, CKF_MESSAGE_ENCRYPT, session.encrypt));
  FLORIN_CHECK_OK(CancelVerb(flags, CKF_DECRYPT, CKF_MESSAGE_DECRYPT, session.decrypt));
  if ((flags & CKF_DIGEST) != 0) session.digest.End();
  if ((flags & CKF_FIND_OBJECTS) != 0) session.find = FindState();
  return OkStatus();
}

}  // namespace
}  // namespace florin::hsm_sim

namespace sim = florin::hsm_sim;

extern "C" {

CK_RV C_OpenSession(CK_SLOT_ID slotID, CK_FLAGS flags, CK_VOID_PTR, CK_NOTIFY,
                    CK_SESSION_HANDLE_PTR phSession) {
  return sim::ModuleShell(
      [=](sim::Module& module) { return sim::OpenSession(module, slotID, flags, phSession); });
}

CK_RV C_CloseSession(CK_SESSION_HANDLE hSession) {
  return sim::ModuleShell([=](sim::Module& module) { return module.sessions().Close(hSession); });
}

CK_RV C_CloseAllSessions(CK_SLOT_ID slotID) {
  return sim::ModuleShell(
      [=](sim::Module& module) { return sim::CloseAllSessions(module, slotID); });
}

CK_RV C_GetSessionInfo(CK_SESSION_HANDLE hSession, CK_SESSION_INFO_PTR pInfo) {
  return sim::SessionShell(hSession, [=](sim::Module&, sim::Session& session) {
    return sim::GetSessionInfo(session, pInfo);
  });
}

CK_RV C_GetOperationState(CK_SESSION_HANDLE, CK_BYTE_PTR, CK_ULONG_PTR) {
  return sim::NotSupported();
}

CK_RV C_SetOperationState(CK_SESSION_HANDLE, CK_BYTE_PTR, CK_ULONG, CK_OBJECT_HANDLE,
                          CK_OBJECT_HANDLE) {
  return sim::NotSupported();
}

CK_RV C_Login(CK_SESSION_HANDLE hSession, CK_USER_TYPE userType, CK_UTF8CHAR_PTR pPin,
              CK_ULONG ulPinLen) {
  return sim::ModuleShell(
      [=](sim::Module& module) { return sim::Login(module, hSession, userType, pPin, ulPinLen); });
}

CK_RV C_LoginUser(CK_SESSION_HANDLE hSession, CK_USER_TYPE userType, CK_UTF8CHAR_PTR pPin,
                  CK_ULONG ulPinLen, CK_UTF8CHAR_PTR, CK_ULONG ulUsernameLen) {
  return sim::ModuleShell([=](sim::Module& module) -> florin::Status {
    // The token has one user of each type and no names.
    if (ulUsernameLen != 0) return sim::Fail(CKR_USER_TYPE_INVALID);
    return sim::Login(module, hSession, userType, pPin, ulPinLen);
  });
}

CK_RV C_Logout(CK_SESSION_HANDLE hSession) {
  return sim::ModuleShell([=](sim::Module& module) { return sim::Logout(module, hSession); });
}

CK_RV C_SessionCancel(CK_SESSION_HANDLE hSession, CK_FLAGS flags) {
  return sim::SessionShell(hSession, [=](sim::Module&, sim::Session& session) {
    return sim::SessionCancel(session, flags);
  });
}

}  // extern "C"
