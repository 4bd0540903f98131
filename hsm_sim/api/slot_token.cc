// Chapter "Slot and token management functions".
#include "hsm_sim/api/mechanism_list.h"
#include "hsm_sim/api/shell.h"

namespace florin::hsm_sim {
namespace {

Status GetSlotList(Module& module, bool token_present, CK_SLOT_ID* list, CK_ULONG* count) {
  // An uninitialised token is present too, so both lists are the same. The set of slots changes
  // only when the count is asked for (PKCS#11 3.0 5.5.1).
  (void)token_present;
  if (count == nullptr) return Fail(CKR_ARGUMENTS_BAD);
  FLORIN_TRY(const auto slots, list == nullptr ? module.ListSlots() : module.KnownSlots());
  return WriteList(slots, list, count);
}

Status GetSlotInfo(Module& module, CK_SLOT_ID slot, CK_SLOT_INFO* info) {
  if (info == nullptr) return Fail(CKR_ARGUMENTS_BAD);
  const auto token = module.TokenIn(slot);
  if (!token.ok() && ToReturnValue(token.error()) == CKR_SLOT_ID_INVALID) return token.error();
  *info = CK_SLOT_INFO();
  SetText(info->slotDescription, "Florin HSM simulator (test equipment)");
  SetText(info->manufacturerID, "Florin");
  info->flags = CKF_TOKEN_PRESENT;
  return OkStatus();
}

CK_FLAGS PinFlags(const Credential& credential, CK_FLAGS low, CK_FLAGS final_try, CK_FLAGS locked) {
  if (!credential.set) return 0;
  CK_FLAGS flags = 0;
  if (credential.failures > 0) flags |= low;
  if (credential.failures + 1 == kMaxPinFailures) flags |= final_try;
  if (credential.failures >= kMaxPinFailures) flags |= locked;
  return flags;
}

void SetTokenState(const TokenRecord& record, const Token& token, CK_TOKEN_INFO& info) {
  SetText(info.label, {record.label.data(), record.label.size()});
  SetText(info.serialNumber, {record.serial.data(), record.serial.size()});
  info.flags |= CKF_TOKEN_INITIALIZED;
  if (record.user.set) info.flags |= CKF_USER_PIN_INITIALIZED;
  info.flags |=
      PinFlags(record.user, CKF_USER_PIN_COUNT_LOW, CKF_USER_PIN_FINAL_TRY, CKF_USER_PIN_LOCKED);
  info.flags |= PinFlags(record.so, CKF_SO_PIN_COUNT_LOW, CKF_SO_PIN_FINAL_TRY, CKF_SO_PIN_LOCKED);
  info.ulSessionCount = token.sessions();
  info.ulRwSessionCount = token.read_write_sessions();
}

Status GetTokenInfo(Module& module, CK_SLOT_ID slot, CK_TOKEN_INFO* info) {
  if (info == nullptr) return Fail(CKR_ARGUMENTS_BAD);
  FLORIN_TRY(const auto token, module.TokenIn(slot));
  *info = CK_TOKEN_INFO();
  SetText(info->label, "");
  SetText(info->manufacturerID, "Florin");
  SetText(info->model, "HSM simulator");
  SetText(info->serialNumber, "");
  SetText(info->utcTime, "");
  info->flags = CKF_RNG | CKF_LOGIN_REQUIRED | CKF_RESTORE_KEY_NOT_NEEDED;
  info->ulMaxSessionCount = SessionTable::kMaxSessions;
  info->ulMaxRwSessionCount = SessionTable::kMaxSessions;
  info->ulMinPinLen = kMinPinLength;
  info->ulMaxPinLen = kMaxPinLength;
  info->ulTotalPublicMemory = CK_UNAVAILABLE_INFORMATION;
  info->ulFreePublicMemory = CK_UNAVAILABLE_INFORMATION;
  info->ulTotalPrivateMemory = CK_UNAVAILABLE_INFORMATION;
  info->ulFreePrivateMemory = CK_UNAVAILABLE_INFORMATION;
  if (token == nullptr) return OkStatus();
  FLORIN_TRY(const TokenRecord record, token->Record());
  SetTokenState(record, *token, *info);
  return OkStatus();
}

Status GetMechanismList(Module& module, CK_SLOT_ID slot, CK_MECHANISM_TYPE* list, CK_ULONG* count) {
  FLORIN_TRY([[maybe_unused]] const auto token, module.TokenIn(slot));
  return WriteList(OfferedMechanisms(module.quirks()), list, count);
}

Status GetMechanismInfo(Module& module, CK_SLOT_ID slot, CK_MECHANISM_TYPE type,
                        CK_MECHANISM_INFO* info) {
  if (info == nullptr) return Fail(CKR_ARGUMENTS_BAD);
  FLORIN_TRY([[maybe_unused]] const auto token, module.TokenIn(slot));
  FLORIN_TRY(*info, InfoOf(type, module.quirks()));
  return OkStatus();
}

Status InitToken(Module& module, CK_SLOT_ID slot, const CK_UTF8CHAR* pin, CK_ULONG length,
                 const CK_UTF8CHAR* label) {
  if (pin == nullptr || label == nullptr) return Fail(CKR_ARGUMENTS_BAD);
  FLORIN_TRY([[maybe_unused]] const auto token, module.TokenIn(slot));
  if (length > kMaxPinLength) return Fail(CKR_PIN_LEN_RANGE);
  return module.InitToken(slot, {reinterpret_cast<const char*>(label), 32}, {pin, length});
}

// The token of a session, whose lock is given back: PINs take long.
Result<std::shared_ptr<Token>> TokenForPin(CK_SESSION_HANDLE handle) {
  FLORIN_TRY(Module* const module, Module::Current());
  FLORIN_TRY(const LockedSession session, module->sessions().Lock(handle));
  if (!session->read_write) return Fail(CKR_SESSION_READ_ONLY);
  return session->token;
}

Status InitPin(CK_SESSION_HANDLE handle, const CK_UTF8CHAR* pin, CK_ULONG length) {
  FLORIN_TRY(const auto token, TokenForPin(handle));
  if (pin == nullptr) return Fail(CKR_ARGUMENTS_BAD);
  if (length > kMaxPinLength) return Fail(CKR_PIN_LEN_RANGE);
  return token->InitPin({pin, length});
}

Status SetPin(CK_SESSION_HANDLE handle, const CK_UTF8CHAR* old_pin, CK_ULONG old_length,
              const CK_UTF8CHAR* new_pin, CK_ULONG new_length) {
  FLORIN_TRY(const auto token, TokenForPin(handle));
  if (old_pin == nullptr || new_pin == nullptr) return Fail(CKR_ARGUMENTS_BAD);
  if (new_length > kMaxPinLength) return Fail(CKR_PIN_LEN_RANGE);
  if (old_length > kMaxPinLength) return Fail(CKR_PIN_INCORRECT);
  return token->SetPin({old_pin, old_length}, {new_pin, new_length});
}

}  // namespace
}  // namespace florin::hsm_sim

