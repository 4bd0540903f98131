// CK_RV and ErrorCode.
#include "crypto/cryptoki/rv.h"

#include <gtest/gtest.h>

#include <cstring>
#include <set>

#include "tests/crypto/cryptoki/abi_table.h"

namespace florin::cryptoki {
namespace {

using mechanisms::Verb;

TEST(Rv, EveryNumberOfTheStandardHasItsOwnMessageAndComesBack) {
  const AbiTable table = FlorinAbi();
  std::size_t checked = 0;
  for (std::size_t i = 0; i < table.count; ++i) {
    const AbiEntry& entry = table.entries[i];
    if (std::strncmp(entry.name, "CKR_", 4) != 0) continue;
    if (entry.value == CKR_OK || entry.value == CKR_VENDOR_DEFINED) continue;
    ++checked;
    const Error error = ErrorFromRv(entry.value);
    EXPECT_EQ(error.detail(), entry.value) << entry.name;
    EXPECT_EQ(std::strstr(error.message(), "number"), nullptr) << entry.name << " has no row";
    EXPECT_EQ(RvFromError(error), entry.value) << entry.name;
    for (Verb verb : {Verb::kSign, Verb::kDecrypt, Verb::kUnwrap}) {
      EXPECT_EQ(RvFromError(error, verb), entry.value) << entry.name;
    }
  }
  EXPECT_GT(checked, 90U);
}

TEST(Rv, UnknownNumbersKeepTheirValue) {
  for (CK_RV rv : {CK_RV{0x4}, CK_RV{0x7FFFFFFF}, CK_RV{0x80000001}, CK_RV{0xCE534351}}) {
    const Error error = ErrorFromRv(rv);
    EXPECT_EQ(error.code(), ErrorCode::kDeviceError);
    EXPECT_EQ(error.detail(), rv);
  }
  // A CK_RV has 64 bits here; one beyond 32 must not turn into success or into a known number.
  EXPECT_EQ(ErrorFromRv(CK_RV{1} << 32).code(), ErrorCode::kDeviceError);
  EXPECT_EQ(ErrorFromRv((CK_RV{1} << 32) | CKR_PIN_LOCKED).code(), ErrorCode::kDeviceError);
}

TEST(Rv, EveryErrorCodeHasANumber) {
  for (int code = 1; code <= static_cast<int>(ErrorCode::kCancelled); ++code) {
    const Error error(static_cast<ErrorCode>(code), "x");
    EXPECT_NE(RvFromError(error), CKR_OK) << code;
    EXPECT_NE(RvFromError(error, Verb::kSign), CKR_OK) << code;
  }
}

TEST(Rv, AnErrnoIsNoRv) {
  // ENOENT is 2, as is CKR_HOST_MEMORY.
  EXPECT_EQ(RvFromError(Error(ErrorCode::kStorage, "x", 2)), CKR_DEVICE_ERROR);
}

TEST(Rv, VerbsHaveTheirOwnNumbers) {
  const Error malformed(ErrorCode::kMalformed, "x");
  EXPECT_EQ(RvFromError(malformed, Verb::kEncrypt), CKR_DATA_LEN_RANGE);
  EXPECT_EQ(RvFromError(malformed, Verb::kDecrypt), CKR_ENCRYPTED_DATA_LEN_RANGE);
  EXPECT_EQ(RvFromError(malformed, Verb::kUnwrap), CKR_WRAPPED_KEY_LEN_RANGE);
  const Error wrong(ErrorCode::kVerificationFailed, "x");
  EXPECT_EQ(RvFromError(wrong, Verb::kVerify), CKR_SIGNATURE_INVALID);
  EXPECT_EQ(RvFromError(wrong, Verb::kDecrypt), CKR_ENCRYPTED_DATA_INVALID);
  EXPECT_EQ(RvFromError(wrong, Verb::kUnwrap), CKR_WRAPPED_KEY_INVALID);
}

TEST(Rv, LostSessions) {
  for (CK_RV rv : {CKR_SESSION_HANDLE_INVALID, CKR_SESSION_CLOSED, CKR_DEVICE_REMOVED,
                   CKR_TOKEN_NOT_PRESENT, CKR_CRYPTOKI_NOT_INITIALIZED}) {
    EXPECT_TRUE(IsSessionLost(rv)) << rv;
    EXPECT_EQ(ErrorFromRv(rv).code(), ErrorCode::kSessionLost) << rv;
  }
  EXPECT_FALSE(IsSessionLost(CKR_OK));
  EXPECT_FALSE(IsSessionLost(CKR_GENERAL_ERROR));
}

}  // namespace
}  // namespace florin::cryptoki
