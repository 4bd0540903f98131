// C_Initialize, function lists, slots, tokens, PINs, sessions.
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

#include "tests/hsm_sim/sim_fixture.h"

namespace florin::hsm_sim {
namespace {

TEST_F(ModuleTest, InitialisesOnceAndFinalisesOnce) {
  EXPECT_EQ(C_Initialize(nullptr), CKR_CRYPTOKI_ALREADY_INITIALIZED);
  EXPECT_EQ(C_Finalize(&folder_), CKR_ARGUMENTS_BAD);
  EXPECT_EQ(C_Finalize(nullptr), CKR_OK);
  EXPECT_EQ(C_Finalize(nullptr), CKR_CRYPTOKI_NOT_INITIALIZED);
  CK_INFO info;
  EXPECT_EQ(C_GetInfo(&info), CKR_CRYPTOKI_NOT_INITIALIZED);
}

TEST_F(ModuleTest, ChecksInitialisationArguments) {
  ASSERT_EQ(C_Finalize(nullptr), CKR_OK);
  CK_C_INITIALIZE_ARGS arguments{};
  arguments.CreateMutex = [](CK_VOID_PTR_PTR) -> CK_RV { return CKR_OK; };
  EXPECT_EQ(C_Initialize(&arguments), CKR_ARGUMENTS_BAD) << "some mutex functions but not all";
  arguments.DestroyMutex = arguments.LockMutex =
      arguments.UnlockMutex = [](CK_VOID_PTR) -> CK_RV { return CKR_OK; };
  EXPECT_EQ(C_Initialize(&arguments), CKR_CANT_LOCK) << "only the caller's mutexes are allowed";
  arguments = CK_C_INITIALIZE_ARGS();
  arguments.pReserved = reinterpret_cast<void*>(1);
  EXPECT_EQ(C_Initialize(&arguments), CKR_ARGUMENTS_BAD) << "a number as pReserved";
  for (const char* parameters : {"nonsense", "colour=blue", "directory='/tmp", "pin_kdf=weak"}) {
    arguments.pReserved = const_cast<char*>(parameters);
    EXPECT_EQ(C_Initialize(&arguments), CKR_ARGUMENTS_BAD) << parameters;
  }
  ::unsetenv("FLORIN_HSM_DIR");
  const std::string parameters = "directory='" + folder_.path() + "/a b' pin_kdf=minimal";
  arguments.pReserved = const_cast<char*>(parameters.c_str());
  arguments.flags = CKF_OS_LOCKING_OK;
  ASSERT_EQ(C_Initialize(&arguments), CKR_OK);
  ASSERT_EQ(C_InitToken(0, Text(kSoPin), 8, Text("label                           ")), CKR_OK);
  EXPECT_TRUE(std::filesystem::exists(folder_.path() + "/a b"));
}

// In a process of its own: the kernel is chosen once.
TEST(ForcedKernelDeathTest, UnknownIsRefusedByInitialize) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        ::setenv("FLORIN_FORCE_KERNEL", "unknown", 1);
        const bool refused = C_Initialize(nullptr) == CKR_ARGUMENTS_BAD &&
                             C_Finalize(nullptr) == CKR_CRYPTOKI_NOT_INITIALIZED;
        ::exit(refused ? 0 : 1);
      },
      ::testing::ExitedWithCode(0), "");
}

