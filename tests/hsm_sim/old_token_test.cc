// Tokens of older modules: object files of format 1, in which keys have no state and no origin.
#include <array>
#include <filesystem>

#include "tests/hsm_sim/sim_fixture.h"

namespace florin::hsm_sim {
namespace {

namespace fs = std::filesystem;

// The token of an older module, tests/hsm_sim/tokens/README.md.
class OldTokenTest : public ModuleTest {
 protected:
  void SetUp() override {
    fs::copy(FLORIN_SOURCE_DIR "/tests/hsm_sim/tokens/format_1", folder_.path(),
             fs::copy_options::recursive);
    ModuleTest::SetUp();
    Login();
  }

  void Login() {
    ASSERT_EQ(C_OpenSession(0, CKF_SERIAL_SESSION | CKF_RW_SESSION, nullptr, nullptr, &session_),
              CKR_OK);
    ASSERT_EQ(C_Login(session_, CKU_USER, Text(kUserPin), 4), CKR_OK);
  }

  CK_OBJECT_HANDLE Key(CK_OBJECT_CLASS object_class, const char* label) {
    AttributeList query;
    query.Ulong(CKA_CLASS, object_class).Text(CKA_LABEL, label);
    std::array<CK_OBJECT_HANDLE, 2> found{};
    CK_ULONG count = 0;
    EXPECT_EQ(C_FindObjectsInit(session_, query.data(), query.size()), CKR_OK);
    EXPECT_EQ(C_FindObjects(session_, found.data(), found.size(), &count), CKR_OK);
    EXPECT_EQ(C_FindObjectsFinal(session_), CKR_OK);
    EXPECT_EQ(count, 1U) << label;
    return found[0];
  }
  CK_RV Get(CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type, CK_ULONG& value) {
    CK_ATTRIBUTE entry{type, &value, sizeof(value)};
    return C_GetAttributeValue(session_, object, &entry, 1);
  }
  CK_RV Mac(CK_OBJECT_HANDLE key, bool sign) {
    CK_MECHANISM mechanism{CKM_AES_CMAC, nullptr, 0};
    Bytes data(16);
    Bytes mac(16);
    CK_ULONG length = mac.size();
    const CK_RV rv =
        sign ? C_SignInit(session_, &mechanism, key) : C_VerifyInit(session_, &mechanism, key);
    if (rv != CKR_OK) return rv;
    return sign ? C_Sign(session_, data.data(), data.size(), mac.data(), &length)
                : C_Verify(session_, data.data(), data.size(), mac.data(), mac.size());
  }

  CK_SESSION_HANDLE session_ = 0;
};

TEST_F(OldTokenTest, ItsKeysAreActive) {
  for (const char* label : {"imported", "visible", "misdated", "backwards"}) {
    const CK_OBJECT_HANDLE key = Key(CKO_SECRET_KEY, label);
    CK_ULONG value = 0;
    ASSERT_EQ(Get(key, CKA_FLORIN_KEY_STATE, value), CKR_OK) << label;
    EXPECT_EQ(value, CK_FLORIN_KEY_STATE_ACTIVE);
    EXPECT_EQ(Get(key, CKA_FLORIN_KEY_ORIGIN, value), CKR_ATTRIBUTE_TYPE_INVALID)
        << "not recorded: imported, unwrapped or derived";
    EXPECT_EQ(Mac(key, true), CKR_OK) << label;
  }
  CK_ULONG origin = 0;
  ASSERT_EQ(Get(Key(CKO_SECRET_KEY, "generated"), CKA_FLORIN_KEY_ORIGIN, origin), CKR_OK);
  EXPECT_EQ(origin, CK_FLORIN_KEY_ORIGIN_GENERATED) << "CKA_LOCAL told it";
  ASSERT_EQ(Get(Key(CKO_PRIVATE_KEY, "pair"), CKA_FLORIN_KEY_ORIGIN, origin), CKR_OK);
  EXPECT_EQ(origin, CK_FLORIN_KEY_ORIGIN_GENERATED);
  ASSERT_EQ(Get(Key(CKO_PUBLIC_KEY, "pair"), CKA_FLORIN_KEY_STATE, origin), CKR_OK);
  EXPECT_EQ(origin, CK_FLORIN_KEY_STATE_ACTIVE);
}

TEST_F(OldTokenTest, ItsDatesAreObeyedNow) {
  const CK_OBJECT_HANDLE key = Key(CKO_SECRET_KEY, "dated");
  EXPECT_EQ(Mac(key, true), CKR_KEY_FUNCTION_NOT_PERMITTED);
  EXPECT_EQ(Mac(key, false), CKR_SIGNATURE_INVALID);
}

TEST_F(OldTokenTest, AChangeIsKept) {
  CK_ULONG state = CK_FLORIN_KEY_STATE_RETIRED;
  CK_ATTRIBUTE entry{CKA_FLORIN_KEY_STATE, &state, sizeof(state)};
  ASSERT_EQ(C_SetAttributeValue(session_, Key(CKO_SECRET_KEY, "imported"), &entry, 1), CKR_OK);
  Restart();
  Login();
  const CK_OBJECT_HANDLE key = Key(CKO_SECRET_KEY, "imported");
  CK_ULONG value = 0;
  ASSERT_EQ(Get(key, CKA_FLORIN_KEY_STATE, value), CKR_OK);
  EXPECT_EQ(value, CK_FLORIN_KEY_STATE_RETIRED);
  EXPECT_EQ(Get(key, CKA_FLORIN_KEY_ORIGIN, value), CKR_ATTRIBUTE_TYPE_INVALID);
  EXPECT_EQ(Mac(key, true), CKR_KEY_FUNCTION_NOT_PERMITTED);
}

}  // namespace
}  // namespace florin::hsm_sim
