// The C interface against the headers of other projects: every name that both have must mean the
// same number, size or offset.
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "florin/pkcs11/florin_pkcs11.h"
#include "tests/crypto/cryptoki/abi_table.h"

namespace {

using AbiMap = std::map<std::string, unsigned long>;

AbiMap MapOf(AbiTable table) {
  AbiMap map;
  for (std::size_t i = 0; i < table.count; ++i) map[table.entries[i].name] = table.entries[i].value;
  return map;
}

std::size_t CompareWith(const AbiMap& others, const AbiMap& known_errors) {
  const AbiMap ours = MapOf(FlorinAbi());
  std::size_t compared = 0;
  for (const auto& [name, value] : others) {
    const auto found = ours.find(name);
    if (found == ours.end()) continue;
    ++compared;
    const auto error = known_errors.find(name);
    if (error != known_errors.end() && error->second == value) continue;
    EXPECT_EQ(found->second, value) << name;
  }
  return compared;
}

TEST(AbiCheck, AgreesWithP11Kit) {
  // Numbers of p11-kit 0.24 that are not those of PKCS#11 3.0 table "CKR"; NSS has ours.
  const AbiMap known_errors = {
      {"CKR_EXCEEDED_MAX_ITERATIONS", 0x1C0}, {"CKR_FIPS_SELF_TEST_FAILED", 0x1C1},
      {"CKR_LIBRARY_LOAD_FAILED", 0x1C2},     {"CKR_PIN_TOO_WEAK", 0x1C3},
      {"CKR_PUBLIC_KEY_INVALID", 0x1C4},
  };
  EXPECT_GT(CompareWith(MapOf(P11KitAbi()), known_errors), 500U);
}

TEST(AbiCheck, AgreesWithNss) {
  if (NssAbi().count == 0) GTEST_SKIP() << "the NSS headers are not installed";
  EXPECT_GT(CompareWith(MapOf(NssAbi()), {}), 600U);
}

TEST(AbiCheck, VendorStructsHaveTheirDocumentedSizes) {
  EXPECT_EQ(sizeof(CK_FLORIN_EMV_TREE), 18U);
  EXPECT_EQ(sizeof(CK_FLORIN_EMV_CARD), 52U);
  EXPECT_EQ(sizeof(CK_FLORIN_EMV_PROFILES), 88U);
  EXPECT_EQ(sizeof(CK_FLORIN_EMV_CRYPTOGRAM_PARAMS), 64U);
  EXPECT_EQ(sizeof(CK_FLORIN_EMV_ARPC_PARAMS), 80U);
  EXPECT_EQ(sizeof(CK_FLORIN_EMV_VERIFIED_ARPC_PARAMS), 96U);
  EXPECT_EQ(sizeof(CK_FLORIN_EMV_AUTHORIZATION_PARAMS), 48U);
  EXPECT_EQ(sizeof(CK_FLORIN_EMV_ARQC_TRACE_PARAMS), 32U);
  EXPECT_EQ(offsetof(CK_FLORIN_EMV_PROFILES, cvns), 24U);
  EXPECT_EQ(offsetof(CK_FLORIN_EMV_PROFILES, dkis), 56U);
  EXPECT_EQ(offsetof(CK_FLORIN_EMV_CRYPTOGRAM_PARAMS, padding), 60U);
  EXPECT_EQ(offsetof(CK_FLORIN_EMV_ARPC_PARAMS, proprietary), 68U);
  EXPECT_EQ(offsetof(CK_FLORIN_EMV_AUTHORIZATION_PARAMS, proprietary), 40U);
  EXPECT_EQ(sizeof(CK_FLORIN_ISO9797_MAC_PARAMS), 16U);
  EXPECT_EQ(sizeof(CK_FLORIN_CARD_VERIFICATION_PARAMS), 48U);
  EXPECT_EQ(sizeof(CK_FLORIN_3DS_PARAMS), 80U);
  EXPECT_EQ(sizeof(CK_FLORIN_DUKPT_TRANSACTION), 16U);
  EXPECT_EQ(sizeof(CK_FLORIN_DUKPT_MAC_PARAMS), 32U);
  EXPECT_EQ(sizeof(CK_FLORIN_DUKPT_DATA_PARAMS), 48U);
  EXPECT_EQ(sizeof(CK_FLORIN_KEY_BLOCK_PARAMS), 4112U);
  EXPECT_EQ(offsetof(CK_FLORIN_KEY_BLOCK_PARAMS, optionalText), 16U);
  EXPECT_EQ(sizeof(CK_FLORIN_ECDH_KEY_AGREEMENT_PARAMS), 1136U);
  EXPECT_EQ(offsetof(CK_FLORIN_ECDH_KEY_AGREEMENT_PARAMS, sharedInfo), 112U);
  EXPECT_EQ(offsetof(CK_FLORIN_ISO9797_MAC_PARAMS, macLength), 10U);
  EXPECT_EQ(offsetof(CK_FLORIN_CARD_VERIFICATION_PARAMS, serviceCode), 36U);
  EXPECT_EQ(offsetof(CK_FLORIN_CARD_VERIFICATION_PARAMS, atcForm), 46U);
  EXPECT_EQ(offsetof(CK_FLORIN_3DS_PARAMS, amount), 40U);
  EXPECT_EQ(offsetof(CK_FLORIN_3DS_PARAMS, requestor), 62U);
}

TEST(AbiCheck, VendorNumbersAreInTheVendorRange) {
  EXPECT_EQ(CKM_FLORIN_EMV_CRYPTOGRAM, 0xC64C5210UL);
  EXPECT_EQ(CKM_FLORIN_EMV_ARPC, 0xC64C5211UL);
  EXPECT_EQ(CKM_FLORIN_EMV_VERIFIED_ARPC, 0xC64C5212UL);
  EXPECT_EQ(CKM_FLORIN_EMV_AUTHORIZATION, 0xC64C5213UL);
  EXPECT_EQ(CKM_FLORIN_EMV_ARQC_TRACE, 0xC64C5214UL);
  EXPECT_EQ(CKA_FLORIN_EMV_PROFILES, 0x864C5202UL);
  EXPECT_EQ(CKM_FLORIN_ISO9797_MAC, 0xC64C5230UL);
  EXPECT_EQ(CKM_FLORIN_CARD_VERIFICATION, 0xC64C5231UL);
  EXPECT_EQ(CKM_FLORIN_3DS, 0xC64C5232UL);
  EXPECT_EQ(CKM_FLORIN_DUKPT_MAC, 0xC64C5220UL);
  EXPECT_EQ(CKM_FLORIN_DUKPT_DATA, 0xC64C5221UL);
  EXPECT_EQ(CKM_FLORIN_KEY_BLOCK, 0xC64C5240UL);
  EXPECT_EQ(CKM_FLORIN_ECDH_KEY_AGREEMENT, 0xC64C5241UL);
  EXPECT_EQ(CKA_FLORIN_KEY_BLOCK_POLICY, 0x864C5203UL);
  EXPECT_EQ(CKA_FLORIN_KEY_BLOCK_HEADER & CKA_VENDOR_DEFINED, CKA_VENDOR_DEFINED);
  EXPECT_EQ(CKA_FLORIN_KEY_BLOCK_HEADER & CKF_ARRAY_ATTRIBUTE, 0U);
}

}  // namespace
