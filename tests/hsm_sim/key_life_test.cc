// The life of keys as PKCS#11 shows it: CKA_FLORIN_KEY_STATE, CKA_START_DATE, CKA_END_DATE and
// CKA_FLORIN_KEY_ORIGIN, in memory and on disk.
#include <array>
#include <fstream>
#include <string>
#include <vector>

#include "crypto/cryptoki/mechanism_codec.h"
#include "florin/base/pan.h"
#include "hsm_sim/api/vendor.h"
#include "tests/crypto/mechanisms/test_clock.h"
#include "tests/hsm_sim/storage_fixture.h"

namespace florin::hsm_sim {
namespace {

namespace fs = std::filesystem;

constexpr CK_ULONG kPreActive = CK_FLORIN_KEY_STATE_PRE_ACTIVE;
constexpr CK_ULONG kActive = CK_FLORIN_KEY_STATE_ACTIVE;
constexpr CK_ULONG kSuspended = CK_FLORIN_KEY_STATE_SUSPENDED;
constexpr CK_ULONG kRetired = CK_FLORIN_KEY_STATE_RETIRED;
constexpr CK_ULONG kCompromised = CK_FLORIN_KEY_STATE_COMPROMISED;

constexpr UnixSeconds kNow{1795651200};  // 2026-11-26

class KeyLifeTest : public StorageTest {
 protected:
  StorageEnvironment Environment() override {
    StorageEnvironment environment = StorageTest::Environment();
    environment.clock = &clock_;
    return environment;
  }

  static AttributeList AesTemplate(bool token = false) {
    AttributeList list;
    list.Ulong(CKA_CLASS, CKO_SECRET_KEY)
        .Ulong(CKA_KEY_TYPE, CKK_AES)
        .Bool(CKA_TOKEN, token)
        .Bool(CKA_SIGN, true)
        .Bool(CKA_VERIFY, true)
        .Text(CKA_LABEL, "life")
        .Add(CKA_VALUE, Bytes(32, 0x42));
    return list;
  }
  CK_OBJECT_HANDLE MacKey(bool token = false) {
    AttributeList list = AesTemplate(token);
    return Create(list);
  }

  CK_ULONG GetUlong(CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type) {
    CK_ULONG value = 0;
    CK_ATTRIBUTE entry{type, &value, sizeof(value)};
    EXPECT_EQ(C_GetAttributeValue(session_, object, &entry, 1), CKR_OK);
    return value;
  }
  CK_ULONG StateOf(CK_OBJECT_HANDLE object) { return GetUlong(object, CKA_FLORIN_KEY_STATE); }
  CK_ULONG OriginOf(CK_OBJECT_HANDLE object) { return GetUlong(object, CKA_FLORIN_KEY_ORIGIN); }

  CK_RV Set(CK_OBJECT_HANDLE object, AttributeList list) {
    return C_SetAttributeValue(session_, object, list.data(), list.size());
  }
  CK_RV SetState(CK_OBJECT_HANDLE object, CK_ULONG state) {
    return Set(object, AttributeList().Ulong(CKA_FLORIN_KEY_STATE, state));
  }
  CK_RV SetDate(CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type, std::string_view date) {
    return Set(object, AttributeList().Text(type, date));
  }
  CK_RV Copy(CK_OBJECT_HANDLE object, AttributeList list, CK_OBJECT_HANDLE* copy) {
    return C_CopyObject(session_, object, list.data(), list.size(), copy);
  }

  static CK_MECHANISM Cmac() { return {CKM_AES_CMAC, nullptr, 0}; }
  CK_RV SignInit(CK_OBJECT_HANDLE key) {
    CK_MECHANISM mechanism = Cmac();
    return C_SignInit(session_, &mechanism, key);
  }
  CK_RV VerifyInit(CK_OBJECT_HANDLE key) {
    CK_MECHANISM mechanism = Cmac();
    return C_VerifyInit(session_, &mechanism, key);
  }
  // What the key may do: CKR_OK or not, ending what was begun.
  bool Signs(CK_OBJECT_HANDLE key) {
    Bytes mac;
    const CK_RV rv = Sign(Cmac(), key, AsBytes("data"), mac);
    EXPECT_TRUE(rv == CKR_OK || rv == CKR_KEY_FUNCTION_NOT_PERMITTED) << rv;
    return rv == CKR_OK;
  }
  bool Verifies(CK_OBJECT_HANDLE key) {
    const CK_RV rv = VerifyInit(key);
    EXPECT_TRUE(rv == CKR_OK || rv == CKR_KEY_FUNCTION_NOT_PERMITTED) << rv;
    if (rv != CKR_OK) return false;
    Bytes mac(16);
    EXPECT_EQ(C_Verify(session_, mac.data(), mac.size(), mac.data(), mac.size()),
              CKR_SIGNATURE_INVALID);
    return true;
  }