namespace sim = florin::hsm_sim;

extern "C" {

CK_RV C_GetSlotList(CK_BBOOL tokenPresent, CK_SLOT_ID_PTR pSlotList, CK_ULONG_PTR pulCount) {
  return sim::ModuleShell([=](sim::Module& module) {
    return sim::GetSlotList(module, tokenPresent != CK_FALSE, pSlotList, pulCount);
  });
}

CK_RV C_GetSlotInfo(CK_SLOT_ID slotID, CK_SLOT_INFO_PTR pInfo) {
  return sim::ModuleShell(
      [=](sim::Module& module) { return sim::GetSlotInfo(module, slotID, pInfo); });
}

CK_RV C_GetTokenInfo(CK_SLOT_ID slotID, CK_TOKEN_INFO_PTR pInfo) {
  return sim::ModuleShell(
      [=](sim::Module& module) { return sim::GetTokenInfo(module, slotID, pInfo); });
}

CK_RV C_GetMechanismList(CK_SLOT_ID slotID, CK_MECHANISM_TYPE_PTR pMechanismList,
                         CK_ULONG_PTR pulCount) {
  return sim::ModuleShell([=](sim::Module& module) {
    return sim::GetMechanismList(module, slotID, pMechanismList, pulCount);
  });
}

CK_RV C_GetMechanismInfo(CK_SLOT_ID slotID, CK_MECHANISM_TYPE type, CK_MECHANISM_INFO_PTR pInfo) {
  return sim::ModuleShell(
      [=](sim::Module& module) { return sim::GetMechanismInfo(module, slotID, type, pInfo); });
}

CK_RV C_InitToken(CK_SLOT_ID slotID, CK_UTF8CHAR_PTR pPin, CK_ULONG ulPinLen,
                  CK_UTF8CHAR_PTR pLabel) {
  return sim::ModuleShell(
      [=](sim::Module& module) { return sim::InitToken(module, slotID, pPin, ulPinLen, pLabel); });
}

CK_RV C_InitPIN(CK_SESSION_HANDLE hSession, CK_UTF8CHAR_PTR pPin, CK_ULONG ulPinLen) {
  return sim::Shell([=] { return sim::InitPin(hSession, pPin, ulPinLen); });
}

CK_RV C_SetPIN(CK_SESSION_HANDLE hSession, CK_UTF8CHAR_PTR pOldPin, CK_ULONG ulOldLen,
               CK_UTF8CHAR_PTR pNewPin, CK_ULONG ulNewLen) {
  return sim::Shell([=] { return sim::SetPin(hSession, pOldPin, ulOldLen, pNewPin, ulNewLen); });
}

CK_RV C_WaitForSlotEvent(CK_FLAGS flags, CK_SLOT_ID_PTR pSlot, CK_VOID_PTR pReserved) {
  return sim::ModuleShell([=](sim::Module&) -> florin::Status {
    if (pSlot == nullptr || pReserved != nullptr) return sim::Fail(CKR_ARGUMENTS_BAD);
    // Slots of a simulator never lose or gain a token by themselves.
    const bool wait = (flags & CKF_DONT_BLOCK) == 0;
    return sim::Fail(wait ? CKR_FUNCTION_NOT_SUPPORTED : CKR_NO_EVENT);
  });
}

}  // extern "C"
