// What a token must refuse: the published attacks on the PKCS#11 interface, each as a test.
#include "tests/hsm_sim/sim_fixture.h"

namespace florin::hsm_sim {
namespace {

using PolicyTest = TokenTest;

TEST_F(PolicyTest, RolesThatMustNotMeetAreRefused) {
  // Clulow 2003, Tookan A1; Delaune, Kremer, Steel 2008.
  const std::pair<CK_ATTRIBUTE_TYPE, CK_ATTRIBUTE_TYPE> kPairs[] = {
      {CKA_WRAP, CKA_DECRYPT},   {CKA_UNWRAP, CKA_ENCRYPT}, {CKA_WRAP, CKA_ENCRYPT},
      {CKA_UNWRAP, CKA_DECRYPT}, {CKA_DERIVE, CKA_ENCRYPT}, {CKA_DERIVE, CKA_DECRYPT}};
  for (const auto& [first, second] : kPairs) {
    AttributeList list;
    list.Ulong(CKA_VALUE_LEN, 32).Bool(first, true).Bool(second, true);
    CK_OBJECT_HANDLE key = 0;
    EXPECT_EQ(TryGenerate(CKM_AES_KEY_GEN, list, &key), CKR_TEMPLATE_INCONSISTENT);
  }
}

TEST_F(PolicyTest, KeysThatCarryKeysNeverLeave) {
  // Wrapped itself and unwrapped to decrypt, such a key would undo every wrapping it made.
  for (const CK_ATTRIBUTE_TYPE role : {CKA_WRAP, CKA_UNWRAP}) {
    AttributeList list;
    list.Ulong(CKA_VALUE_LEN, 32).Bool(role, true).Bool(CKA_EXTRACTABLE, true);
    CK_OBJECT_HANDLE key = 0;
    EXPECT_EQ(TryGenerate(CKM_AES_KEY_GEN, list, &key), CKR_TEMPLATE_INCONSISTENT);
  }
  const CK_OBJECT_HANDLE key = AesKey({CKA_WRAP, CKA_UNWRAP});
  AttributeList given_up;
  given_up.Bool(CKA_WRAP, false).Bool(CKA_UNWRAP, false);
  ASSERT_EQ(C_SetAttributeValue(session_, key, given_up.data(), given_up.size()), CKR_OK);
  CK_MECHANISM wrap{CKM_AES_KEY_WRAP, nullptr, 0};
  CK_BYTE wrapped[64];
  CK_ULONG length = sizeof(wrapped);
  EXPECT_EQ(C_WrapKey(session_, &wrap, AesKey({CKA_WRAP}), key, wrapped, &length),
            CKR_KEY_UNEXTRACTABLE);
}

TEST_F(PolicyTest, RolesNeverComeLater) {
  const CK_OBJECT_HANDLE key = AesKey({CKA_WRAP, CKA_UNWRAP});
  for (const CK_ATTRIBUTE_TYPE role : {CKA_DECRYPT, CKA_ENCRYPT, CKA_SIGN}) {
    AttributeList change;
    change.Bool(role, true);
    EXPECT_EQ(C_SetAttributeValue(session_, key, change.data(), 1), CKR_ATTRIBUTE_READ_ONLY);
    CK_OBJECT_HANDLE copy = 0;
    EXPECT_EQ(C_CopyObject(session_, key, change.data(), 1, &copy), CKR_ATTRIBUTE_READ_ONLY);
  }
  AttributeList down;
  down.Bool(CKA_WRAP, false);
  ASSERT_EQ(C_SetAttributeValue(session_, key, down.data(), 1), CKR_OK);
  AttributeList up;
  up.Bool(CKA_WRAP, true);
  EXPECT_EQ(C_SetAttributeValue(session_, key, up.data(), 1), CKR_ATTRIBUTE_READ_ONLY)
      << "a role given up stays given up";
}

TEST_F(PolicyTest, SecretsAreNotShown) {
  // Tookan A3 to A5.
  const CK_OBJECT_HANDLE key = AesKey({CKA_ENCRYPT});
  Bytes value;
  EXPECT_EQ(GetBytes(key, CKA_VALUE, value), CKR_ATTRIBUTE_SENSITIVE);
  EXPECT_TRUE(GetBool(key, CKA_ALWAYS_SENSITIVE));
  EXPECT_TRUE(GetBool(key, CKA_NEVER_EXTRACTABLE));
  EXPECT_TRUE(GetBool(key, CKA_LOCAL));
  const std::pair<CK_ATTRIBUTE_TYPE, bool> kChanges[] = {
      {CKA_SENSITIVE, false},         {CKA_EXTRACTABLE, true}, {CKA_ALWAYS_SENSITIVE, false},
      {CKA_NEVER_EXTRACTABLE, false}, {CKA_LOCAL, false},      {CKA_PRIVATE, false}};
  for (const auto& [type, to] : kChanges) {
    AttributeList change;
    change.Bool(type, to);
    EXPECT_EQ(C_SetAttributeValue(session_, key, change.data(), 1), CKR_ATTRIBUTE_READ_ONLY)
        << std::hex << type;
    CK_OBJECT_HANDLE copy = 0;
    EXPECT_EQ(C_CopyObject(session_, key, change.data(), 1, &copy), CKR_ATTRIBUTE_READ_ONLY)
        << std::hex << type;
  }
  AttributeList open;
  open.Ulong(CKA_CLASS, CKO_SECRET_KEY)
      .Ulong(CKA_KEY_TYPE, CKK_AES)
      .Bool(CKA_SENSITIVE, false)
      .Bool(CKA_EXTRACTABLE, true)
      .Bool(CKA_ENCRYPT, true)
      .Add(CKA_VALUE, Bytes(16, 1));
  const CK_OBJECT_HANDLE shown = Create(open);
  ASSERT_EQ(GetBytes(shown, CKA_VALUE, value), CKR_OK);
  EXPECT_EQ(value, Bytes(16, 1));
  EXPECT_FALSE(GetBool(shown, CKA_LOCAL));
  EXPECT_FALSE(GetBool(shown, CKA_ALWAYS_SENSITIVE));
}

TEST_F(PolicyTest, TemplatesCannotClaimHistory) {
  for (const CK_ATTRIBUTE_TYPE claim : {CKA_LOCAL, CKA_ALWAYS_SENSITIVE, CKA_NEVER_EXTRACTABLE}) {
    AttributeList list;
    list.Ulong(CKA_CLASS, CKO_SECRET_KEY)
        .Ulong(CKA_KEY_TYPE, CKK_AES)
        .Bool(CKA_ENCRYPT, true)
        .Bool(claim, true)
        .Add(CKA_VALUE, Bytes(16, 2));
    EXPECT_NE(TryCreate(list), CKR_OK) << std::hex << claim;
  }
}

TEST_F(PolicyTest, BroughtKeysDoNotWrap) {
  // Clulow 2003: a key that the caller knows must not carry others out.
  AttributeList list;
  list.Ulong(CKA_CLASS, CKO_SECRET_KEY)
      .Ulong(CKA_KEY_TYPE, CKK_AES)
      .Bool(CKA_WRAP, true)
      .Add(CKA_VALUE, Bytes(32, 3));
  EXPECT_EQ(TryCreate(list), CKR_TEMPLATE_INCONSISTENT);
  AttributeList known;
  known.Ulong(CKA_VALUE_LEN, 32).Bool(CKA_WRAP, true).Bool(CKA_SENSITIVE, false);
  CK_OBJECT_HANDLE key = 0;
  EXPECT_EQ(TryGenerate(CKM_AES_KEY_GEN, known, &key), CKR_TEMPLATE_INCONSISTENT);
}

TEST_F(PolicyTest, ThePolicyForVectorsLetsBroughtKeysWrap) {
  ::setenv("FLORIN_HSM_POLICY", "vectors", 1);
  Restart();
  Reopen();
  AttributeList kek_list;
  kek_list.Ulong(CKA_CLASS, CKO_SECRET_KEY)
      .Ulong(CKA_KEY_TYPE, CKK_AES)
      .Bool(CKA_WRAP, true)
      .Add(CKA_VALUE, *HexDecode("000102030405060708090a0b0c0d0e0f"));
  EXPECT_EQ(TryCreate(kek_list), CKR_TEMPLATE_INCONSISTENT) << "a token keeps its policy";
  C_CloseAllSessions(0);
  ASSERT_EQ(C_InitToken(0, Text(kSoPin), 8, Text("for vectors                     ")), CKR_OK);
  ::unsetenv("FLORIN_HSM_POLICY");
  Restart();
  session_ = Open(CKF_RW_SESSION);
  ASSERT_EQ(Login(CKU_SO, kSoPin), CKR_OK);
  ASSERT_EQ(C_InitPIN(session_, Text(kUserPin), 4), CKR_OK);
  ASSERT_EQ(C_Logout(session_), CKR_OK);
  ASSERT_EQ(Login(CKU_USER, kUserPin), CKR_OK);
  AttributeList target_list;
  target_list.Ulong(CKA_CLASS, CKO_SECRET_KEY)
      .Ulong(CKA_KEY_TYPE, CKK_AES)
      .Bool(CKA_EXTRACTABLE, true)
      .Add(CKA_VALUE, *HexDecode("00112233445566778899aabbccddeeff"));
  CK_MECHANISM wrap{CKM_AES_KEY_WRAP, nullptr, 0};
  Bytes wrapped(24);
  CK_ULONG length = 0;
  const CK_OBJECT_HANDLE kek = Create(kek_list);
  const CK_OBJECT_HANDLE target = Create(target_list);
  ASSERT_EQ(C_WrapKey(session_, &wrap, kek, target, nullptr, &length), CKR_OK);
  EXPECT_EQ(length, 24U);
  length = 23;
  EXPECT_EQ(C_WrapKey(session_, &wrap, kek, target, wrapped.data(), &length), CKR_BUFFER_TOO_SMALL);
  ASSERT_EQ(C_WrapKey(session_, &wrap, kek, target, wrapped.data(), &length), CKR_OK);
  // RFC 3394 4.1.
  EXPECT_EQ(wrapped, *HexDecode("1fa68b0a8112b447aef34bd8fb5a7b829d3e862371d2cfe5"));
}

TEST_F(PolicyTest, OnlyTheSoGivesTrust) {
  AttributeList list;
  list.Ulong(CKA_VALUE_LEN, 32).Bool(CKA_WRAP, true).Bool(CKA_TRUSTED, true);
  CK_OBJECT_HANDLE key = 0;
  EXPECT_EQ(TryGenerate(CKM_AES_KEY_GEN, list, &key), CKR_ATTRIBUTE_READ_ONLY);
  AttributeList target_list;
  target_list.Ulong(CKA_VALUE_LEN, 32)
      .Bool(CKA_ENCRYPT, true)
      .Bool(CKA_EXTRACTABLE, true)
      .Bool(CKA_TOKEN, true)
      .Bool(CKA_WRAP_WITH_TRUSTED, true);
  Generate(CKM_AES_KEY_GEN, target_list);
  CK_MECHANISM wrap{CKM_AES_KEY_WRAP, nullptr, 0};
  CK_BYTE wrapped[64];
  CK_ULONG length = sizeof(wrapped);
  EXPECT_EQ(C_WrapKey(session_, &wrap, AesKey({CKA_WRAP}), Find(target_list)[0], wrapped, &length),
            CKR_KEY_NOT_WRAPPABLE);

  ASSERT_EQ(C_Logout(session_), CKR_OK);
  ASSERT_EQ(Login(CKU_SO, kSoPin), CKR_OK);
  list.Bool(CKA_PRIVATE, false).Bool(CKA_TOKEN, true).Text(CKA_LABEL, "kek");
  ASSERT_EQ(TryGenerate(CKM_AES_KEY_GEN, list, &key), CKR_OK);
  ASSERT_EQ(C_Logout(session_), CKR_OK);
  length = sizeof(wrapped);
  EXPECT_EQ(C_WrapKey(session_, &wrap, key, key, wrapped, &length), CKR_USER_NOT_LOGGED_IN)
      << "a public key object is seen, but its material is under the PIN";
  ASSERT_EQ(Login(CKU_USER, kUserPin), CKR_OK);
  const auto targets = Find(target_list);
  ASSERT_EQ(targets.size(), 1U);
  EXPECT_EQ(C_WrapKey(session_, &wrap, key, targets[0], wrapped, &length), CKR_OK);
  EXPECT_EQ(length, 40U);
}

TEST_F(PolicyTest, UnwrappedKeysAreSensitiveAndNeverWrap) {
  AttributeList kek_list;
  kek_list.Ulong(CKA_VALUE_LEN, 32).Bool(CKA_WRAP, true).Bool(CKA_UNWRAP, true);
  const CK_OBJECT_HANDLE kek = Generate(CKM_AES_KEY_GEN, kek_list);
  AttributeList target_list;
  target_list.Ulong(CKA_VALUE_LEN, 32).Bool(CKA_ENCRYPT, true).Bool(CKA_EXTRACTABLE, true);
  const CK_OBJECT_HANDLE target = Generate(CKM_AES_KEY_GEN, target_list);
  CK_MECHANISM wrap{CKM_AES_KEY_WRAP, nullptr, 0};
  CK_BYTE wrapped[64];
  CK_ULONG length = sizeof(wrapped);
  EXPECT_EQ(C_WrapKey(session_, &wrap, kek, AesKey({CKA_ENCRYPT}), wrapped, &length),
            CKR_KEY_UNEXTRACTABLE);
  ASSERT_EQ(C_WrapKey(session_, &wrap, kek, target, wrapped, &length), CKR_OK);

  const auto unwrap = [&](AttributeList list) {
    list.Ulong(CKA_CLASS, CKO_SECRET_KEY).Ulong(CKA_KEY_TYPE, CKK_AES);
    CK_OBJECT_HANDLE key = 0;
    const CK_RV rv =
        C_UnwrapKey(session_, &wrap, kek, wrapped, length, list.data(), list.size(), &key);
    if (rv == CKR_OK) {
      EXPECT_TRUE(GetBool(key, CKA_SENSITIVE));
      EXPECT_FALSE(GetBool(key, CKA_ALWAYS_SENSITIVE));
      EXPECT_FALSE(GetBool(key, CKA_LOCAL));
    }
    return rv;
  };
  EXPECT_EQ(unwrap(AttributeList().Bool(CKA_ENCRYPT, true)), CKR_OK);
  EXPECT_EQ(unwrap(AttributeList().Bool(CKA_SENSITIVE, false)), CKR_TEMPLATE_INCONSISTENT);
  EXPECT_EQ(unwrap(AttributeList().Bool(CKA_WRAP, true)), CKR_TEMPLATE_INCONSISTENT)
      << "one blob in two roles: Froeschle and Steel 2009";
  wrapped[5] ^= 1;
  EXPECT_EQ(unwrap(AttributeList().Bool(CKA_ENCRYPT, true)), CKR_WRAPPED_KEY_INVALID);
  EXPECT_EQ(C_UnwrapKey(session_, &wrap, kek, wrapped, length, nullptr, 0, &length),
            CKR_TEMPLATE_INCOMPLETE);
}

TEST_F(PolicyTest, AWeakerKeyDoesNotWrapAStrongerOne) {
  AttributeList kek_list;
  kek_list.Ulong(CKA_VALUE_LEN, 16).Bool(CKA_WRAP, true);
  const CK_OBJECT_HANDLE kek = Generate(CKM_AES_KEY_GEN, kek_list);
  AttributeList target_list;
  target_list.Ulong(CKA_VALUE_LEN, 32).Bool(CKA_ENCRYPT, true).Bool(CKA_EXTRACTABLE, true);
  CK_MECHANISM wrap{CKM_AES_KEY_WRAP, nullptr, 0};
  CK_BYTE wrapped[64];
  CK_ULONG length = sizeof(wrapped);
  EXPECT_EQ(
      C_WrapKey(session_, &wrap, kek, Generate(CKM_AES_KEY_GEN, target_list), wrapped, &length),
      CKR_KEY_NOT_WRAPPABLE);
}

class DeriveTest : public TokenTest {
 protected:
  void SetUp() override {
    TokenTest::SetUp();
    EcPair(CKA_DERIVE, public_, private_);
    ASSERT_EQ(GetBytes(public_, CKA_EC_POINT, point_), CKR_OK);
    point_.erase(point_.begin(), point_.begin() + 2);
  }
  CK_RV Derive(AttributeList list, CK_EC_KDF_TYPE kdf = CKD_NULL) {
    CK_ECDH1_DERIVE_PARAMS parameters{kdf, 0, nullptr, point_.size(), point_.data()};
    CK_MECHANISM mechanism{CKM_ECDH1_DERIVE, &parameters, sizeof(parameters)};
    list.Ulong(CKA_CLASS, CKO_SECRET_KEY);
    return C_DeriveKey(session_, &mechanism, private_, list.data(), list.size(), &derived_);
  }
  CK_OBJECT_HANDLE public_ = 0;
  CK_OBJECT_HANDLE private_ = 0;
  CK_OBJECT_HANDLE derived_ = 0;
  Bytes point_;
};

TEST_F(DeriveTest, DerivedKeysInheritSecrecyAndLength) {
  ASSERT_EQ(Derive(AttributeList().Ulong(CKA_KEY_TYPE, CKK_AES).Bool(CKA_ENCRYPT, true)), CKR_OK);
  EXPECT_TRUE(GetBool(derived_, CKA_SENSITIVE));
  EXPECT_TRUE(GetBool(derived_, CKA_ALWAYS_SENSITIVE));
  EXPECT_FALSE(GetBool(derived_, CKA_LOCAL));
  for (const CK_EC_KDF_TYPE kdf : {CKD_SHA256_KDF, CKD_SHA256_KDF_SP800}) {
    EXPECT_EQ(Derive(AttributeList().Ulong(CKA_VALUE_LEN, 32).Bool(CKA_DERIVE, true), kdf), CKR_OK);
  }
  EXPECT_EQ(Derive(AttributeList().Bool(CKA_SENSITIVE, false).Bool(CKA_EXTRACTABLE, true)),
            CKR_TEMPLATE_INCONSISTENT);
  EXPECT_NE(Derive(AttributeList().Ulong(CKA_VALUE_LEN, 1)), CKR_OK)
      << "a key of one byte is found by trying";
  EXPECT_NE(Derive(AttributeList().Ulong(CKA_KEY_TYPE, CKK_AES).Bool(CKA_WRAP, true)), CKR_OK);
  EXPECT_EQ(Derive(AttributeList().Add(CKA_VALUE, Bytes(16))), CKR_ATTRIBUTE_READ_ONLY);
}

TEST_F(DeriveTest, PointsOffTheCurveAreRefused) {
  point_[10] ^= 1;
  EXPECT_EQ(Derive(AttributeList()), CKR_MECHANISM_PARAM_INVALID);
  point_.assign(1, 0);
  EXPECT_EQ(Derive(AttributeList()), CKR_MECHANISM_PARAM_INVALID) << "infinity";
}

TEST_F(DeriveTest, TheConcatenateChainStaysInside) {
  ASSERT_EQ(Derive(AttributeList().Ulong(CKA_VALUE_LEN, 32).Bool(CKA_DERIVE, true)), CKR_OK);
  const CK_OBJECT_HANDLE secret = derived_;
  CK_BYTE counter[] = {0, 0, 0, 1};
  CK_KEY_DERIVATION_STRING_DATA data{counter, 4};
  CK_MECHANISM mechanism{CKM_CONCATENATE_DATA_AND_BASE, &data, sizeof(data)};
  AttributeList list;
  list.Ulong(CKA_CLASS, CKO_SECRET_KEY).Bool(CKA_DERIVE, true);
  CK_OBJECT_HANDLE joined = 0;
  ASSERT_EQ(C_DeriveKey(session_, &mechanism, secret, list.data(), list.size(), &joined), CKR_OK);
  mechanism = {CKM_SHA256_KEY_DERIVATION, nullptr, 0};
  AttributeList aes;
  aes.Ulong(CKA_CLASS, CKO_SECRET_KEY).Ulong(CKA_KEY_TYPE, CKK_AES).Bool(CKA_DECRYPT, true);
  CK_OBJECT_HANDLE key = 0;
  EXPECT_EQ(C_DeriveKey(session_, &mechanism, joined, aes.data(), aes.size(), &key), CKR_OK);
  EXPECT_TRUE(GetBool(key, CKA_SENSITIVE));
}

TEST_F(PolicyTest, WeakDesKeysAreRefused) {
  Bytes equal(16, 0);
  for (std::size_t i = 0; i < 16; ++i) equal[i] = static_cast<std::uint8_t>(0x10 + 2 * (i % 8));
  AttributeList list;
  list.Ulong(CKA_CLASS, CKO_SECRET_KEY)
      .Ulong(CKA_KEY_TYPE, CKK_DES2)
      .Bool(CKA_ENCRYPT, true)
      .Add(CKA_VALUE, equal);
  EXPECT_EQ(TryCreate(list), CKR_ATTRIBUTE_VALUE_INVALID);
}

TEST_F(PolicyTest, ReadOnlySessionsAndThePublicMakeNoTokenKeys) {
  const CK_SESSION_HANDLE read_write = session_;
  session_ = Open();
  AttributeList list;
  list.Ulong(CKA_VALUE_LEN, 16).Bool(CKA_TOKEN, true).Bool(CKA_ENCRYPT, true);
  CK_OBJECT_HANDLE key = 0;
  EXPECT_EQ(TryGenerate(CKM_AES_KEY_GEN, list, &key), CKR_SESSION_READ_ONLY);
  session_ = read_write;
  key = AesKey({CKA_ENCRYPT}, true);
  session_ = Open();
  EXPECT_EQ(C_DestroyObject(session_, key), CKR_SESSION_READ_ONLY);
  session_ = read_write;
  ASSERT_EQ(C_Logout(session_), CKR_OK);
  EXPECT_TRUE(Find(AttributeList()).empty()) << "private objects are not seen";
  EXPECT_EQ(TryGenerate(CKM_AES_KEY_GEN, list, &key), CKR_USER_NOT_LOGGED_IN);
}

TEST_F(PolicyTest, RedundantAttributesAreTakenWhereTheyAreRight) {
  AttributeList right;
  right.Ulong(CKA_CLASS, CKO_SECRET_KEY)
      .Ulong(CKA_KEY_TYPE, CKK_DES3)
      .Ulong(CKA_VALUE_LEN, 24)
      .Bool(CKA_ENCRYPT, true);
  CK_OBJECT_HANDLE key = 0;
  EXPECT_EQ(TryGenerate(CKM_DES3_KEY_GEN, right, &key), CKR_OK);
  AttributeList wrong;
  wrong.Ulong(CKA_VALUE_LEN, 16).Bool(CKA_ENCRYPT, true);
  EXPECT_EQ(TryGenerate(CKM_DES3_KEY_GEN, wrong, &key), CKR_TEMPLATE_INCONSISTENT);
  AttributeList twice;
  twice.Ulong(CKA_VALUE_LEN, 16).Ulong(CKA_VALUE_LEN, 16);
  EXPECT_EQ(TryGenerate(CKM_AES_KEY_GEN, twice, &key), CKR_TEMPLATE_INCONSISTENT);
  AttributeList unknown;
  unknown.Ulong(CKA_VALUE_LEN, 16).Ulong(CKA_MODULUS_BITS, 16);
  EXPECT_EQ(TryGenerate(CKM_AES_KEY_GEN, unknown, &key), CKR_ATTRIBUTE_TYPE_INVALID);
  AttributeList none;
  EXPECT_EQ(TryGenerate(CKM_AES_KEY_GEN, none, &key), CKR_TEMPLATE_INCOMPLETE);
  AttributeList odd;
  odd.Ulong(CKA_VALUE_LEN, 17);
  EXPECT_EQ(TryGenerate(CKM_AES_KEY_GEN, odd, &key), CKR_ATTRIBUTE_VALUE_INVALID);
}

TEST_F(PolicyTest, AllowedMechanismsAreExact) {
  CK_MECHANISM_TYPE allowed = CKM_SHA256_HMAC;
  AttributeList list;
  list.Ulong(CKA_VALUE_LEN, 32).Bool(CKA_SIGN, true).Ulong(CKA_ALLOWED_MECHANISMS, allowed);
  const CK_OBJECT_HANDLE key = Generate(CKM_GENERIC_SECRET_KEY_GEN, list);
  Bytes mac;
  EXPECT_EQ(Sign({CKM_SHA256_HMAC, nullptr, 0}, key, AsBytes("x"), mac), CKR_OK);
  EXPECT_EQ(Sign({CKM_SHA512_HMAC, nullptr, 0}, key, AsBytes("x"), mac),
            CKR_KEY_FUNCTION_NOT_PERMITTED);
}

}  // namespace
}  // namespace florin::hsm_sim