  // A key that was led to `state`.
  CK_OBJECT_HANDLE KeyIn(CK_ULONG state, bool token = false) {
    AttributeList list = AesTemplate(token);
    if (state == kPreActive) list.Ulong(CKA_FLORIN_KEY_STATE, kPreActive);
    const CK_OBJECT_HANDLE key = Create(list);
    if (state != kPreActive && state != kActive) {
      EXPECT_EQ(SetState(key, state), CKR_OK);
    }
    return key;
  }

  mechanisms::TestClock clock_{kNow};
};

TEST_F(KeyLifeTest, EveryTransition) {
  const bool permitted[5][5] = {
      // to pre-active, active, suspended, retired, compromised
      {false, true, false, false, true},   // pre-active
      {false, false, true, true, true},    // active
      {false, true, false, true, true},    // suspended
      {false, false, false, false, true},  // retired
      {false, false, false, false, false}  // compromised
  };
  for (CK_ULONG from = kPreActive; from <= kCompromised; ++from) {
    for (CK_ULONG to = kPreActive; to <= kCompromised; ++to) {
      const CK_OBJECT_HANDLE key = KeyIn(from);
      // The value it has is no change, in PKCS#11 for every attribute.
      const bool fine = from == to || permitted[from - 1][to - 1];
      EXPECT_EQ(SetState(key, to), fine ? CKR_OK : CKR_ACTION_PROHIBITED) << from << " " << to;
      EXPECT_EQ(StateOf(key), fine ? to : from);
    }
  }
}

TEST_F(KeyLifeTest, EveryStateRefusesWhatItMust) {
  const std::array<std::pair<bool, bool>, 5> expected = {
      {{false, false}, {true, true}, {false, false}, {false, true}, {false, false}}};
  for (CK_ULONG state = kPreActive; state <= kCompromised; ++state) {
    const CK_OBJECT_HANDLE key = KeyIn(state);
    EXPECT_EQ(Signs(key), expected[state - 1].first) << state;
    EXPECT_EQ(Verifies(key), expected[state - 1].second) << state;
  }
}

TEST_F(KeyLifeTest, OnlyNumbersOfStates) {
  const CK_OBJECT_HANDLE key = MacKey();
  for (const CK_ULONG number : {CK_ULONG{0}, CK_ULONG{6}, ~CK_ULONG{0}}) {
    EXPECT_EQ(SetState(key, number), CKR_ATTRIBUTE_VALUE_INVALID) << number;
    AttributeList list = AesTemplate();
    list.Ulong(CKA_FLORIN_KEY_STATE, number);
    EXPECT_EQ(TryCreate(list), CKR_ATTRIBUTE_VALUE_INVALID) << number;
  }
  EXPECT_EQ(Set(key, AttributeList().Add(CKA_FLORIN_KEY_STATE, {4})), CKR_ATTRIBUTE_VALUE_INVALID);
  EXPECT_EQ(StateOf(key), kActive);
}

TEST_F(KeyLifeTest, ANewKeyIsPreActiveOrActive) {
  EXPECT_EQ(StateOf(MacKey()), kActive);
  for (CK_ULONG state = kPreActive; state <= kCompromised; ++state) {
    AttributeList list = AesTemplate();
    list.Ulong(CKA_FLORIN_KEY_STATE, state);
    EXPECT_EQ(TryCreate(list), state <= kActive ? CKR_OK : CKR_TEMPLATE_INCONSISTENT) << state;
    AttributeList generated;
    generated.Ulong(CKA_VALUE_LEN, 32).Ulong(CKA_FLORIN_KEY_STATE, state);
    CK_OBJECT_HANDLE key = 0;
    EXPECT_EQ(TryGenerate(CKM_AES_KEY_GEN, generated, &key),
              state <= kActive ? CKR_OK : CKR_TEMPLATE_INCONSISTENT)
        << state;
  }
}

TEST_F(KeyLifeTest, KeysAreFoundByState) {
  const CK_OBJECT_HANDLE suspended = KeyIn(kSuspended);
  KeyIn(kActive);
  EXPECT_EQ(Find(AttributeList().Ulong(CKA_FLORIN_KEY_STATE, kSuspended)),
            std::vector<CK_OBJECT_HANDLE>{suspended});
}

TEST_F(KeyLifeTest, OtherObjectsHaveNoState) {
  AttributeList data;
  data.Ulong(CKA_CLASS, CKO_DATA).Text(CKA_VALUE, "note");
  const CK_OBJECT_HANDLE object = Create(data);
  Bytes value;
  EXPECT_EQ(GetBytes(object, CKA_FLORIN_KEY_STATE, value), CKR_ATTRIBUTE_TYPE_INVALID);
  EXPECT_EQ(SetState(object, kRetired), CKR_ATTRIBUTE_TYPE_INVALID);
}

TEST_F(KeyLifeTest, WhatMayNotBeModifiedKeepsItsState) {
  AttributeList list = AesTemplate();
  list.Bool(CKA_MODIFIABLE, false);
  EXPECT_EQ(SetState(Create(list), kSuspended), CKR_ACTION_PROHIBITED);
  const CK_SESSION_HANDLE reader = Open();
  const CK_OBJECT_HANDLE key = MacKey(true);
  CK_ULONG state = kSuspended;
  CK_ATTRIBUTE entry{CKA_FLORIN_KEY_STATE, &state, sizeof(state)};
  EXPECT_EQ(C_SetAttributeValue(reader, key, &entry, 1), CKR_SESSION_READ_ONLY);
}

TEST_F(KeyLifeTest, TheOriginIsTheTokensToSay) {
  const CK_OBJECT_HANDLE imported = MacKey();
  EXPECT_EQ(OriginOf(imported), CK_FLORIN_KEY_ORIGIN_IMPORTED);
  EXPECT_FALSE(GetBool(imported, CKA_LOCAL));
  EXPECT_EQ(GetUlong(imported, CKA_KEY_GEN_MECHANISM), CK_UNAVAILABLE_INFORMATION);
  const CK_OBJECT_HANDLE generated = AesKey({CKA_WRAP, CKA_UNWRAP});
  EXPECT_EQ(OriginOf(generated), CK_FLORIN_KEY_ORIGIN_GENERATED);
  EXPECT_TRUE(GetBool(generated, CKA_LOCAL));
  EXPECT_EQ(GetUlong(generated, CKA_KEY_GEN_MECHANISM), CKM_AES_KEY_GEN);
  CK_OBJECT_HANDLE public_key = 0;
  CK_OBJECT_HANDLE private_key = 0;
  EcPair(CKA_DERIVE, public_key, private_key);
  EXPECT_EQ(OriginOf(public_key), CK_FLORIN_KEY_ORIGIN_GENERATED);
  EXPECT_EQ(OriginOf(private_key), CK_FLORIN_KEY_ORIGIN_GENERATED);

  EXPECT_EQ(
      Set(imported, AttributeList().Ulong(CKA_FLORIN_KEY_ORIGIN, CK_FLORIN_KEY_ORIGIN_GENERATED)),
      CKR_ATTRIBUTE_READ_ONLY);
  CK_OBJECT_HANDLE copy = 0;
  EXPECT_EQ(
      Copy(imported, AttributeList().Ulong(CKA_FLORIN_KEY_ORIGIN, CK_FLORIN_KEY_ORIGIN_GENERATED),
           &copy),
      CKR_ATTRIBUTE_READ_ONLY);
  ASSERT_EQ(Copy(imported, AttributeList(), &copy), CKR_OK);
  EXPECT_EQ(OriginOf(copy), CK_FLORIN_KEY_ORIGIN_IMPORTED);
  AttributeList stated = AesTemplate();
  stated.Ulong(CKA_FLORIN_KEY_ORIGIN, CK_FLORIN_KEY_ORIGIN_GENERATED);
  EXPECT_EQ(TryCreate(stated), CKR_TEMPLATE_INCONSISTENT);
}

TEST_F(KeyLifeTest, UnwrappedAndDerivedKeysSaySo) {
  const CK_OBJECT_HANDLE wrapping = AesKey({CKA_WRAP, CKA_UNWRAP});
  AttributeList target = AesTemplate();
  target.Bool(CKA_EXTRACTABLE, true);
  const CK_OBJECT_HANDLE key = Create(target);
  CK_MECHANISM wrap{CKM_AES_KEY_WRAP, nullptr, 0};
  Bytes wrapped(40);
  CK_ULONG length = wrapped.size();
  ASSERT_EQ(C_WrapKey(session_, &wrap, wrapping, key, wrapped.data(), &length), CKR_OK);
  AttributeList made;
  made.Ulong(CKA_CLASS, CKO_SECRET_KEY).Ulong(CKA_KEY_TYPE, CKK_AES).Bool(CKA_ENCRYPT, true);
  CK_OBJECT_HANDLE unwrapped = 0;
  ASSERT_EQ(C_UnwrapKey(session_, &wrap, wrapping, wrapped.data(), wrapped.size(), made.data(),
                        made.size(), &unwrapped),
            CKR_OK);
  EXPECT_EQ(OriginOf(unwrapped), CK_FLORIN_KEY_ORIGIN_UNWRAPPED);
  EXPECT_EQ(StateOf(unwrapped), kActive);

  CK_OBJECT_HANDLE public_key = 0;
  CK_OBJECT_HANDLE private_key = 0;
  EcPair(CKA_DERIVE, public_key, private_key);
  Bytes point;
  ASSERT_EQ(GetBytes(public_key, CKA_EC_POINT, point), CKR_OK);
  CK_ECDH1_DERIVE_PARAMS parameters{CKD_SHA256_KDF, 0, nullptr, point.size(), point.data()};
  CK_MECHANISM derive{CKM_ECDH1_DERIVE, &parameters, sizeof(parameters)};
  made.Ulong(CKA_VALUE_LEN, 32);
  CK_OBJECT_HANDLE derived = 0;
  ASSERT_EQ(C_DeriveKey(session_, &derive, private_key, made.data(), made.size(), &derived),
            CKR_OK);
  EXPECT_EQ(OriginOf(derived), CK_FLORIN_KEY_ORIGIN_DERIVED);
  // A retired base derives nothing more; a suspended key is not wrapped, to come back as another.
  ASSERT_EQ(SetState(private_key, kRetired), CKR_OK);
  EXPECT_EQ(C_DeriveKey(session_, &derive, private_key, made.data(), made.size(), &derived),
            CKR_KEY_FUNCTION_NOT_PERMITTED);
  for (const CK_ULONG state : {kSuspended, kRetired, kCompromised}) {
    ASSERT_EQ(SetState(key, state), CKR_OK);
    EXPECT_EQ(C_WrapKey(session_, &wrap, wrapping, key, wrapped.data(), &length),
              CKR_KEY_NOT_WRAPPABLE);
  }
  ASSERT_EQ(SetState(wrapping, kRetired), CKR_OK);
  EXPECT_EQ(C_WrapKey(session_, &wrap, wrapping, key, wrapped.data(), &length),
            CKR_KEY_FUNCTION_NOT_PERMITTED);
  AttributeList again;
  again.Ulong(CKA_CLASS, CKO_SECRET_KEY).Ulong(CKA_KEY_TYPE, CKK_AES).Bool(CKA_ENCRYPT, true);
  EXPECT_EQ(C_UnwrapKey(session_, &wrap, wrapping, wrapped.data(), wrapped.size(), again.data(),
                        again.size(), &unwrapped),
            CKR_OK);
  ASSERT_EQ(SetState(wrapping, kCompromised), CKR_OK);
  EXPECT_EQ(C_UnwrapKey(session_, &wrap, wrapping, wrapped.data(), wrapped.size(), again.data(),
                        again.size(), &unwrapped),
            CKR_KEY_FUNCTION_NOT_PERMITTED);
}

TEST_F(KeyLifeTest, DatesAreObeyedToTheSecond) {
  AttributeList list = AesTemplate();
  list.Text(CKA_START_DATE, "20261126").Text(CKA_END_DATE, "20261231");
  const CK_OBJECT_HANDLE key = Create(list);
  constexpr std::int64_t kEnd = 1798761600;  // 2027-01-01
  clock_.Set({kNow.value - 1});
  EXPECT_FALSE(Signs(key));
  EXPECT_FALSE(Verifies(key));
  clock_.Set(kNow);
  EXPECT_TRUE(Signs(key));
  EXPECT_TRUE(Verifies(key));
  clock_.Set({kEnd - 1});
  EXPECT_TRUE(Signs(key));
  clock_.Set({kEnd});
  EXPECT_FALSE(Signs(key)) << "also where the operation was still prepared";
  EXPECT_TRUE(Verifies(key));
}

TEST_F(KeyLifeTest, DatesAreOnlyDrawnCloser) {
  const CK_OBJECT_HANDLE key = MacKey();
  EXPECT_EQ(SetDate(key, CKA_END_DATE, "20261231"), CKR_OK);
  EXPECT_EQ(SetDate(key, CKA_END_DATE, "20270101"), CKR_TEMPLATE_INCONSISTENT);
  EXPECT_EQ(SetDate(key, CKA_END_DATE, ""), CKR_TEMPLATE_INCONSISTENT);
  EXPECT_EQ(SetDate(key, CKA_END_DATE, "20261130"), CKR_OK);
  EXPECT_EQ(SetDate(key, CKA_START_DATE, "20261101"), CKR_OK);
  EXPECT_EQ(SetDate(key, CKA_START_DATE, "20261031"), CKR_TEMPLATE_INCONSISTENT);
  EXPECT_EQ(SetDate(key, CKA_START_DATE, ""), CKR_TEMPLATE_INCONSISTENT);
  EXPECT_EQ(SetDate(key, CKA_START_DATE, "20261201"), CKR_ATTRIBUTE_VALUE_INVALID)
      << "after the end";
  Bytes end;
  ASSERT_EQ(GetBytes(key, CKA_END_DATE, end), CKR_OK);
  EXPECT_EQ(AsText(end), "20261130") << "a refused change changes nothing";
  for (const char* date : {"20261301", "2026113", "2026-1-1", "00000101", "20260229", "        "}) {
    EXPECT_EQ(SetDate(key, CKA_END_DATE, date), CKR_ATTRIBUTE_VALUE_INVALID) << date;
    AttributeList list = AesTemplate();
    list.Text(CKA_START_DATE, date);
    EXPECT_EQ(TryCreate(list), CKR_ATTRIBUTE_VALUE_INVALID) << date;
  }
}

TEST_F(KeyLifeTest, ACopyDoesNotWidenTheLife) {
  const CK_OBJECT_HANDLE key = MacKey();
  ASSERT_EQ(SetDate(key, CKA_END_DATE, "20261231"), CKR_OK);
  CK_OBJECT_HANDLE copy = 0;
  EXPECT_EQ(Copy(key, AttributeList().Text(CKA_END_DATE, "20270101"), &copy),
            CKR_TEMPLATE_INCONSISTENT);
  EXPECT_EQ(Copy(key, AttributeList().Text(CKA_END_DATE, ""), &copy), CKR_TEMPLATE_INCONSISTENT);
  EXPECT_EQ(Copy(key, AttributeList().Text(CKA_END_DATE, "20261130"), &copy), CKR_OK);
  for (CK_ULONG from = kPreActive; from <= kCompromised; ++from) {
    const CK_OBJECT_HANDLE original = KeyIn(from);
    for (CK_ULONG to = kPreActive; to <= kCompromised; ++to) {
      EXPECT_EQ(Copy(original, AttributeList().Ulong(CKA_FLORIN_KEY_STATE, to), &copy),
                from == to ? CKR_OK : CKR_ATTRIBUTE_READ_ONLY);
    }
    ASSERT_EQ(Copy(original, AttributeList(), &copy), CKR_OK);
    EXPECT_EQ(StateOf(copy), from);
    EXPECT_EQ(Signs(copy), from == kActive);
  }
}

TEST_F(KeyLifeTest, OperationsEndWithTheStateOfTheirKey) {
  const CK_OBJECT_HANDLE key = MacKey();
  Bytes data(16, 1);
  Bytes mac(16);
  CK_ULONG length = mac.size();
  ASSERT_EQ(SignInit(key), CKR_OK);
  ASSERT_EQ(C_SignUpdate(session_, data.data(), data.size()), CKR_OK);
  // What changes nothing about the life ends nothing.
  ASSERT_EQ(Set(key, AttributeList().Text(CKA_LABEL, "renamed")), CKR_OK);
  ASSERT_EQ(C_SignUpdate(session_, data.data(), data.size()), CKR_OK);
  ASSERT_EQ(SetState(key, kSuspended), CKR_OK);
  EXPECT_EQ(C_SignFinal(session_, mac.data(), &length), CKR_OPERATION_NOT_INITIALIZED);
  EXPECT_EQ(SignInit(key), CKR_KEY_FUNCTION_NOT_PERMITTED);
  ASSERT_EQ(SetState(key, kActive), CKR_OK);
  ASSERT_EQ(SignInit(key), CKR_OK);
  ASSERT_EQ(SetState(key, kRetired), CKR_OK);
  EXPECT_EQ(C_Sign(session_, data.data(), data.size(), mac.data(), &length),
            CKR_OPERATION_NOT_INITIALIZED);
  EXPECT_EQ(SignInit(key), CKR_KEY_FUNCTION_NOT_PERMITTED);
}

TEST_F(KeyLifeTest, OperationsEndWithTheStateOfTheirOtherKeys) {
  const auto pin_key = [&](CK_ATTRIBUTE_TYPE role, std::string_view header, std::uint8_t byte) {
    AttributeList list;
    Bytes value(16, byte);
    for (std::size_t i = 0; i < value.size(); ++i) value[i] ^= static_cast<std::uint8_t>(2 * i);
    list.Ulong(CKA_CLASS, CKO_SECRET_KEY)
        .Ulong(CKA_KEY_TYPE, CKK_DES2)
        .Bool(role, true)
        .Text(CKA_FLORIN_KEY_BLOCK_HEADER, header)
        .Add(CKA_VALUE, value);
    return Create(list);
  };
  const CK_OBJECT_HANDLE from = pin_key(CKA_DECRYPT, "D0000P0TD00N0000", 0x31);
  const CK_OBJECT_HANDLE to = pin_key(CKA_ENCRYPT, "D0000P0TE00N0000", 0x51);
  const Pan pan = Pan::Parse("4012345678909").value();
  const mechanisms::PinBlock block{.profile = {.format = card::PinBlockFormat::kFormat0}};
  cryptoki::EncodedMechanism mechanism;
  ASSERT_TRUE(mechanism
                  .Encode(mechanisms::PinTranslation{
                      .from = block, .from_key = {{from}, {}}, .to = block, .pan = &pan})
                  .ok());
  Bytes data(8);
  CK_ULONG length = data.size();
  ASSERT_EQ(C_EncryptInit(session_, mechanism.get(), to), CKR_OK);
  ASSERT_EQ(SetState(from, kSuspended), CKR_OK);
  EXPECT_EQ(C_Encrypt(session_, data.data(), data.size(), data.data(), &length),
            CKR_OPERATION_NOT_INITIALIZED);
  EXPECT_EQ(C_EncryptInit(session_, mechanism.get(), to), CKR_KEY_FUNCTION_NOT_PERMITTED);
}

TEST_F(KeyLifeTest, AnotherSessionsChangeIsSeenAtOnce) {
  const CK_OBJECT_HANDLE key = MacKey(true);
  const CK_SESSION_HANDLE other = Open(CKF_RW_SESSION);
  ASSERT_TRUE(Signs(key));
  CK_ULONG state = kSuspended;
  CK_ATTRIBUTE entry{CKA_FLORIN_KEY_STATE, &state, sizeof(state)};
  ASSERT_EQ(C_SetAttributeValue(other, key, &entry, 1), CKR_OK);
  EXPECT_FALSE(Signs(key)) << "although its last operation was kept prepared";
  FLORIN_FUNCTION_LIST_1_0* functions = nullptr;
  CK_INTERFACE* interface = nullptr;
  CK_VERSION version{1, 0};
  ASSERT_EQ(C_GetInterface(Text(FLORIN_INTERFACE_NAME), &version, &interface, 0), CKR_OK);
  functions = static_cast<FLORIN_FUNCTION_LIST_1_0*>(interface->pFunctionList);
  Bytes data(16);
  Bytes mac(16);
  CK_FLORIN_BATCH_ITEM item{nullptr, 0, data.data(), data.size(), mac.data(), mac.size(), 0};
  CK_MECHANISM mechanism = Cmac();
  EXPECT_EQ(functions->C_FlorinProcessBatch(session_, CKF_SIGN, &mechanism, key, &item, 1),
            CKR_KEY_FUNCTION_NOT_PERMITTED);
}

TEST_F(KeyLifeTest, AnotherProcessesChangeIsSeenAtOnce) {
  const CK_OBJECT_HANDLE key = MacKey(true);
  ASSERT_TRUE(Signs(key));
  ASSERT_EQ(SignInit(key), CKR_OK);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    bool done = C_Initialize(nullptr) == CKR_OK;
    session_ = Open(CKF_RW_SESSION);
    done = done && Login(CKU_USER, kUserPin) == CKR_OK;
    const auto found = Find(AttributeList().Text(CKA_LABEL, "life"));
    done = done && found.size() == 1 && SetState(found[0], kCompromised) == CKR_OK;
    ::_exit(done ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_EQ(status, 0);
  Bytes data(16);
  CK_ULONG length = data.size();
  EXPECT_EQ(C_Sign(session_, data.data(), data.size(), data.data(), &length),
            CKR_OPERATION_NOT_INITIALIZED);
  EXPECT_FALSE(Signs(key));
  EXPECT_EQ(StateOf(key), kCompromised);
}

TEST_F(KeyLifeTest, TheLifeOutlivesARestart) {
  AttributeList list = AesTemplate(true);
  list.Text(CKA_START_DATE, "20261126").Text(CKA_END_DATE, "20261231");
  const CK_OBJECT_HANDLE key = Create(list);
  ASSERT_EQ(SetState(key, kSuspended), CKR_OK);
  Restart();
  Reopen();
  const CK_OBJECT_HANDLE found = Find(AttributeList().Text(CKA_LABEL, "life")).at(0);
  EXPECT_EQ(StateOf(found), kSuspended);
  EXPECT_EQ(OriginOf(found), CK_FLORIN_KEY_ORIGIN_IMPORTED);
  EXPECT_FALSE(Signs(found));
  ASSERT_EQ(SetState(found, kActive), CKR_OK);
  EXPECT_TRUE(Signs(found));
  Restart();
  Reopen();
  clock_.Set({1798761600});
  const CK_OBJECT_HANDLE again = Find(AttributeList().Text(CKA_LABEL, "life")).at(0);
  EXPECT_EQ(StateOf(again), kActive);
  EXPECT_FALSE(Signs(again));
  EXPECT_TRUE(Verifies(again));
}

// Whatever byte of the file is changed, the key does not come back in use.
TEST_F(KeyLifeTest, ATamperedStateIsRefused) {
  for (const bool is_private : {true, false}) {
    AttributeList list = AesTemplate(true);
    list.Bool(CKA_PRIVATE, is_private);
    const CK_OBJECT_HANDLE key = Create(list);
    ASSERT_EQ(SetState(key, kCompromised), CKR_OK);
    const auto files = ObjectFiles();
    ASSERT_EQ(files.size(), 1U);
    std::ifstream in(files[0], std::ios::binary);
    const std::string original((std::istreambuf_iterator<char>(in)), {});
    for (std::size_t at = 1; at < original.size(); at += at < 64 ? 3 : 29) {
      std::string changed = original;
      changed[at] = at == 4 ? '\x01' : static_cast<char>(changed[at] ^ 1);
      std::ofstream(files[0], std::ios::binary | std::ios::trunc) << changed;
      Restart();
      Reopen();
      for (const CK_OBJECT_HANDLE found : Find(AttributeList().Text(CKA_LABEL, "life"))) {
        Bytes mac;
        EXPECT_EQ(Sign(Cmac(), found, AsBytes("data"), mac), CKR_DEVICE_ERROR) << at;
      }
    }
    std::ofstream(files[0], std::ios::binary | std::ios::trunc) << original;
    Restart();
    Reopen();
    const CK_OBJECT_HANDLE found = Find(AttributeList().Text(CKA_LABEL, "life")).at(0);
    EXPECT_EQ(StateOf(found), kCompromised);
    ASSERT_EQ(C_DestroyObject(session_, found), CKR_OK);
  }
}

}  // namespace
}  // namespace florin::hsm_sim