TEST_F(ModuleTest, FunctionListsAreCompleteAndVersioned) {
  CK_FUNCTION_LIST* list = nullptr;
  ASSERT_EQ(C_GetFunctionList(&list), CKR_OK);
  EXPECT_EQ(list->version.major, 2);
  EXPECT_EQ(list->version.minor, 40);
  const auto* members = reinterpret_cast<void* const*>(&list->C_Initialize);
  for (int i = 0; i < 68; ++i) EXPECT_NE(members[i], nullptr) << i;
  EXPECT_EQ(list->C_WaitForSlotEvent, &C_WaitForSlotEvent) << "the last one is in its place";

  CK_ULONG count = 0;
  ASSERT_EQ(C_GetInterfaceList(nullptr, &count), CKR_OK);
  ASSERT_EQ(count, 3U);
  CK_INTERFACE interfaces[3];
  count = 2;
  EXPECT_EQ(C_GetInterfaceList(interfaces, &count), CKR_BUFFER_TOO_SMALL);
  count = 3;
  ASSERT_EQ(C_GetInterfaceList(interfaces, &count), CKR_OK);

  CK_INTERFACE* found = nullptr;
  ASSERT_EQ(C_GetInterface(nullptr, nullptr, &found, 0), CKR_OK);
  auto* list30 = static_cast<CK_FUNCTION_LIST_3_0*>(found->pFunctionList);
  EXPECT_EQ(list30->version.major, 3);
  EXPECT_EQ(list30->C_MessageVerifyFinal, &C_MessageVerifyFinal);
  CK_VERSION version{2, 40};
  ASSERT_EQ(C_GetInterface(Text("PKCS 11"), &version, &found, 0), CKR_OK);
  EXPECT_EQ(found->pFunctionList, list);
  ASSERT_EQ(C_GetInterface(Text(FLORIN_INTERFACE_NAME), nullptr, &found, 0), CKR_OK);
  EXPECT_NE(static_cast<FLORIN_FUNCTION_LIST_1_0*>(found->pFunctionList)->C_FlorinProcessBatch,
            nullptr);
  EXPECT_EQ(C_GetInterface(Text("Vendor Nobody"), nullptr, &found, 0), CKR_FUNCTION_FAILED);
  EXPECT_EQ(C_GetInterface(nullptr, nullptr, &found, CKF_INTERFACE_FORK_SAFE), CKR_FUNCTION_FAILED)
      << "a forked child keeps nothing";
}

TEST_F(ModuleTest, SaysThatItIsTestEquipment) {
  CK_TOKEN_INFO info;
  ASSERT_EQ(C_GetTokenInfo(0, &info), CKR_OK);
  EXPECT_EQ(std::string(info.manufacturerID, info.manufacturerID + 6), "Florin");
  EXPECT_EQ(std::string(info.model, info.model + 16), "HSM simulator   ");
  EXPECT_EQ(info.flags & CKF_TOKEN_INITIALIZED, 0U);
}

TEST_F(ModuleTest, OneSlotPerTokenAndOneForTheNext) {
  CK_ULONG count = 0;
  ASSERT_EQ(C_GetSlotList(CK_TRUE, nullptr, &count), CKR_OK);
  EXPECT_EQ(count, 1U);
  ASSERT_EQ(C_InitToken(0, Text(kSoPin), 8, Text("first                           ")), CKR_OK);
  ASSERT_EQ(C_GetSlotList(CK_TRUE, nullptr, &count), CKR_OK);
  EXPECT_EQ(count, 2U);
  CK_SLOT_ID slots[2];
  count = 1;
  EXPECT_EQ(C_GetSlotList(CK_TRUE, slots, &count), CKR_BUFFER_TOO_SMALL);
  EXPECT_EQ(count, 2U);
  ASSERT_EQ(C_GetSlotList(CK_TRUE, slots, &count), CKR_OK);
  CK_TOKEN_INFO info;
  ASSERT_EQ(C_GetTokenInfo(slots[0], &info), CKR_OK);
  EXPECT_EQ(std::string(info.label, info.label + 6), "first ");
  EXPECT_NE(info.flags & CKF_TOKEN_INITIALIZED, 0U);
  EXPECT_EQ(C_GetTokenInfo(99, &info), CKR_SLOT_ID_INVALID);
  CK_SESSION_HANDLE session = 0;
  EXPECT_EQ(C_OpenSession(slots[1], CKF_SERIAL_SESSION, nullptr, nullptr, &session),
            CKR_TOKEN_NOT_RECOGNIZED);
}

