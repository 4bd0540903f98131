// Garbage at every entry point: nulls, absurd lengths, random bytes. Never a crash, never CKR_OK
// for what cannot be.
#include <cstring>
#include <random>

#include "tests/hsm_sim/sim_fixture.h"

namespace florin::hsm_sim {
namespace {

using GarbageTest = TokenTest;

constexpr CK_ULONG kHuge = ~CK_ULONG{0};

TEST_F(GarbageTest, NullsEverywhere) {
  const CK_SESSION_HANDLE s = session_;
  EXPECT_EQ(C_GetInfo(nullptr), CKR_ARGUMENTS_BAD);
  EXPECT_EQ(C_GetFunctionList(nullptr), CKR_ARGUMENTS_BAD);
  EXPECT_EQ(C_GetInterfaceList(nullptr, nullptr), CKR_ARGUMENTS_BAD);
  EXPECT_EQ(C_GetInterface(nullptr, nullptr, nullptr, 0), CKR_ARGUMENTS_BAD);
  EXPECT_EQ(C_GetSlotList(CK_TRUE, nullptr, nullptr), CKR_ARGUMENTS_BAD);
  EXPECT_EQ(C_GetSlotInfo(0, nullptr), CKR_ARGUMENTS_BAD);
  EXPECT_EQ(C_GetTokenInfo(0, nullptr), CKR_ARGUMENTS_BAD);
  EXPECT_EQ(C_GetMechanismList(0, nullptr, nullptr), CKR_ARGUMENTS_BAD);
  EXPECT_EQ(C_GetMechanismInfo(0, CKM_AES_ECB, nullptr), CKR_ARGUMENTS_BAD);
  EXPECT_EQ(C_InitToken(0, nullptr, 0, nullptr), CKR_ARGUMENTS_BAD);
  EXPECT_EQ(C_InitPIN(s, nullptr, 0), CKR_ARGUMENTS_BAD);
  EXPECT_EQ(C_SetPIN(s, nullptr, 0, nullptr, 0), CKR_ARGUMENTS_BAD);
  EXPECT_EQ(C_OpenSession(0, CKF_SERIAL_SESSION, nullptr, nullptr, nullptr), CKR_ARGUMENTS_BAD);
  EXPECT_EQ(C_GetSessionInfo(s, nullptr), CKR_ARGUMENTS_BAD);
  EXPECT_EQ(C_Login(s, CKU_USER, nullptr, 4), CKR_ARGUMENTS_BAD);
  EXPECT_EQ(C_CreateObject(s, nullptr, 1, nullptr), CKR_ARGUMENTS_BAD);
  EXPECT_EQ(C_CopyObject(s, 1, nullptr, 1, nullptr), CKR_ARGUMENTS_BAD);
  EXPECT_EQ(C_GetAttributeValue(s, HmacKey(), nullptr, 1), CKR_ARGUMENTS_BAD);
  EXPECT_EQ(C_SetAttributeValue(s, HmacKey(), nullptr, 1), CKR_ARGUMENTS_BAD);
  EXPECT_EQ(C_GetObjectSize(s, HmacKey(), nullptr), CKR_ARGUMENTS_BAD);
  EXPECT_EQ(C_FindObjectsInit(s, nullptr, 1), CKR_ARGUMENTS_BAD);
  EXPECT_EQ(C_FindObjects(s, nullptr, 1, nullptr), CKR_OPERATION_NOT_INITIALIZED);
  EXPECT_EQ(C_EncryptInit(s, nullptr, 1), CKR_ARGUMENTS_BAD);
  EXPECT_EQ(C_DecryptInit(s, nullptr, 1), CKR_ARGUMENTS_BAD);
  EXPECT_EQ(C_DigestInit(s, nullptr), CKR_ARGUMENTS_BAD);
  EXPECT_EQ(C_SignInit(s, nullptr, 1), CKR_ARGUMENTS_BAD);
  EXPECT_EQ(C_VerifyInit(s, nullptr, 1), CKR_ARGUMENTS_BAD);
  EXPECT_EQ(C_MessageSignInit(s, nullptr, 1), CKR_ARGUMENTS_BAD);
  EXPECT_EQ(C_GenerateKey(s, nullptr, nullptr, 0, nullptr), CKR_ARGUMENTS_BAD);
  EXPECT_EQ(C_GenerateKeyPair(s, nullptr, nullptr, 0, nullptr, 0, nullptr, nullptr),
            CKR_ARGUMENTS_BAD);
  EXPECT_EQ(C_DeriveKey(s, nullptr, 0, nullptr, 0, nullptr), CKR_ARGUMENTS_BAD);
  EXPECT_EQ(C_WrapKey(s, nullptr, 0, 0, nullptr, nullptr), CKR_ARGUMENTS_BAD);
  EXPECT_EQ(C_UnwrapKey(s, nullptr, 0, nullptr, 0, nullptr, 0, nullptr), CKR_ARGUMENTS_BAD);
  EXPECT_EQ(C_GenerateRandom(s, nullptr, 16), CKR_ARGUMENTS_BAD);
  EXPECT_EQ(C_WaitForSlotEvent(CKF_DONT_BLOCK, nullptr, nullptr), CKR_ARGUMENTS_BAD);
}

TEST_F(GarbageTest, WrongSessionsEverywhere) {
  for (const CK_SESSION_HANDLE s : {CK_SESSION_HANDLE{0}, kHuge, session_ + 1}) {
    CK_ULONG length = 0;
    CK_MECHANISM mechanism{CKM_AES_ECB, nullptr, 0};
    EXPECT_EQ(C_CloseSession(s), CKR_SESSION_HANDLE_INVALID);
    EXPECT_EQ(C_Login(s, CKU_USER, Text(kUserPin), 4), CKR_SESSION_HANDLE_INVALID);
    EXPECT_EQ(C_Logout(s), CKR_SESSION_HANDLE_INVALID);
    EXPECT_EQ(C_InitPIN(s, Text(kUserPin), 4), CKR_SESSION_HANDLE_INVALID);
    EXPECT_EQ(C_EncryptInit(s, &mechanism, 1), CKR_SESSION_HANDLE_INVALID);
    EXPECT_EQ(C_Encrypt(s, nullptr, 0, nullptr, &length), CKR_SESSION_HANDLE_INVALID);
    EXPECT_EQ(C_DestroyObject(s, 1), CKR_SESSION_HANDLE_INVALID);
    EXPECT_EQ(C_FindObjectsFinal(s), CKR_SESSION_HANDLE_INVALID);
    EXPECT_EQ(C_GenerateRandom(s, nullptr, 0), CKR_SESSION_HANDLE_INVALID);
    EXPECT_EQ(C_MessageEncryptFinal(s), CKR_SESSION_HANDLE_INVALID);
    EXPECT_EQ(C_SessionCancel(s, kHuge), CKR_SESSION_HANDLE_INVALID);
  }
}

TEST_F(GarbageTest, AbsurdLengths) {
  CK_BYTE byte = 0;
  CK_ULONG length = kHuge;
  const CK_OBJECT_HANDLE key = HmacKey();
  CK_MECHANISM mechanism{CKM_SHA256_HMAC, nullptr, 0};
  ASSERT_EQ(C_SignInit(session_, &mechanism, key), CKR_OK);
  EXPECT_EQ(C_Sign(session_, &byte, kHuge, nullptr, &length), CKR_DATA_LEN_RANGE);
  ASSERT_EQ(C_SignInit(session_, &mechanism, key), CKR_OK);
  EXPECT_EQ(C_SignUpdate(session_, &byte, kHuge), CKR_DATA_LEN_RANGE);
  EXPECT_EQ(C_GenerateRandom(session_, &byte, kHuge), CKR_ARGUMENTS_BAD);
  EXPECT_EQ(C_Login(session_, CKU_USER, &byte, kHuge), CKR_USER_ALREADY_LOGGED_IN);
  EXPECT_EQ(C_InitToken(0, &byte, kHuge, Text("label                           ")),
            CKR_PIN_LEN_RANGE);
  CK_ATTRIBUTE entry{CKA_LABEL, &byte, kHuge};
  CK_OBJECT_HANDLE object = 0;
  EXPECT_EQ(C_CreateObject(session_, &entry, 1, &object), CKR_ATTRIBUTE_VALUE_INVALID);
  EXPECT_EQ(C_CreateObject(session_, &entry, kHuge, &object), CKR_ARGUMENTS_BAD);
  entry = {CKA_LABEL, nullptr, 5};
  EXPECT_EQ(C_FindObjectsInit(session_, &entry, 1), CKR_ATTRIBUTE_VALUE_INVALID);
  for (const CK_MECHANISM_TYPE type :
       {CKM_AES_CBC, CKM_AES_GCM, CKM_AES_CTR, CKM_SHA256_HMAC_GENERAL, CKM_ECDH1_DERIVE,
        CKM_FLORIN_EMV_CRYPTOGRAM, CKM_CONCATENATE_BASE_AND_DATA}) {
    for (const CK_ULONG size : {CK_ULONG{1}, CK_ULONG{24}, kHuge}) {
      CK_MECHANISM bad{type, nullptr, size};
      EXPECT_NE(C_EncryptInit(session_, &bad, key), CKR_OK);
      EXPECT_NE(C_SignInit(session_, &bad, key), CKR_OK);
      EXPECT_NE(C_DeriveKey(session_, &bad, key, nullptr, 0, &object), CKR_OK);
    }
  }
  CK_GCM_PARAMS gcm{&byte, kHuge, kHuge, &byte, kHuge, kHuge};
  CK_MECHANISM bad{CKM_AES_GCM, &gcm, sizeof(gcm)};
  EXPECT_EQ(C_EncryptInit(session_, &bad, AesKey({CKA_ENCRYPT})), CKR_MECHANISM_PARAM_INVALID);
}

TEST_F(GarbageTest, OverlappingBuffersAreRefusedOrRight) {
  const CK_OBJECT_HANDLE key = AesKey({CKA_ENCRYPT, CKA_DECRYPT});
  CK_MECHANISM mechanism{CKM_AES_ECB, nullptr, 0};
  CK_BYTE buffer[64] = {1, 2, 3};
  CK_BYTE expected[32];
  CK_ULONG length = 32;
  ASSERT_EQ(C_EncryptInit(session_, &mechanism, key), CKR_OK);
  ASSERT_EQ(C_Encrypt(session_, buffer, 32, expected, &length), CKR_OK);
  ASSERT_EQ(C_EncryptInit(session_, &mechanism, key), CKR_OK);
  EXPECT_EQ(C_Encrypt(session_, buffer, 32, buffer + 8, &length), CKR_ARGUMENTS_BAD);
  ASSERT_EQ(C_EncryptInit(session_, &mechanism, key), CKR_OK);
  ASSERT_EQ(C_Encrypt(session_, buffer, 32, buffer, &length), CKR_OK) << "in place";
  EXPECT_EQ(std::memcmp(buffer, expected, 32), 0);
}

// Random templates and parameters: whatever comes back, the module lives and still works.
TEST_F(GarbageTest, RandomTemplatesAndParameters) {
  std::mt19937_64 random(20261125);
  const CK_ATTRIBUTE_TYPE kTypes[] = {
      CKA_CLASS,     CKA_TOKEN,      CKA_PRIVATE,     CKA_LABEL,
      CKA_VALUE,     CKA_KEY_TYPE,   CKA_ID,          CKA_SENSITIVE,
      CKA_ENCRYPT,   CKA_SIGN,       CKA_DERIVE,      CKA_VALUE_LEN,
      CKA_EC_PARAMS, CKA_EC_POINT,   CKA_EXTRACTABLE, CKA_ALLOWED_MECHANISMS,
      CKA_TRUSTED,   CKA_START_DATE, CKA_UNIQUE_ID,   CKA_FLORIN_KEY_BLOCK_HEADER};
  const std::size_t kSizes[] = {0, 1, 4, 7, 8, 16, 32, 33, 65, 67, 1000};
  for (int round = 0; round < 3000; ++round) {
    std::vector<Bytes> values(random() % 10);
    std::vector<CK_ATTRIBUTE> entries;
    for (Bytes& value : values) {
      value.resize(kSizes[random() % std::size(kSizes)]);
      const bool small = random() % 2 == 0;
      for (auto& byte : value) byte = static_cast<std::uint8_t>(small ? 0 : random());
      if (small && !value.empty()) value[0] = static_cast<std::uint8_t>(random() % 6);
      entries.push_back({kTypes[random() % std::size(kTypes)],
                         value.empty() ? nullptr : value.data(), value.size()});
    }
    CK_OBJECT_HANDLE object = 0;
    if (C_CreateObject(session_, entries.data(), entries.size(), &object) == CKR_OK) {
      C_SetAttributeValue(session_, object, entries.data(), entries.size());
      C_GetAttributeValue(session_, object, entries.data(), entries.size());
      C_DestroyObject(session_, object);
    }
    CK_MECHANISM mechanism{random() % 3 == 0 ? random() : CKM_AES_KEY_GEN + random() % 16,
                           entries.empty() ? nullptr : entries[0].pValue,
                           entries.empty() ? 0 : entries[0].ulValueLen};
    C_GenerateKey(session_, &mechanism, entries.data(), entries.size(), &object);
    C_FindObjectsInit(session_, entries.data(), entries.size());
    C_FindObjectsFinal(session_);
  }
  Bytes mac;
  EXPECT_EQ(Sign({CKM_SHA256_HMAC, nullptr, 0}, HmacKey(), AsBytes("x"), mac), CKR_OK);
}

}  // namespace
}  // namespace florin::hsm_sim
