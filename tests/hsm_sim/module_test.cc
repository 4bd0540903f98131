// The module as a program loads it: by dlopen, with nothing visible but C_*.
#include <dlfcn.h>
#include <cstdlib>

#include "tests/hsm_sim/sim_fixture.h"

namespace florin::hsm_sim {
namespace {

// The module never frees its table of sessions, so that late calls meet closed sessions.
// LeakSanitizer would call that a leak once the module's own pointer to it is unmapped.
#ifdef __SANITIZE_ADDRESS__
constexpr int kLoadFlags = RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE;
#else
constexpr int kLoadFlags = RTLD_NOW | RTLD_LOCAL;
#endif

TEST(SharedModule, LoadsWorksAndUnloads) {
  TemporaryFolder folder;
  ::setenv("FLORIN_HSM_DIR", folder.path().c_str(), 1);
  ::setenv("FLORIN_HSM_PIN_KDF", "minimal", 1);
  for (int round = 0; round < 2; ++round) {
    void* module = ::dlopen(FLORIN_MODULE_PATH, kLoadFlags);
    ASSERT_NE(module, nullptr) << ::dlerror();
    auto get_list = reinterpret_cast<CK_C_GetFunctionList>(::dlsym(module, "C_GetFunctionList"));
    ASSERT_NE(get_list, nullptr);
    CK_FUNCTION_LIST* list = nullptr;
    ASSERT_EQ(get_list(&list), CKR_OK);
    ASSERT_EQ(list->C_Initialize(nullptr), CKR_OK);
    if (round == 0) {
      ASSERT_EQ(list->C_InitToken(0, Text(kSoPin), 8, Text("shared                          ")),
                CKR_OK);
    }
    CK_SESSION_HANDLE session = 0;
    ASSERT_EQ(
        list->C_OpenSession(0, CKF_SERIAL_SESSION | CKF_RW_SESSION, nullptr, nullptr, &session),
        CKR_OK);
    EXPECT_EQ(list->C_Login(session, CKU_SO, Text(kSoPin), 8), CKR_OK);
    CK_MECHANISM mechanism{CKM_SHA256, nullptr, 0};
    EXPECT_EQ(list->C_DigestInit(session, &mechanism), CKR_OK);
    EXPECT_EQ(::dlsym(module, "_ZN6florin7hsm_sim6Module7CurrentEv"), nullptr)
        << "only C_* is visible";
    EXPECT_EQ(list->C_Finalize(nullptr), CKR_OK);
    ::dlclose(module);
  }
}

// What the host does at exit comes after the module's own end, in whatever order.
TEST(SharedModule, ExitWithoutFinaliseIsQuiet) {
  // A process of its own: a forked child abandons what the test before loaded.
  ::testing::FLAGS_gtest_death_test_style = "threadsafe";
  TemporaryFolder folder;
  ::setenv("FLORIN_HSM_DIR", folder.path().c_str(), 1);
  EXPECT_EXIT(
      {
        void* module = ::dlopen(FLORIN_MODULE_PATH, kLoadFlags);
        static CK_FUNCTION_LIST* list = nullptr;
        reinterpret_cast<CK_C_GetFunctionList>(::dlsym(module, "C_GetFunctionList"))(&list);
        std::atexit([] { list->C_Finalize(nullptr); });
        list->C_Initialize(nullptr);
        std::exit(0);
      },
      ::testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace florin::hsm_sim