TEST_F(TokenTest, MechanismFlagsAreExact) {
  const struct {
    CK_MECHANISM_TYPE type;
    CK_FLAGS flags;
  } kExpected[] = {
      {CKM_AES_KEY_GEN, CKF_GENERATE},
      {CKM_AES_ECB, CKF_ENCRYPT | CKF_DECRYPT},
      {CKM_AES_CBC_PAD, CKF_ENCRYPT | CKF_DECRYPT},
      {CKM_AES_GCM,
       CKF_ENCRYPT | CKF_DECRYPT | CKF_UNWRAP | CKF_MESSAGE_ENCRYPT | CKF_MESSAGE_DECRYPT},
      {CKM_AES_CMAC, CKF_SIGN | CKF_VERIFY},
      {CKM_AES_KEY_WRAP, CKF_WRAP | CKF_UNWRAP},
      {CKM_SHA256_HMAC, CKF_SIGN | CKF_VERIFY},
      {CKM_SHA256, CKF_DIGEST},
      {CKM_ECDH1_DERIVE, CKF_DERIVE | CKF_EC_F_P | CKF_EC_NAMEDCURVE | CKF_EC_UNCOMPRESS},
      {CKM_FLORIN_EMV_CRYPTOGRAM, CKF_SIGN | CKF_VERIFY | CKF_MESSAGE_SIGN | CKF_MESSAGE_VERIFY},
      {CKM_FLORIN_EMV_ARPC, CKF_SIGN | CKF_MESSAGE_SIGN},
      {CKM_FLORIN_EMV_VERIFIED_ARPC, CKF_SIGN | CKF_MESSAGE_SIGN},
      {CKM_FLORIN_EMV_AUTHORIZATION, CKF_SIGN | CKF_VERIFY | CKF_MESSAGE_SIGN | CKF_MESSAGE_VERIFY},
      {CKM_FLORIN_EMV_ARQC_TRACE, CKF_SIGN},
      {CKM_DES3_CMAC, CKF_SIGN | CKF_VERIFY},
      {CKM_FLORIN_ISO9797_MAC, CKF_SIGN | CKF_VERIFY},
      {CKM_FLORIN_CARD_VERIFICATION, CKF_SIGN | CKF_VERIFY},
      {CKM_FLORIN_3DS, CKF_SIGN | CKF_VERIFY},
      {CKM_FLORIN_DUKPT_MAC, CKF_SIGN | CKF_VERIFY},
      {CKM_FLORIN_DUKPT_DATA, CKF_ENCRYPT | CKF_DECRYPT},
      {CKM_FLORIN_KEY_BLOCK, CKF_WRAP | CKF_UNWRAP},
      {CKM_RSA_PKCS_KEY_PAIR_GEN, CKF_GENERATE_KEY_PAIR},
      {CKM_RSA_PKCS, CKF_SIGN | CKF_VERIFY | CKF_UNWRAP},
      {CKM_FLORIN_ECDH_AES_KEY_WRAP,
       CKF_UNWRAP | CKF_EC_F_P | CKF_EC_NAMEDCURVE | CKF_EC_UNCOMPRESS},
      {CKM_SHA512_RSA_PKCS, CKF_SIGN | CKF_VERIFY},
      {CKM_SHA256_RSA_PKCS_PSS, CKF_SIGN | CKF_VERIFY},
      {CKM_RSA_PKCS_OAEP, CKF_ENCRYPT | CKF_DECRYPT | CKF_WRAP | CKF_UNWRAP},
      {CKM_FLORIN_ECDH_KEY_AGREEMENT,
       CKF_DERIVE | CKF_EC_F_P | CKF_EC_NAMEDCURVE | CKF_EC_UNCOMPRESS},
  };
  for (const auto& row : kExpected) {
    CK_MECHANISM_INFO info;
    ASSERT_EQ(C_GetMechanismInfo(0, row.type, &info), CKR_OK) << std::hex << row.type;
    EXPECT_EQ(info.flags, row.flags) << std::hex << row.type;
  }
  CK_MECHANISM_INFO info;
  EXPECT_EQ(C_GetMechanismInfo(0, CKM_RSA_X_509, &info), CKR_MECHANISM_INVALID);
  EXPECT_EQ(C_GetMechanismInfo(0, CKM_SHA_1_HMAC, &info), CKR_MECHANISM_INVALID);
  CK_ULONG count = 0;
  ASSERT_EQ(C_GetMechanismList(0, nullptr, &count), CKR_OK);
  std::vector<CK_MECHANISM_TYPE> list(count);
  ASSERT_EQ(C_GetMechanismList(0, list.data(), &count), CKR_OK);
  for (const CK_MECHANISM_TYPE type : list) EXPECT_EQ(C_GetMechanismInfo(0, type, &info), CKR_OK);
}

