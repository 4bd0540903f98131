#include "tests/crypto/pkcs11/fake_module.h"

#include <cstring>

#define FAKE_EXPORT extern "C" __attribute__((visibility("default")))

namespace {

using namespace florin::pkcs11;

FakeControl control{};
bool active = false;

CK_RV Answer(FakeFunction function) {
  ++control.calls[function];
  return control.answer[function];
}

void Pad(CK_UTF8CHAR* field, std::size_t size, const char* text) {
  std::memset(field, ' ', size);
  std::memcpy(field, text, std::strlen(text));
}

CK_RV GetSlotList(CK_BBOOL, CK_SLOT_ID_PTR slots, CK_ULONG_PTR count) {
  if (slots != nullptr) slots[0] = 7;
  *count = 1;
  return CKR_OK;
}

CK_RV GetTokenInfo(CK_SLOT_ID, CK_TOKEN_INFO_PTR info) {
  *info = {};
  Pad(info->label, sizeof(info->label), "fake");
  Pad(info->manufacturerID, sizeof(info->manufacturerID), "Fake");
  Pad(info->model, sizeof(info->model), "none");
  Pad(info->serialNumber, sizeof(info->serialNumber), "1");
  info->flags = CKF_TOKEN_INITIALIZED | CKF_LOGIN_REQUIRED;
  return CKR_OK;
}

CK_RV GetMechanismInfo(CK_SLOT_ID, CK_MECHANISM_TYPE, CK_MECHANISM_INFO_PTR info) {
  *info = {0, 0, ~CK_FLAGS{CKF_HW}};
  return CKR_OK;
}

CK_RV Initialize(CK_VOID_PTR) { return Answer(kFakeInitialize); }
CK_RV Finalize(CK_VOID_PTR) { return Answer(kFakeFinalize); }
CK_RV OpenSession(CK_SLOT_ID, CK_FLAGS, CK_VOID_PTR, CK_NOTIFY, CK_SESSION_HANDLE_PTR session) {
  *session = 1;
  return Answer(kFakeOpenSession);
}
CK_RV CloseSession(CK_SESSION_HANDLE) { return Answer(kFakeCloseSession); }
CK_RV Login(CK_SESSION_HANDLE, CK_USER_TYPE, CK_UTF8CHAR_PTR, CK_ULONG) {
  return Answer(kFakeLogin);
}
CK_RV Logout(CK_SESSION_HANDLE) { return CKR_OK; }

CK_RV CreateObject(CK_SESSION_HANDLE, CK_ATTRIBUTE_PTR, CK_ULONG, CK_OBJECT_HANDLE_PTR object) {
  *object = 100;
  return Answer(kFakeCreateObject);
}
CK_RV DestroyObject(CK_SESSION_HANDLE, CK_OBJECT_HANDLE) { return Answer(kFakeDestroyObject); }

CK_RV GetAttributeValue(CK_SESSION_HANDLE, CK_OBJECT_HANDLE, CK_ATTRIBUTE_PTR attributes,
                        CK_ULONG) {
  const CK_RV rv = Answer(kFakeGetAttributeValue);
  if (rv != CKR_OK) return rv;
  std::memset(attributes->pValue, 0, attributes->ulValueLen);
  if (attributes->type == CKA_EC_POINT) {
    attributes->ulValueLen = 67;
    std::memcpy(attributes->pValue, "\x04\x41\x04", 3);
  }
  return CKR_OK;
}

CK_RV FindObjectsInit(CK_SESSION_HANDLE, CK_ATTRIBUTE_PTR, CK_ULONG) {
  return Answer(kFakeFindObjectsInit);
}
CK_RV FindObjects(CK_SESSION_HANDLE, CK_OBJECT_HANDLE_PTR objects, CK_ULONG room, CK_ULONG_PTR n) {
  *n = control.found < room ? control.found : room;
  for (CK_ULONG i = 0; i < *n; ++i) objects[i] = 200 + i;
  if (control.found_at_once != 0) *n = control.found_at_once;
  // One call finds them all; the next one none.
  control.found = 0;
  return Answer(kFakeFindObjects);
}
CK_RV FindObjectsFinal(CK_SESSION_HANDLE) { return Answer(kFakeFindObjectsFinal); }

CK_RV GenerateKeyPair(CK_SESSION_HANDLE, CK_MECHANISM_PTR, CK_ATTRIBUTE_PTR, CK_ULONG,
                      CK_ATTRIBUTE_PTR, CK_ULONG, CK_OBJECT_HANDLE_PTR public_key,
                      CK_OBJECT_HANDLE_PTR private_key) {
  *public_key = 300;
  *private_key = 301;
  return Answer(kFakeGenerateKeyPair);
}

CK_RV DeriveKey(CK_SESSION_HANDLE, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE, CK_ATTRIBUTE_PTR,
                CK_ULONG, CK_OBJECT_HANDLE_PTR key) {
  const CK_RV rv = Answer(kFakeDeriveKey);
  if (rv != CKR_OK) return rv;
  CK_ECDH1_DERIVE_PARAMS ecdh;
  std::memcpy(&ecdh, mechanism->pParameter, sizeof(ecdh));
  if (control.only_kdf != 0 && ecdh.kdf != control.only_kdf) return control.kdf_refusal;
  if (control.point_refusal != CKR_OK && ecdh.pPublicData[ecdh.ulPublicDataLen - 1] != 0) {
    return control.point_refusal;
  }
  *key = 400;
  return CKR_OK;
}

CK_RV WrapKey(CK_SESSION_HANDLE, CK_MECHANISM_PTR, CK_OBJECT_HANDLE, CK_OBJECT_HANDLE, CK_BYTE_PTR,
              CK_ULONG_PTR length) {
  *length = 0;
  return Answer(kFakeWrapKey);
}

CK_RV UnwrapKey(CK_SESSION_HANDLE, CK_MECHANISM_PTR, CK_OBJECT_HANDLE, CK_BYTE_PTR, CK_ULONG,
                CK_ATTRIBUTE_PTR, CK_ULONG, CK_OBJECT_HANDLE_PTR key) {
  *key = 500;
  return Answer(kFakeUnwrapKey);
}

CK_RV Begin(FakeFunction function) {
  if (active) return CKR_OPERATION_ACTIVE;
  const CK_RV rv = Answer(function);
  active = rv == CKR_OK;
  return rv;
}
CK_RV SignInit(CK_SESSION_HANDLE, CK_MECHANISM_PTR, CK_OBJECT_HANDLE) {
  return Begin(kFakeSignInit);
}
CK_RV VerifyInit(CK_SESSION_HANDLE, CK_MECHANISM_PTR, CK_OBJECT_HANDLE) {
  return Begin(kFakeVerifyInit);
}
CK_RV EncryptInit(CK_SESSION_HANDLE, CK_MECHANISM_PTR, CK_OBJECT_HANDLE) {
  return Begin(kFakeEncryptInit);
}
CK_RV DecryptInit(CK_SESSION_HANDLE, CK_MECHANISM_PTR, CK_OBJECT_HANDLE) {
  return Begin(kFakeDecryptInit);
}

CK_RV Transform(FakeFunction function, CK_BYTE_PTR in, CK_BYTE_PTR out, CK_ULONG_PTR length) {
  if (in == nullptr || out == nullptr) control.saw_null = true;
  if (!active) return CKR_OPERATION_NOT_INITIALIZED;
  const CK_RV rv = Answer(function);
  if (rv == CKR_OK && *length < control.output_length) {
    active = !control.ends_when_too_small;
    *length = control.output_length;
    return CKR_BUFFER_TOO_SMALL;
  }
  active = false;
  // As careless modules do: it writes before it fails.
  std::memset(out, 0xAB, *length < control.output_length ? *length : control.output_length);
  if (rv != CKR_OK) return rv;
  *length = control.reported_length != 0 ? control.reported_length : control.output_length;
  return CKR_OK;
}
CK_RV Sign(CK_SESSION_HANDLE, CK_BYTE_PTR in, CK_ULONG, CK_BYTE_PTR out, CK_ULONG_PTR length) {
  return Transform(kFakeSign, in, out, length);
}
CK_RV Encrypt(CK_SESSION_HANDLE, CK_BYTE_PTR in, CK_ULONG, CK_BYTE_PTR out, CK_ULONG_PTR length) {
  return Transform(kFakeEncrypt, in, out, length);
}
CK_RV Decrypt(CK_SESSION_HANDLE, CK_BYTE_PTR in, CK_ULONG, CK_BYTE_PTR out, CK_ULONG_PTR length) {
  return Transform(kFakeDecrypt, in, out, length);
}
CK_RV Verify(CK_SESSION_HANDLE, CK_BYTE_PTR in, CK_ULONG, CK_BYTE_PTR signature, CK_ULONG) {
  if (in == nullptr || signature == nullptr) control.saw_null = true;
  active = false;
  return Answer(kFakeVerify);
}
CK_RV GenerateRandom(CK_SESSION_HANDLE, CK_BYTE_PTR, CK_ULONG) {
  return Answer(kFakeGenerateRandom);
}

}  // namespace

