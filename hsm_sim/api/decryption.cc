// Chapter "Decryption functions".
#include "hsm_sim/api/operations.h"

namespace sim = florin::hsm_sim;
using florin::mechanisms::Verb;

extern "C" {

CK_RV C_DecryptInit(CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism,
                    CK_OBJECT_HANDLE hKey) {
  return sim::SessionShell(hSession, [=](sim::Module&, sim::Session& session) {
    return sim::InitOperation(session, Verb::kDecrypt, pMechanism, hKey);
  });
}

CK_RV C_Decrypt(CK_SESSION_HANDLE hSession, CK_BYTE_PTR pEncryptedData, CK_ULONG ulEncryptedDataLen,
                CK_BYTE_PTR pData, CK_ULONG_PTR pulDataLen) {
  return sim::SessionShell(hSession, [=](sim::Module&, sim::Session& session) {
    return sim::RunSinglePart(session, Verb::kDecrypt, pEncryptedData, ulEncryptedDataLen,
                              {pData, pulDataLen});
  });
}

CK_RV C_DecryptUpdate(CK_SESSION_HANDLE hSession, CK_BYTE_PTR pEncryptedPart,
                      CK_ULONG ulEncryptedPartLen, CK_BYTE_PTR pPart, CK_ULONG_PTR pulPartLen) {
  return sim::SessionShell(hSession, [=](sim::Module&, sim::Session& session) {
    return sim::UpdateParts(session, Verb::kDecrypt, pEncryptedPart, ulEncryptedPartLen,
                            {pPart, pulPartLen});
  });
}

CK_RV C_DecryptFinal(CK_SESSION_HANDLE hSession, CK_BYTE_PTR pLastPart,
                     CK_ULONG_PTR pulLastPartLen) {
  return sim::SessionShell(hSession, [=](sim::Module&, sim::Session& session) {
    return sim::FinishParts(session, Verb::kDecrypt, {pLastPart, pulLastPartLen});
  });
}

CK_RV C_DecryptDigestUpdate(CK_SESSION_HANDLE, CK_BYTE_PTR, CK_ULONG, CK_BYTE_PTR, CK_ULONG_PTR) {
  return sim::NotSupported();
}

CK_RV C_DecryptVerifyUpdate(CK_SESSION_HANDLE, CK_BYTE_PTR, CK_ULONG, CK_BYTE_PTR, CK_ULONG_PTR) {
  return sim::NotSupported();
}

}  // extern "C"