TEST_F(TokenTest, LoginFollowsTheStandard) {
  EXPECT_EQ(Login(CKU_USER, kUserPin), CKR_USER_ALREADY_LOGGED_IN);
  EXPECT_EQ(Login(CKU_SO, kSoPin), CKR_USER_ANOTHER_ALREADY_LOGGED_IN);
  EXPECT_EQ(Login(7, kUserPin), CKR_USER_TYPE_INVALID);
  CK_SESSION_INFO info;
  ASSERT_EQ(C_GetSessionInfo(session_, &info), CKR_OK);
  EXPECT_EQ(info.state, CKS_RW_USER_FUNCTIONS);
  EXPECT_EQ(C_Logout(session_), CKR_OK);
  EXPECT_EQ(C_Logout(session_), CKR_USER_NOT_LOGGED_IN);
  EXPECT_EQ(Login(CKU_USER, "wrong"), CKR_PIN_INCORRECT);
  const CK_SESSION_HANDLE read_only = Open();
  EXPECT_EQ(Login(CKU_SO, kSoPin), CKR_SESSION_READ_ONLY_EXISTS);
  ASSERT_EQ(C_CloseSession(read_only), CKR_OK);
  ASSERT_EQ(Login(CKU_SO, kSoPin), CKR_OK);
  CK_SESSION_HANDLE session = 0;
  EXPECT_EQ(C_OpenSession(0, CKF_SERIAL_SESSION, nullptr, nullptr, &session),
            CKR_SESSION_READ_WRITE_SO_EXISTS);
  EXPECT_EQ(C_OpenSession(0, CKF_RW_SESSION, nullptr, nullptr, &session),
            CKR_SESSION_PARALLEL_NOT_SUPPORTED);
}

TEST_F(TokenTest, TheLastSessionLogsOut) {
  ASSERT_EQ(C_CloseSession(session_), CKR_OK);
  EXPECT_EQ(C_CloseSession(session_), CKR_SESSION_HANDLE_INVALID);
  session_ = Open(CKF_RW_SESSION);
  CK_SESSION_INFO info;
  ASSERT_EQ(C_GetSessionInfo(session_, &info), CKR_OK);
  EXPECT_EQ(info.state, CKS_RW_PUBLIC_SESSION);
}

TEST_F(TokenTest, PinLocksAfterTenFailuresAndTheSoUnlocksIt) {
  ASSERT_EQ(C_Logout(session_), CKR_OK);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(Login(CKU_USER, "0000"), CKR_PIN_INCORRECT) << i;
  CK_TOKEN_INFO info;
  ASSERT_EQ(C_GetTokenInfo(0, &info), CKR_OK);
  EXPECT_NE(info.flags & CKF_USER_PIN_LOCKED, 0U);
  EXPECT_EQ(Login(CKU_USER, kUserPin), CKR_PIN_LOCKED) << "even the right one";
  Restart();
  session_ = Open(CKF_RW_SESSION);
  EXPECT_EQ(Login(CKU_USER, kUserPin), CKR_PIN_LOCKED) << "the counter is on disk";
  ASSERT_EQ(Login(CKU_SO, kSoPin), CKR_OK);
  ASSERT_EQ(C_InitPIN(session_, Text("4321"), 4), CKR_OK);
  ASSERT_EQ(C_Logout(session_), CKR_OK);
  EXPECT_EQ(Login(CKU_USER, "4321"), CKR_OK);
  EXPECT_EQ(C_Logout(session_), CKR_OK);
  EXPECT_EQ(Login(CKU_USER, "0000"), CKR_PIN_INCORRECT);
  EXPECT_EQ(Login(CKU_USER, "4321"), CKR_OK) << "a success clears the failures";
}