FAKE_EXPORT FakeControl* FakeModuleControl() { return &control; }

FAKE_EXPORT CK_RV C_GetFunctionList(CK_FUNCTION_LIST_PTR_PTR out) {
  static CK_FUNCTION_LIST list = [] {
    CK_FUNCTION_LIST made{};
    made.version = {2, 40};
    made.C_Initialize = Initialize;
    made.C_Finalize = Finalize;
    made.C_GetSlotList = GetSlotList;
    made.C_GetTokenInfo = GetTokenInfo;
    made.C_GetMechanismInfo = GetMechanismInfo;
    made.C_OpenSession = OpenSession;
    made.C_CloseSession = CloseSession;
    made.C_Login = Login;
    made.C_Logout = Logout;
    made.C_CreateObject = CreateObject;
    made.C_DestroyObject = DestroyObject;
    made.C_GetAttributeValue = GetAttributeValue;
    made.C_FindObjectsInit = FindObjectsInit;
    made.C_FindObjects = FindObjects;
    made.C_FindObjectsFinal = FindObjectsFinal;
    made.C_GenerateKeyPair = GenerateKeyPair;
    made.C_DeriveKey = DeriveKey;
    made.C_WrapKey = WrapKey;
    made.C_UnwrapKey = UnwrapKey;
    made.C_SignInit = SignInit;
    made.C_Sign = Sign;
    made.C_VerifyInit = VerifyInit;
    made.C_Verify = Verify;
    made.C_EncryptInit = EncryptInit;
    made.C_Encrypt = Encrypt;
    made.C_DecryptInit = DecryptInit;
    made.C_Decrypt = Decrypt;
    made.C_GenerateRandom = GenerateRandom;
    return made;
  }();
  *out = &list;
  return CKR_OK;
}
