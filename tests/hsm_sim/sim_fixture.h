// A fresh token directory and an initialised module for every test.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <string>
#include <vector>

#include "crypto/cryptoki/pkcs11.h"
#include "florin/base/bytes.h"
#include "florin/base/hex.h"
#include "tools/temporary_directory.h"

namespace florin::hsm_sim {

inline constexpr char kSoPin[] = "87654321";
inline constexpr char kUserPin[] = "1234";

inline CK_UTF8CHAR* Text(const char* text) {
  return reinterpret_cast<CK_UTF8CHAR*>(const_cast<char*>(text));
}

// An attribute list that owns its values.
class AttributeList {
 public:
  AttributeList& Bool(CK_ATTRIBUTE_TYPE type, bool value) {
    return Add(type, {static_cast<std::uint8_t>(value ? 1 : 0)});
  }
  AttributeList& Ulong(CK_ATTRIBUTE_TYPE type, CK_ULONG value) {
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(&value);
    return Add(type, Bytes(bytes, bytes + sizeof(value)));
  }
  AttributeList& Text(CK_ATTRIBUTE_TYPE type, std::string_view text) {
    return Add(type, Bytes(text.begin(), text.end()));
  }
  AttributeList& Add(CK_ATTRIBUTE_TYPE type, Bytes value) {
    values_.push_back(std::move(value));
    types_.push_back(type);
    return *this;
  }
  CK_ATTRIBUTE* data() {
    list_.clear();
    for (std::size_t i = 0; i < values_.size(); ++i) {
      list_.push_back({types_[i], values_[i].data(), values_[i].size()});
    }
    return list_.data();
  }
  CK_ULONG size() const { return values_.size(); }

 private:
  std::vector<CK_ATTRIBUTE_TYPE> types_;
  std::vector<Bytes> values_;
  std::vector<CK_ATTRIBUTE> list_;
};

inline const Bytes kP256Params = {0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};

// A directory that goes with the object.
class TemporaryFolder {
 public:
  const std::string& path() const { return directory_.path(); }

 private:
  tools::TemporaryDirectory directory_ = tools::TemporaryDirectory::Create("florin-hsm").value();
};

// The module is initialised, with one empty slot.
class ModuleTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ::setenv("FLORIN_HSM_DIR", folder_.path().c_str(), 1);
    ::setenv("FLORIN_HSM_PIN_KDF", "minimal", 1);
    ::unsetenv("FLORIN_HSM_POLICY");
    ASSERT_EQ(C_Initialize(nullptr), CKR_OK);
  }
  void TearDown() override { C_Finalize(nullptr); }

  // The token the module would see after a restart.
  void Restart() {
    ASSERT_EQ(C_Finalize(nullptr), CKR_OK);
    ASSERT_EQ(C_Initialize(nullptr), CKR_OK);
  }

  TemporaryFolder folder_;
};

// Slot 0 has a token with both PINs; session_ is a read/write session with the user logged in.
class TokenTest : public ModuleTest {
 protected:
  void SetUp() override {
    ModuleTest::SetUp();
    ASSERT_EQ(C_InitToken(0, Text(kSoPin), 8, Text("test token                      ")), CKR_OK);
    session_ = Open(CKF_RW_SESSION);
    ASSERT_EQ(Login(CKU_SO, kSoPin), CKR_OK);
    ASSERT_EQ(C_InitPIN(session_, Text(kUserPin), 4), CKR_OK);
    ASSERT_EQ(C_Logout(session_), CKR_OK);
    ASSERT_EQ(Login(CKU_USER, kUserPin), CKR_OK);
  }

  CK_SESSION_HANDLE Open(CK_FLAGS flags = 0) {
    CK_SESSION_HANDLE session = 0;
    EXPECT_EQ(C_OpenSession(0, CKF_SERIAL_SESSION | flags, nullptr, nullptr, &session), CKR_OK);
    return session;
  }

  CK_RV Login(CK_USER_TYPE user, const char* pin) {
    return C_Login(session_, user, Text(pin), std::string_view(pin).size());
  }

  // Opens and logs in again after Restart.
  void Reopen() {
    session_ = Open(CKF_RW_SESSION);
    ASSERT_EQ(Login(CKU_USER, kUserPin), CKR_OK);
  }

