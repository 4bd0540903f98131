// Chapter "Functions for verifying signatures and MACs".
#include "hsm_sim/api/operations.h"

namespace sim = florin::hsm_sim;
using florin::mechanisms::Verb;

extern "C" {

CK_RV C_VerifyInit(CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism, CK_OBJECT_HANDLE hKey) {
  return sim::SessionShell(hSession, [=](sim::Module&, sim::Session& session) {
    return sim::InitOperation(session, Verb::kVerify, pMechanism, hKey);
  });
}

CK_RV C_Verify(CK_SESSION_HANDLE hSession, CK_BYTE_PTR pData, CK_ULONG ulDataLen,
               CK_BYTE_PTR pSignature, CK_ULONG ulSignatureLen) {
  return sim::SessionShell(hSession, [=](sim::Module&, sim::Session& session) {
    return sim::VerifySinglePart(session, pData, ulDataLen, pSignature, ulSignatureLen);
  });
}

CK_RV C_VerifyUpdate(CK_SESSION_HANDLE hSession, CK_BYTE_PTR pPart, CK_ULONG ulPartLen) {
  return sim::SessionShell(hSession, [=](sim::Module&, sim::Session& session) {
    return sim::UpdateParts(session, Verb::kVerify, pPart, ulPartLen, {nullptr, nullptr});
  });
}

CK_RV C_VerifyFinal(CK_SESSION_HANDLE hSession, CK_BYTE_PTR pSignature, CK_ULONG ulSignatureLen) {
  return sim::SessionShell(hSession, [=](sim::Module&, sim::Session& session) {
    return sim::FinishVerify(session, pSignature, ulSignatureLen);
  });
}

CK_RV C_VerifyRecoverInit(CK_SESSION_HANDLE, CK_MECHANISM_PTR, CK_OBJECT_HANDLE) {
  return sim::NotSupported();
}

CK_RV C_VerifyRecover(CK_SESSION_HANDLE, CK_BYTE_PTR, CK_ULONG, CK_BYTE_PTR, CK_ULONG_PTR) {
  return sim::NotSupported();
}

}  // extern "C"