TEST_F(TokenTest, PinsChange) {
  EXPECT_EQ(C_SetPIN(session_, Text(kUserPin), 4, Text("99"), 2), CKR_PIN_LEN_RANGE);
  EXPECT_EQ(C_SetPIN(session_, Text("0000"), 4, Text("9999"), 4), CKR_PIN_INCORRECT);
  EXPECT_EQ(C_SetPIN(session_, Text(kUserPin), 4, Text("9999"), 4), CKR_OK);
  EXPECT_EQ(C_InitPIN(session_, Text("1111"), 4), CKR_USER_NOT_LOGGED_IN) << "that is the SO's";
  ASSERT_EQ(C_Logout(session_), CKR_OK);
  EXPECT_EQ(Login(CKU_USER, kUserPin), CKR_PIN_INCORRECT);
  EXPECT_EQ(Login(CKU_USER, "9999"), CKR_OK);
}

TEST_F(TokenTest, InitTokenErasesAndNeedsTheSoPin) {
  AesKey({CKA_ENCRYPT}, true);
  CK_UTF8CHAR* label = Text("again                           ");
  EXPECT_EQ(C_InitToken(0, Text(kSoPin), 8, label), CKR_SESSION_EXISTS);
  ASSERT_EQ(C_CloseAllSessions(0), CKR_OK);
  EXPECT_EQ(C_InitToken(0, Text("wrong"), 5, label), CKR_PIN_INCORRECT);
  ASSERT_EQ(C_InitToken(0, Text(kSoPin), 8, label), CKR_OK);
  session_ = Open(CKF_RW_SESSION);
  EXPECT_EQ(Login(CKU_USER, kUserPin), CKR_USER_PIN_NOT_INITIALIZED);
  ASSERT_EQ(Login(CKU_SO, kSoPin), CKR_OK);
  ASSERT_EQ(C_InitPIN(session_, Text(kUserPin), 4), CKR_OK);
  ASSERT_EQ(C_Logout(session_), CKR_OK);
  ASSERT_EQ(Login(CKU_USER, kUserPin), CKR_OK);
  EXPECT_TRUE(Find(AttributeList()).empty());
}

TEST_F(TokenTest, AForkedChildMustInitialiseItsOwn) {
  const CK_OBJECT_HANDLE key = HmacKey();
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    CK_SESSION_INFO info;
    int failed = 0;
    if (C_GetSessionInfo(session_, &info) != CKR_CRYPTOKI_NOT_INITIALIZED) failed |= 1;
    if (C_Initialize(nullptr) != CKR_OK) failed |= 2;
    if (C_GetSessionInfo(session_, &info) != CKR_SESSION_HANDLE_INVALID) failed |= 4;
    CK_SESSION_HANDLE session = 0;
    if (C_OpenSession(0, CKF_SERIAL_SESSION, nullptr, nullptr, &session) != CKR_OK) failed |= 8;
    if (C_GetSessionInfo(session, &info) != CKR_OK || info.state != CKS_RO_PUBLIC_SESSION) {
      failed |= 16;
    }
    if (C_Finalize(nullptr) != CKR_OK) failed |= 32;
    ::_exit(failed);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
  Bytes mac;
  EXPECT_EQ(Sign({CKM_SHA256_HMAC, nullptr, 0}, key, AsBytes("x"), mac), CKR_OK)
      << "the parent goes on";
}

}  // namespace
}  // namespace florin::hsm_sim
