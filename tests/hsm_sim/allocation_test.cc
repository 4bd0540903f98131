// An operation through the C interface allocates nothing: every C++ allocation here is counted.
#include "tests/hsm_sim/sim_fixture.h"
#include "tests/support/allocation_counter.h"

namespace florin::hsm_sim {
namespace {

class AllocationTest : public TokenTest {
 protected:
  // Allocations of ten rounds after one that warms up.
  template <class Round>
  std::size_t AllocationsOf(Round round) {
    EXPECT_EQ(round(), CKR_OK);
    const std::size_t before = testing::AllocationCount();
    for (int i = 0; i < 10; ++i) EXPECT_EQ(round(), CKR_OK);
    return testing::AllocationCount() - before;
  }

  CK_BYTE data_[64] = {};
  CK_BYTE out_[96] = {};
};

TEST_F(AllocationTest, SigningAllocatesNothing) {
  const CK_OBJECT_HANDLE key = HmacKey();
  CK_MECHANISM mechanism{CKM_SHA256_HMAC, nullptr, 0};
  EXPECT_EQ(AllocationsOf([&] {
              CK_ULONG length = sizeof(out_);
              const CK_RV rv = C_SignInit(session_, &mechanism, key);
              return rv != CKR_OK ? rv : C_Sign(session_, data_, 64, out_, &length);
            }),
            0U);
}

TEST_F(AllocationTest, EncryptionAllocatesNothing) {
  const CK_OBJECT_HANDLE key = AesKey({CKA_ENCRYPT, CKA_DECRYPT}, true);
  CK_BYTE iv[12] = {};
  CK_GCM_PARAMS parameters{iv, 12, 96, data_, 16, 128};
  CK_MECHANISM mechanism{CKM_AES_GCM, &parameters, sizeof(parameters)};
  EXPECT_EQ(AllocationsOf([&] {
              CK_ULONG length = sizeof(out_);
              const CK_RV rv = C_EncryptInit(session_, &mechanism, key);
              return rv != CKR_OK ? rv : C_Encrypt(session_, data_, 64, out_, &length);
            }),
            0U);
}

TEST_F(AllocationTest, DigestingAndRandomAllocateNothing) {
  CK_MECHANISM mechanism{CKM_SHA256, nullptr, 0};
  EXPECT_EQ(AllocationsOf([&] {
              CK_ULONG length = sizeof(out_);
              const CK_RV rv = C_DigestInit(session_, &mechanism);
              return rv != CKR_OK ? rv : C_Digest(session_, data_, 64, out_, &length);
            }),
            0U);
  EXPECT_EQ(AllocationsOf([&] { return C_GenerateRandom(session_, out_, 16); }), 0U);
}

}  // namespace
}  // namespace florin::hsm_sim
