// Chapter "Signing and MACing functions".
#include "hsm_sim/api/operations.h"

namespace sim = florin::hsm_sim;
using florin::mechanisms::Verb;

extern "C" {

CK_RV C_SignInit(CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism, CK_OBJECT_HANDLE hKey) {
  return sim::SessionShell(hSession, [=](sim::Module&, sim::Session& session) {
    return sim::InitOperation(session, Verb::kSign, pMechanism, hKey);
  });
}

CK_RV C_Sign(CK_SESSION_HANDLE hSession, CK_BYTE_PTR pData, CK_ULONG ulDataLen,
             CK_BYTE_PTR pSignature, CK_ULONG_PTR pulSignatureLen) {
  return sim::SessionShell(hSession, [=](sim::Module&, sim::Session& session) {
    return sim::RunSinglePart(session, Verb::kSign, pData, ulDataLen,
                              {pSignature, pulSignatureLen});
  });
}

CK_RV C_SignUpdate(CK_SESSION_HANDLE hSession, CK_BYTE_PTR pPart, CK_ULONG ulPartLen) {
  return sim::SessionShell(hSession, [=](sim::Module&, sim::Session& session) {
    return sim::UpdateParts(session, Verb::kSign, pPart, ulPartLen, {nullptr, nullptr});
  });
}

CK_RV C_SignFinal(CK_SESSION_HANDLE hSession, CK_BYTE_PTR pSignature,
                  CK_ULONG_PTR pulSignatureLen) {
  return sim::SessionShell(hSession, [=](sim::Module&, sim::Session& session) {
    return sim::FinishParts(session, Verb::kSign, {pSignature, pulSignatureLen});
  });
}

CK_RV C_SignRecoverInit(CK_SESSION_HANDLE, CK_MECHANISM_PTR, CK_OBJECT_HANDLE) {
  return sim::NotSupported();
}

CK_RV C_SignRecover(CK_SESSION_HANDLE, CK_BYTE_PTR, CK_ULONG, CK_BYTE_PTR, CK_ULONG_PTR) {
  return sim::NotSupported();
}

}  // extern "C"
