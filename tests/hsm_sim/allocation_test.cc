// An operation through the C interface allocates nothing: every C++ allocation here is counted.
#include <atomic>
#include <cstdlib>
#include <new>

#include "tests/hsm_sim/sim_fixture.h"

namespace {

std::atomic<std::size_t> allocations{0};

void* CountedAllocation(std::size_t size, std::size_t alignment) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  const std::size_t rounded = (size + alignment - 1) / alignment * alignment;
  void* memory = std::aligned_alloc(alignment, rounded == 0 ? alignment : rounded);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

}  // namespace

void* operator new(std::size_t size) { return CountedAllocation(size, alignof(std::max_align_t)); }
void* operator new(std::size_t size, std::align_val_t alignment) {
  return CountedAllocation(size, static_cast<std::size_t>(alignment));
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }

namespace florin::hsm_sim {
namespace {

class AllocationTest : public TokenTest {
 protected:
  // Allocations of ten rounds after one that warms up.
  template <class Round>
  std::size_t AllocationsOf(Round round) {
    EXPECT_EQ(round(), CKR_OK);
    const std::size_t before = allocations.load();
    for (int i = 0; i < 10; ++i) EXPECT_EQ(round(), CKR_OK);
    return allocations.load() - before;
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
