/* PKCS#11 functions and function lists (PKCS#11 3.0, section 5).
 *
 * Each function has a prototype C_Name, a pointer type CK_C_Name, and a member of the same name in
 * the function lists. The order of the members is the ABI.
 */
#pragma once

#include "florin/pkcs11/cryptoki_types.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct CK_FUNCTION_LIST CK_FUNCTION_LIST;
typedef CK_FUNCTION_LIST* CK_FUNCTION_LIST_PTR;
typedef CK_FUNCTION_LIST_PTR* CK_FUNCTION_LIST_PTR_PTR;
typedef struct CK_FUNCTION_LIST_3_0 CK_FUNCTION_LIST_3_0;
typedef CK_FUNCTION_LIST_3_0* CK_FUNCTION_LIST_3_0_PTR;
typedef CK_FUNCTION_LIST_3_0_PTR* CK_FUNCTION_LIST_3_0_PTR_PTR;

/* The entry points are what a module exports, whatever the visibility of the rest. */
#if defined(__GNUC__)
#pragma GCC visibility push(default)
#endif

#define CK_DECLARE_FUNCTION_(name, ...)    \
  typedef CK_RV (*CK_##name)(__VA_ARGS__); \
  extern CK_RV name(__VA_ARGS__)

/* 2.40: general purpose, slots and tokens, sessions. */
CK_DECLARE_FUNCTION_(C_Initialize, CK_VOID_PTR pInitArgs);
CK_DECLARE_FUNCTION_(C_Finalize, CK_VOID_PTR pReserved);
CK_DECLARE_FUNCTION_(C_GetInfo, CK_INFO_PTR pInfo);
CK_DECLARE_FUNCTION_(C_GetFunctionList, CK_FUNCTION_LIST_PTR_PTR ppFunctionList);
CK_DECLARE_FUNCTION_(C_GetSlotList, CK_BBOOL tokenPresent, CK_SLOT_ID_PTR pSlotList,
                     CK_ULONG_PTR pulCount);
CK_DECLARE_FUNCTION_(C_GetSlotInfo, CK_SLOT_ID slotID, CK_SLOT_INFO_PTR pInfo);
CK_DECLARE_FUNCTION_(C_GetTokenInfo, CK_SLOT_ID slotID, CK_TOKEN_INFO_PTR pInfo);
CK_DECLARE_FUNCTION_(C_GetMechanismList, CK_SLOT_ID slotID, CK_MECHANISM_TYPE_PTR pMechanismList,
                     CK_ULONG_PTR pulCount);
CK_DECLARE_FUNCTION_(C_GetMechanismInfo, CK_SLOT_ID slotID, CK_MECHANISM_TYPE type,
                     CK_MECHANISM_INFO_PTR pInfo);
CK_DECLARE_FUNCTION_(C_InitToken, CK_SLOT_ID slotID, CK_UTF8CHAR_PTR pPin, CK_ULONG ulPinLen,
                     CK_UTF8CHAR_PTR pLabel);
CK_DECLARE_FUNCTION_(C_InitPIN, CK_SESSION_HANDLE hSession, CK_UTF8CHAR_PTR pPin,
                     CK_ULONG ulPinLen);
CK_DECLARE_FUNCTION_(C_SetPIN, CK_SESSION_HANDLE hSession, CK_UTF8CHAR_PTR pOldPin,
                     CK_ULONG ulOldLen, CK_UTF8CHAR_PTR pNewPin, CK_ULONG ulNewLen);
CK_DECLARE_FUNCTION_(C_OpenSession, CK_SLOT_ID slotID, CK_FLAGS flags, CK_VOID_PTR pApplication,
                     CK_NOTIFY Notify, CK_SESSION_HANDLE_PTR phSession);
CK_DECLARE_FUNCTION_(C_CloseSession, CK_SESSION_HANDLE hSession);
CK_DECLARE_FUNCTION_(C_CloseAllSessions, CK_SLOT_ID slotID);
CK_DECLARE_FUNCTION_(C_GetSessionInfo, CK_SESSION_HANDLE hSession, CK_SESSION_INFO_PTR pInfo);
CK_DECLARE_FUNCTION_(C_GetOperationState, CK_SESSION_HANDLE hSession, CK_BYTE_PTR pOperationState,
                     CK_ULONG_PTR pulOperationStateLen);
CK_DECLARE_FUNCTION_(C_SetOperationState, CK_SESSION_HANDLE hSession, CK_BYTE_PTR pOperationState,
                     CK_ULONG ulOperationStateLen, CK_OBJECT_HANDLE hEncryptionKey,
                     CK_OBJECT_HANDLE hAuthenticationKey);
CK_DECLARE_FUNCTION_(C_Login, CK_SESSION_HANDLE hSession, CK_USER_TYPE userType,
                     CK_UTF8CHAR_PTR pPin, CK_ULONG ulPinLen);
CK_DECLARE_FUNCTION_(C_Logout, CK_SESSION_HANDLE hSession);

/* 2.40: objects. */
CK_DECLARE_FUNCTION_(C_CreateObject, CK_SESSION_HANDLE hSession, CK_ATTRIBUTE_PTR pTemplate,
                     CK_ULONG ulCount, CK_OBJECT_HANDLE_PTR phObject);
CK_DECLARE_FUNCTION_(C_CopyObject, CK_SESSION_HANDLE hSession, CK_OBJECT_HANDLE hObject,
                     CK_ATTRIBUTE_PTR pTemplate, CK_ULONG ulCount,
                     CK_OBJECT_HANDLE_PTR phNewObject);
CK_DECLARE_FUNCTION_(C_DestroyObject, CK_SESSION_HANDLE hSession, CK_OBJECT_HANDLE hObject);
CK_DECLARE_FUNCTION_(C_GetObjectSize, CK_SESSION_HANDLE hSession, CK_OBJECT_HANDLE hObject,
                     CK_ULONG_PTR pulSize);
CK_DECLARE_FUNCTION_(C_GetAttributeValue, CK_SESSION_HANDLE hSession, CK_OBJECT_HANDLE hObject,
                     CK_ATTRIBUTE_PTR pTemplate, CK_ULONG ulCount);
CK_DECLARE_FUNCTION_(C_SetAttributeValue, CK_SESSION_HANDLE hSession, CK_OBJECT_HANDLE hObject,
                     CK_ATTRIBUTE_PTR pTemplate, CK_ULONG ulCount);
CK_DECLARE_FUNCTION_(C_FindObjectsInit, CK_SESSION_HANDLE hSession, CK_ATTRIBUTE_PTR pTemplate,
                     CK_ULONG ulCount);
CK_DECLARE_FUNCTION_(C_FindObjects, CK_SESSION_HANDLE hSession, CK_OBJECT_HANDLE_PTR phObject,
                     CK_ULONG ulMaxObjectCount, CK_ULONG_PTR pulObjectCount);
CK_DECLARE_FUNCTION_(C_FindObjectsFinal, CK_SESSION_HANDLE hSession);

/* 2.40: encryption, decryption, digests. */
CK_DECLARE_FUNCTION_(C_EncryptInit, CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism,
                     CK_OBJECT_HANDLE hKey);
CK_DECLARE_FUNCTION_(C_Encrypt, CK_SESSION_HANDLE hSession, CK_BYTE_PTR pData, CK_ULONG ulDataLen,
                     CK_BYTE_PTR pEncryptedData, CK_ULONG_PTR pulEncryptedDataLen);
CK_DECLARE_FUNCTION_(C_EncryptUpdate, CK_SESSION_HANDLE hSession, CK_BYTE_PTR pPart,
                     CK_ULONG ulPartLen, CK_BYTE_PTR pEncryptedPart,
                     CK_ULONG_PTR pulEncryptedPartLen);
CK_DECLARE_FUNCTION_(C_EncryptFinal, CK_SESSION_HANDLE hSession, CK_BYTE_PTR pLastEncryptedPart,
                     CK_ULONG_PTR pulLastEncryptedPartLen);
CK_DECLARE_FUNCTION_(C_DecryptInit, CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism,
                     CK_OBJECT_HANDLE hKey);
CK_DECLARE_FUNCTION_(C_Decrypt, CK_SESSION_HANDLE hSession, CK_BYTE_PTR pEncryptedData,
                     CK_ULONG ulEncryptedDataLen, CK_BYTE_PTR pData, CK_ULONG_PTR pulDataLen);
CK_DECLARE_FUNCTION_(C_DecryptUpdate, CK_SESSION_HANDLE hSession, CK_BYTE_PTR pEncryptedPart,
                     CK_ULONG ulEncryptedPartLen, CK_BYTE_PTR pPart, CK_ULONG_PTR pulPartLen);
CK_DECLARE_FUNCTION_(C_DecryptFinal, CK_SESSION_HANDLE hSession, CK_BYTE_PTR pLastPart,
                     CK_ULONG_PTR pulLastPartLen);
CK_DECLARE_FUNCTION_(C_DigestInit, CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism);
CK_DECLARE_FUNCTION_(C_Digest, CK_SESSION_HANDLE hSession, CK_BYTE_PTR pData, CK_ULONG ulDataLen,
                     CK_BYTE_PTR pDigest, CK_ULONG_PTR pulDigestLen);
CK_DECLARE_FUNCTION_(C_DigestUpdate, CK_SESSION_HANDLE hSession, CK_BYTE_PTR pPart,
                     CK_ULONG ulPartLen);
CK_DECLARE_FUNCTION_(C_DigestKey, CK_SESSION_HANDLE hSession, CK_OBJECT_HANDLE hKey);
CK_DECLARE_FUNCTION_(C_DigestFinal, CK_SESSION_HANDLE hSession, CK_BYTE_PTR pDigest,
                     CK_ULONG_PTR pulDigestLen);

/* 2.40: signatures and MACs. */
CK_DECLARE_FUNCTION_(C_SignInit, CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism,
                     CK_OBJECT_HANDLE hKey);
CK_DECLARE_FUNCTION_(C_Sign, CK_SESSION_HANDLE hSession, CK_BYTE_PTR pData, CK_ULONG ulDataLen,
                     CK_BYTE_PTR pSignature, CK_ULONG_PTR pulSignatureLen);
CK_DECLARE_FUNCTION_(C_SignUpdate, CK_SESSION_HANDLE hSession, CK_BYTE_PTR pPart,
                     CK_ULONG ulPartLen);
CK_DECLARE_FUNCTION_(C_SignFinal, CK_SESSION_HANDLE hSession, CK_BYTE_PTR pSignature,
                     CK_ULONG_PTR pulSignatureLen);
CK_DECLARE_FUNCTION_(C_SignRecoverInit, CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism,
                     CK_OBJECT_HANDLE hKey);
CK_DECLARE_FUNCTION_(C_SignRecover, CK_SESSION_HANDLE hSession, CK_BYTE_PTR pData,
                     CK_ULONG ulDataLen, CK_BYTE_PTR pSignature, CK_ULONG_PTR pulSignatureLen);
CK_DECLARE_FUNCTION_(C_VerifyInit, CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism,
                     CK_OBJECT_HANDLE hKey);
CK_DECLARE_FUNCTION_(C_Verify, CK_SESSION_HANDLE hSession, CK_BYTE_PTR pData, CK_ULONG ulDataLen,
                     CK_BYTE_PTR pSignature, CK_ULONG ulSignatureLen);
CK_DECLARE_FUNCTION_(C_VerifyUpdate, CK_SESSION_HANDLE hSession, CK_BYTE_PTR pPart,
                     CK_ULONG ulPartLen);
CK_DECLARE_FUNCTION_(C_VerifyFinal, CK_SESSION_HANDLE hSession, CK_BYTE_PTR pSignature,
                     CK_ULONG ulSignatureLen);
CK_DECLARE_FUNCTION_(C_VerifyRecoverInit, CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism,
                     CK_OBJECT_HANDLE hKey);
CK_DECLARE_FUNCTION_(C_VerifyRecover, CK_SESSION_HANDLE hSession, CK_BYTE_PTR pSignature,
                     CK_ULONG ulSignatureLen, CK_BYTE_PTR pData, CK_ULONG_PTR pulDataLen);

/* 2.40: two verbs at once, keys, random numbers, legacy, slot events. */
CK_DECLARE_FUNCTION_(C_DigestEncryptUpdate, CK_SESSION_HANDLE hSession, CK_BYTE_PTR pPart,
                     CK_ULONG ulPartLen, CK_BYTE_PTR pEncryptedPart,
                     CK_ULONG_PTR pulEncryptedPartLen);
CK_DECLARE_FUNCTION_(C_DecryptDigestUpdate, CK_SESSION_HANDLE hSession, CK_BYTE_PTR pEncryptedPart,
                     CK_ULONG ulEncryptedPartLen, CK_BYTE_PTR pPart, CK_ULONG_PTR pulPartLen);
CK_DECLARE_FUNCTION_(C_SignEncryptUpdate, CK_SESSION_HANDLE hSession, CK_BYTE_PTR pPart,
                     CK_ULONG ulPartLen, CK_BYTE_PTR pEncryptedPart,
                     CK_ULONG_PTR pulEncryptedPartLen);
CK_DECLARE_FUNCTION_(C_DecryptVerifyUpdate, CK_SESSION_HANDLE hSession, CK_BYTE_PTR pEncryptedPart,
                     CK_ULONG ulEncryptedPartLen, CK_BYTE_PTR pPart, CK_ULONG_PTR pulPartLen);
CK_DECLARE_FUNCTION_(C_GenerateKey, CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism,
                     CK_ATTRIBUTE_PTR pTemplate, CK_ULONG ulCount, CK_OBJECT_HANDLE_PTR phKey);
CK_DECLARE_FUNCTION_(C_GenerateKeyPair, CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism,
                     CK_ATTRIBUTE_PTR pPublicKeyTemplate, CK_ULONG ulPublicKeyAttributeCount,
                     CK_ATTRIBUTE_PTR pPrivateKeyTemplate, CK_ULONG ulPrivateKeyAttributeCount,
                     CK_OBJECT_HANDLE_PTR phPublicKey, CK_OBJECT_HANDLE_PTR phPrivateKey);
CK_DECLARE_FUNCTION_(C_WrapKey, CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism,
                     CK_OBJECT_HANDLE hWrappingKey, CK_OBJECT_HANDLE hKey, CK_BYTE_PTR pWrappedKey,
                     CK_ULONG_PTR pulWrappedKeyLen);
CK_DECLARE_FUNCTION_(C_UnwrapKey, CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism,
                     CK_OBJECT_HANDLE hUnwrappingKey, CK_BYTE_PTR pWrappedKey,
                     CK_ULONG ulWrappedKeyLen, CK_ATTRIBUTE_PTR pTemplate,
                     CK_ULONG ulAttributeCount, CK_OBJECT_HANDLE_PTR phKey);
CK_DECLARE_FUNCTION_(C_DeriveKey, CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism,
                     CK_OBJECT_HANDLE hBaseKey, CK_ATTRIBUTE_PTR pTemplate,
                     CK_ULONG ulAttributeCount, CK_OBJECT_HANDLE_PTR phKey);
CK_DECLARE_FUNCTION_(C_SeedRandom, CK_SESSION_HANDLE hSession, CK_BYTE_PTR pSeed,
                     CK_ULONG ulSeedLen);
CK_DECLARE_FUNCTION_(C_GenerateRandom, CK_SESSION_HANDLE hSession, CK_BYTE_PTR pRandomData,
                     CK_ULONG ulRandomLen);
CK_DECLARE_FUNCTION_(C_GetFunctionStatus, CK_SESSION_HANDLE hSession);
CK_DECLARE_FUNCTION_(C_CancelFunction, CK_SESSION_HANDLE hSession);
CK_DECLARE_FUNCTION_(C_WaitForSlotEvent, CK_FLAGS flags, CK_SLOT_ID_PTR pSlot,
                     CK_VOID_PTR pReserved);

/* 3.0: interfaces, login by name, cancel. */
CK_DECLARE_FUNCTION_(C_GetInterfaceList, CK_INTERFACE_PTR pInterfacesList, CK_ULONG_PTR pulCount);
CK_DECLARE_FUNCTION_(C_GetInterface, CK_UTF8CHAR_PTR pInterfaceName, CK_VERSION_PTR pVersion,
                     CK_INTERFACE_PTR_PTR ppInterface, CK_FLAGS flags);
CK_DECLARE_FUNCTION_(C_LoginUser, CK_SESSION_HANDLE hSession, CK_USER_TYPE userType,
                     CK_UTF8CHAR_PTR pPin, CK_ULONG ulPinLen, CK_UTF8CHAR_PTR pUsername,
                     CK_ULONG ulUsernameLen);
CK_DECLARE_FUNCTION_(C_SessionCancel, CK_SESSION_HANDLE hSession, CK_FLAGS flags);

/* 3.0: one Init, then one call per message with its own parameter. */
CK_DECLARE_FUNCTION_(C_MessageEncryptInit, CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism,
                     CK_OBJECT_HANDLE hKey);
CK_DECLARE_FUNCTION_(C_EncryptMessage, CK_SESSION_HANDLE hSession, CK_VOID_PTR pParameter,
                     CK_ULONG ulParameterLen, CK_BYTE_PTR pAssociatedData,
                     CK_ULONG ulAssociatedDataLen, CK_BYTE_PTR pPlaintext, CK_ULONG ulPlaintextLen,
                     CK_BYTE_PTR pCiphertext, CK_ULONG_PTR pulCiphertextLen);
CK_DECLARE_FUNCTION_(C_EncryptMessageBegin, CK_SESSION_HANDLE hSession, CK_VOID_PTR pParameter,
                     CK_ULONG ulParameterLen, CK_BYTE_PTR pAssociatedData,
                     CK_ULONG ulAssociatedDataLen);
CK_DECLARE_FUNCTION_(C_EncryptMessageNext, CK_SESSION_HANDLE hSession, CK_VOID_PTR pParameter,
                     CK_ULONG ulParameterLen, CK_BYTE_PTR pPlaintextPart,
                     CK_ULONG ulPlaintextPartLen, CK_BYTE_PTR pCiphertextPart,
                     CK_ULONG_PTR pulCiphertextPartLen, CK_FLAGS flags);
CK_DECLARE_FUNCTION_(C_MessageEncryptFinal, CK_SESSION_HANDLE hSession);
CK_DECLARE_FUNCTION_(C_MessageDecryptInit, CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism,
                     CK_OBJECT_HANDLE hKey);
CK_DECLARE_FUNCTION_(C_DecryptMessage, CK_SESSION_HANDLE hSession, CK_VOID_PTR pParameter,
                     CK_ULONG ulParameterLen, CK_BYTE_PTR pAssociatedData,
                     CK_ULONG ulAssociatedDataLen, CK_BYTE_PTR pCiphertext,
                     CK_ULONG ulCiphertextLen, CK_BYTE_PTR pPlaintext,
                     CK_ULONG_PTR pulPlaintextLen);
CK_DECLARE_FUNCTION_(C_DecryptMessageBegin, CK_SESSION_HANDLE hSession, CK_VOID_PTR pParameter,
                     CK_ULONG ulParameterLen, CK_BYTE_PTR pAssociatedData,
                     CK_ULONG ulAssociatedDataLen);
CK_DECLARE_FUNCTION_(C_DecryptMessageNext, CK_SESSION_HANDLE hSession, CK_VOID_PTR pParameter,
                     CK_ULONG ulParameterLen, CK_BYTE_PTR pCiphertextPart,
                     CK_ULONG ulCiphertextPartLen, CK_BYTE_PTR pPlaintextPart,
                     CK_ULONG_PTR pulPlaintextPartLen, CK_FLAGS flags);
CK_DECLARE_FUNCTION_(C_MessageDecryptFinal, CK_SESSION_HANDLE hSession);
CK_DECLARE_FUNCTION_(C_MessageSignInit, CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism,
                     CK_OBJECT_HANDLE hKey);
CK_DECLARE_FUNCTION_(C_SignMessage, CK_SESSION_HANDLE hSession, CK_VOID_PTR pParameter,
                     CK_ULONG ulParameterLen, CK_BYTE_PTR pData, CK_ULONG ulDataLen,
                     CK_BYTE_PTR pSignature, CK_ULONG_PTR pulSignatureLen);
CK_DECLARE_FUNCTION_(C_SignMessageBegin, CK_SESSION_HANDLE hSession, CK_VOID_PTR pParameter,
                     CK_ULONG ulParameterLen);
CK_DECLARE_FUNCTION_(C_SignMessageNext, CK_SESSION_HANDLE hSession, CK_VOID_PTR pParameter,
                     CK_ULONG ulParameterLen, CK_BYTE_PTR pData, CK_ULONG ulDataLen,
                     CK_BYTE_PTR pSignature, CK_ULONG_PTR pulSignatureLen);
CK_DECLARE_FUNCTION_(C_MessageSignFinal, CK_SESSION_HANDLE hSession);
CK_DECLARE_FUNCTION_(C_MessageVerifyInit, CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism,
                     CK_OBJECT_HANDLE hKey);
CK_DECLARE_FUNCTION_(C_VerifyMessage, CK_SESSION_HANDLE hSession, CK_VOID_PTR pParameter,
                     CK_ULONG ulParameterLen, CK_BYTE_PTR pData, CK_ULONG ulDataLen,
                     CK_BYTE_PTR pSignature, CK_ULONG ulSignatureLen);
CK_DECLARE_FUNCTION_(C_VerifyMessageBegin, CK_SESSION_HANDLE hSession, CK_VOID_PTR pParameter,
                     CK_ULONG ulParameterLen);
CK_DECLARE_FUNCTION_(C_VerifyMessageNext, CK_SESSION_HANDLE hSession, CK_VOID_PTR pParameter,
                     CK_ULONG ulParameterLen, CK_BYTE_PTR pData, CK_ULONG ulDataLen,
                     CK_BYTE_PTR pSignature, CK_ULONG ulSignatureLen);
CK_DECLARE_FUNCTION_(C_MessageVerifyFinal, CK_SESSION_HANDLE hSession);

#undef CK_DECLARE_FUNCTION_

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif

/* 68 functions; what C_GetFunctionList returns, with version 2.40. */
struct CK_FUNCTION_LIST {
  CK_VERSION version;
  CK_C_Initialize C_Initialize;
  CK_C_Finalize C_Finalize;
  CK_C_GetInfo C_GetInfo;
  CK_C_GetFunctionList C_GetFunctionList;
  CK_C_GetSlotList C_GetSlotList;
  CK_C_GetSlotInfo C_GetSlotInfo;
  CK_C_GetTokenInfo C_GetTokenInfo;
  CK_C_GetMechanismList C_GetMechanismList;
  CK_C_GetMechanismInfo C_GetMechanismInfo;
  CK_C_InitToken C_InitToken;
  CK_C_InitPIN C_InitPIN;
  CK_C_SetPIN C_SetPIN;
  CK_C_OpenSession C_OpenSession;
  CK_C_CloseSession C_CloseSession;
  CK_C_CloseAllSessions C_CloseAllSessions;
  CK_C_GetSessionInfo C_GetSessionInfo;
  CK_C_GetOperationState C_GetOperationState;
  CK_C_SetOperationState C_SetOperationState;
  CK_C_Login C_Login;
  CK_C_Logout C_Logout;
  CK_C_CreateObject C_CreateObject;
  CK_C_CopyObject C_CopyObject;
  CK_C_DestroyObject C_DestroyObject;
  CK_C_GetObjectSize C_GetObjectSize;
  CK_C_GetAttributeValue C_GetAttributeValue;
  CK_C_SetAttributeValue C_SetAttributeValue;
  CK_C_FindObjectsInit C_FindObjectsInit;
  CK_C_FindObjects C_FindObjects;
  CK_C_FindObjectsFinal C_FindObjectsFinal;
  CK_C_EncryptInit C_EncryptInit;
  CK_C_Encrypt C_Encrypt;
  CK_C_EncryptUpdate C_EncryptUpdate;
  CK_C_EncryptFinal C_EncryptFinal;
  CK_C_DecryptInit C_DecryptInit;
  CK_C_Decrypt C_Decrypt;
  CK_C_DecryptUpdate C_DecryptUpdate;
  CK_C_DecryptFinal C_DecryptFinal;
  CK_C_DigestInit C_DigestInit;
  CK_C_Digest C_Digest;
  CK_C_DigestUpdate C_DigestUpdate;
  CK_C_DigestKey C_DigestKey;
  CK_C_DigestFinal C_DigestFinal;
  CK_C_SignInit C_SignInit;
  CK_C_Sign C_Sign;
  CK_C_SignUpdate C_SignUpdate;
  CK_C_SignFinal C_SignFinal;
  CK_C_SignRecoverInit C_SignRecoverInit;
  CK_C_SignRecover C_SignRecover;
  CK_C_VerifyInit C_VerifyInit;
  CK_C_Verify C_Verify;
  CK_C_VerifyUpdate C_VerifyUpdate;
  CK_C_VerifyFinal C_VerifyFinal;
  CK_C_VerifyRecoverInit C_VerifyRecoverInit;
  CK_C_VerifyRecover C_VerifyRecover;
  CK_C_DigestEncryptUpdate C_DigestEncryptUpdate;
  CK_C_DecryptDigestUpdate C_DecryptDigestUpdate;
  CK_C_SignEncryptUpdate C_SignEncryptUpdate;
  CK_C_DecryptVerifyUpdate C_DecryptVerifyUpdate;
  CK_C_GenerateKey C_GenerateKey;
  CK_C_GenerateKeyPair C_GenerateKeyPair;
  CK_C_WrapKey C_WrapKey;
  CK_C_UnwrapKey C_UnwrapKey;
  CK_C_DeriveKey C_DeriveKey;
  CK_C_SeedRandom C_SeedRandom;
  CK_C_GenerateRandom C_GenerateRandom;
  CK_C_GetFunctionStatus C_GetFunctionStatus;
  CK_C_CancelFunction C_CancelFunction;
  CK_C_WaitForSlotEvent C_WaitForSlotEvent;
};

/* 92 functions; the interface "PKCS 11" with version 3.0. Begins like CK_FUNCTION_LIST. */
struct CK_FUNCTION_LIST_3_0 {
  CK_VERSION version;
  CK_C_Initialize C_Initialize;
  CK_C_Finalize C_Finalize;
  CK_C_GetInfo C_GetInfo;
  CK_C_GetFunctionList C_GetFunctionList;
  CK_C_GetSlotList C_GetSlotList;
  CK_C_GetSlotInfo C_GetSlotInfo;
  CK_C_GetTokenInfo C_GetTokenInfo;
  CK_C_GetMechanismList C_GetMechanismList;
  CK_C_GetMechanismInfo C_GetMechanismInfo;
  CK_C_InitToken C_InitToken;
  CK_C_InitPIN C_InitPIN;
  CK_C_SetPIN C_SetPIN;
  CK_C_OpenSession C_OpenSession;
  CK_C_CloseSession C_CloseSession;
  CK_C_CloseAllSessions C_CloseAllSessions;
  CK_C_GetSessionInfo C_GetSessionInfo;
  CK_C_GetOperationState C_GetOperationState;
  CK_C_SetOperationState C_SetOperationState;
  CK_C_Login C_Login;
  CK_C_Logout C_Logout;
  CK_C_CreateObject C_CreateObject;
  CK_C_CopyObject C_CopyObject;
  CK_C_DestroyObject C_DestroyObject;
  CK_C_GetObjectSize C_GetObjectSize;
  CK_C_GetAttributeValue C_GetAttributeValue;
  CK_C_SetAttributeValue C_SetAttributeValue;
  CK_C_FindObjectsInit C_FindObjectsInit;
  CK_C_FindObjects C_FindObjects;
  CK_C_FindObjectsFinal C_FindObjectsFinal;
  CK_C_EncryptInit C_EncryptInit;
  CK_C_Encrypt C_Encrypt;
  CK_C_EncryptUpdate C_EncryptUpdate;
  CK_C_EncryptFinal C_EncryptFinal;
  CK_C_DecryptInit C_DecryptInit;
  CK_C_Decrypt C_Decrypt;
  CK_C_DecryptUpdate C_DecryptUpdate;
  CK_C_DecryptFinal C_DecryptFinal;
  CK_C_DigestInit C_DigestInit;
  CK_C_Digest C_Digest;
  CK_C_DigestUpdate C_DigestUpdate;
  CK_C_DigestKey C_DigestKey;
  CK_C_DigestFinal C_DigestFinal;
  CK_C_SignInit C_SignInit;
  CK_C_Sign C_Sign;
  CK_C_SignUpdate C_SignUpdate;
  CK_C_SignFinal C_SignFinal;
  CK_C_SignRecoverInit C_SignRecoverInit;
  CK_C_SignRecover C_SignRecover;
  CK_C_VerifyInit C_VerifyInit;
  CK_C_Verify C_Verify;
  CK_C_VerifyUpdate C_VerifyUpdate;
  CK_C_VerifyFinal C_VerifyFinal;
  CK_C_VerifyRecoverInit C_VerifyRecoverInit;
  CK_C_VerifyRecover C_VerifyRecover;
  CK_C_DigestEncryptUpdate C_DigestEncryptUpdate;
  CK_C_DecryptDigestUpdate C_DecryptDigestUpdate;
  CK_C_SignEncryptUpdate C_SignEncryptUpdate;
  CK_C_DecryptVerifyUpdate C_DecryptVerifyUpdate;
  CK_C_GenerateKey C_GenerateKey;
  CK_C_GenerateKeyPair C_GenerateKeyPair;
  CK_C_WrapKey C_WrapKey;
  CK_C_UnwrapKey C_UnwrapKey;
  CK_C_DeriveKey C_DeriveKey;
  CK_C_SeedRandom C_SeedRandom;
  CK_C_GenerateRandom C_GenerateRandom;
  CK_C_GetFunctionStatus C_GetFunctionStatus;
  CK_C_CancelFunction C_CancelFunction;
  CK_C_WaitForSlotEvent C_WaitForSlotEvent;
  CK_C_GetInterfaceList C_GetInterfaceList;
  CK_C_GetInterface C_GetInterface;
  CK_C_LoginUser C_LoginUser;
  CK_C_SessionCancel C_SessionCancel;
  CK_C_MessageEncryptInit C_MessageEncryptInit;
  CK_C_EncryptMessage C_EncryptMessage;
  CK_C_EncryptMessageBegin C_EncryptMessageBegin;
  CK_C_EncryptMessageNext C_EncryptMessageNext;
  CK_C_MessageEncryptFinal C_MessageEncryptFinal;
  CK_C_MessageDecryptInit C_MessageDecryptInit;
  CK_C_DecryptMessage C_DecryptMessage;
  CK_C_DecryptMessageBegin C_DecryptMessageBegin;
  CK_C_DecryptMessageNext C_DecryptMessageNext;
  CK_C_MessageDecryptFinal C_MessageDecryptFinal;
  CK_C_MessageSignInit C_MessageSignInit;
  CK_C_SignMessage C_SignMessage;
  CK_C_SignMessageBegin C_SignMessageBegin;
  CK_C_SignMessageNext C_SignMessageNext;
  CK_C_MessageSignFinal C_MessageSignFinal;
  CK_C_MessageVerifyInit C_MessageVerifyInit;
  CK_C_VerifyMessage C_VerifyMessage;
  CK_C_VerifyMessageBegin C_VerifyMessageBegin;
  CK_C_VerifyMessageNext C_VerifyMessageNext;
  CK_C_MessageVerifyFinal C_MessageVerifyFinal;
};

#ifdef __cplusplus
}
#endif