  CK_OBJECT_HANDLE Create(AttributeList& list) {
    CK_OBJECT_HANDLE handle = 0;
    EXPECT_EQ(C_CreateObject(session_, list.data(), list.size(), &handle), CKR_OK);
    return handle;
  }
  CK_RV TryCreate(AttributeList& list) {
    CK_OBJECT_HANDLE handle = 0;
    return C_CreateObject(session_, list.data(), list.size(), &handle);
  }

  CK_RV TryGenerate(CK_MECHANISM_TYPE type, AttributeList& list, CK_OBJECT_HANDLE* handle) {
    CK_MECHANISM mechanism{type, nullptr, 0};
    return C_GenerateKey(session_, &mechanism, list.data(), list.size(), handle);
  }
  CK_OBJECT_HANDLE Generate(CK_MECHANISM_TYPE type, AttributeList& list) {
    CK_OBJECT_HANDLE handle = 0;
    EXPECT_EQ(TryGenerate(type, list, &handle), CKR_OK);
    return handle;
  }

  CK_OBJECT_HANDLE AesKey(std::initializer_list<CK_ATTRIBUTE_TYPE> roles, bool token = false) {
    AttributeList list;
    list.Ulong(CKA_VALUE_LEN, 32).Bool(CKA_TOKEN, token).Text(CKA_LABEL, "aes");
    for (const CK_ATTRIBUTE_TYPE role : roles) list.Bool(role, true);
    return Generate(CKM_AES_KEY_GEN, list);
  }
  CK_OBJECT_HANDLE HmacKey(Bytes value = Bytes(32, 0x0b)) {
    AttributeList list;
    list.Ulong(CKA_CLASS, CKO_SECRET_KEY)
        .Ulong(CKA_KEY_TYPE, CKK_GENERIC_SECRET)
        .Bool(CKA_SIGN, true)
        .Bool(CKA_VERIFY, true)
        .Add(CKA_VALUE, std::move(value));
    return Create(list);
  }

  // A P-256 pair; the private key has `role`.
  void EcPair(CK_ATTRIBUTE_TYPE role, CK_OBJECT_HANDLE& public_key, CK_OBJECT_HANDLE& private_key,
              bool token = false) {
    AttributeList public_list;
    public_list.Add(CKA_EC_PARAMS, kP256Params).Bool(CKA_TOKEN, token);
    if (role == CKA_SIGN) public_list.Bool(CKA_VERIFY, true);
    AttributeList private_list;
    private_list.Bool(role, true).Bool(CKA_TOKEN, token);
    CK_MECHANISM mechanism{CKM_EC_KEY_PAIR_GEN, nullptr, 0};
    ASSERT_EQ(
        C_GenerateKeyPair(session_, &mechanism, public_list.data(), public_list.size(),
                          private_list.data(), private_list.size(), &public_key, &private_key),
        CKR_OK);
  }

  CK_RV GetBytes(CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type, Bytes& value) {
    value.assign(4096, 0);
    CK_ATTRIBUTE entry{type, value.data(), value.size()};
    const CK_RV rv = C_GetAttributeValue(session_, object, &entry, 1);
    value.resize(rv == CKR_OK ? entry.ulValueLen : 0);
    return rv;
  }
  bool GetBool(CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type) {
    Bytes value;
    EXPECT_EQ(GetBytes(object, type, value), CKR_OK);
    return value.size() == 1 && value[0] == CK_TRUE;
  }

  std::vector<CK_OBJECT_HANDLE> Find(AttributeList query) {
    std::vector<CK_OBJECT_HANDLE> found(4096);
    CK_ULONG count = 0;
    EXPECT_EQ(C_FindObjectsInit(session_, query.data(), query.size()), CKR_OK);
    EXPECT_EQ(C_FindObjects(session_, found.data(), found.size(), &count), CKR_OK);
    EXPECT_EQ(C_FindObjectsFinal(session_), CKR_OK);
    found.resize(count);
    return found;
  }

  CK_RV Sign(CK_MECHANISM mechanism, CK_OBJECT_HANDLE key, ByteView data, Bytes& signature) {
    CK_RV rv = C_SignInit(session_, &mechanism, key);
    if (rv != CKR_OK) return rv;
    signature.assign(512, 0);
    CK_ULONG length = signature.size();
    rv =
        C_Sign(session_, const_cast<CK_BYTE*>(data.data()), data.size(), signature.data(), &length);
    signature.resize(rv == CKR_OK ? length : 0);
    return rv;
  }

  CK_SESSION_HANDLE session_ = 0;
};

}  // namespace florin::hsm_sim
