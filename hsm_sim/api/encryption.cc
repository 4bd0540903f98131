// Chapter "Encryption functions".
#include "hsm_sim/api/operations.h"

namespace sim = florin::hsm_sim;
using florin::mechanisms::Verb;

extern "C" {

CK_RV C_EncryptInit(CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism,
                    CK_OBJECT_HANDLE hKey) {
  return sim::SessionShell(hSession, [=](sim::Module&, sim::Session& session) {
    return sim::InitOperation(session, Verb::kEncrypt, pMechanism, hKey);
  });
}

CK_RV C_Encrypt(CK_SESSION_HANDLE hSession, CK_BYTE_PTR pData, CK_ULONG ulDataLen,
                CK_BYTE_PTR pEncryptedData, CK_ULONG_PTR pulEncryptedDataLen) {
  return sim::SessionShell(hSession, [=](sim::Module&, sim::Session& session) {
    return sim::RunSinglePart(session, Verb::kEncrypt, pData, ulDataLen,
                              {pEncryptedData, pulEncryptedDataLen});
  });
}

CK_RV C_EncryptUpdate(CK_SESSION_HANDLE hSession, CK_BYTE_PTR pPart, CK_ULONG ulPartLen,
                      CK_BYTE_PTR pEncryptedPart, CK_ULONG_PTR pulEncryptedPartLen) {
  return sim::SessionShell(hSession, [=](sim::Module&, sim::Session& session) {
    return sim::UpdateParts(session, Verb::kEncrypt, pPart, ulPartLen,
                            {pEncryptedPart, pulEncryptedPartLen});
  });
}

CK_RV C_EncryptFinal(CK_SESSION_HANDLE hSession, CK_BYTE_PTR pLastEncryptedPart,
                     CK_ULONG_PTR pulLastEncryptedPartLen) {
  return sim::SessionShell(hSession, [=](sim::Module&, sim::Session& session) {
    return sim::FinishParts(session, Verb::kEncrypt, {pLastEncryptedPart, pulLastEncryptedPartLen});
  });
}

// Two verbs in one call are for hardware that would move the data twice.
CK_RV C_DigestEncryptUpdate(CK_SESSION_HANDLE, CK_BYTE_PTR, CK_ULONG, CK_BYTE_PTR, CK_ULONG_PTR) {
  return sim::NotSupported();
}

CK_RV C_SignEncryptUpdate(CK_SESSION_HANDLE, CK_BYTE_PTR, CK_ULONG, CK_BYTE_PTR, CK_ULONG_PTR) {
  return sim::NotSupported();
}

}  // extern "C"
