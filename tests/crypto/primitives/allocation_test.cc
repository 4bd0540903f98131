// Hot paths neither allocate nor fetch: a fetch by name allocates inside OpenSSL, so counting every
// allocation of OpenSSL and of C++ finds both. Own executable: OpenSSL takes its allocator only
// before its first use.
#include <gtest/gtest.h>

#include <openssl/crypto.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "crypto/primitives/aes.h"
#include "crypto/primitives/kdf.h"
#include "crypto/primitives/mac.h"
#include "crypto/primitives/tdes.h"
#include "tests/crypto/primitives/test_util.h"

namespace {

std::atomic<long> g_allocations{0};

void* CountedMalloc(std::size_t size, const char*, int) {
  g_allocations.fetch_add(1);
  return std::malloc(size);
}
void* CountedRealloc(void* old, std::size_t size, const char*, int) {
  g_allocations.fetch_add(1);
  return std::realloc(old, size);
}
void CountedFree(void* memory, const char*, int) { std::free(memory); }

const bool kCounting = CRYPTO_set_mem_functions(CountedMalloc, CountedRealloc, CountedFree) == 1;

}  // namespace

void* operator new(std::size_t size) {
  g_allocations.fetch_add(1);
  void* memory = std::malloc(size == 0 ? 1 : size);
  if (memory == nullptr) std::abort();
  return memory;
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace florin::primitives {
namespace {

// Allocations of ten calls of `body` after one to warm up.
template <class Body>
long AllocationsOf(const Body& body) {
  EXPECT_TRUE(body());
  const long before = g_allocations.load();
  bool all = true;
  for (int i = 0; i < 10; ++i) all = body() && all;
  const long after = g_allocations.load();
  EXPECT_TRUE(all);
  return after - before;
}

TEST(AllocationTest, SymmetricHotPathsAllocateNothing) {
  ASSERT_TRUE(kCounting);
  const Bytes key_bytes(32, 7);
  const Bytes iv(12);
  const Bytes block(16);
  const Bytes message(100);
  Bytes out(112);
  Bytes mac(32);
  const MutableBytes cipher = MutableBytes(out).first(100);
  const MutableBytes tag = MutableBytes(mac).first(16);
  auto gcm = AesGcmKey::Create(key_bytes);
  auto aes = AesCipher(key_bytes);
  auto hmac = HmacKey::Create(Hash::kSha256, key_bytes);
  auto cmac = AesCmacKey::Create(key_bytes);
  auto retail = RetailMacKey::Create(ByteView(key_bytes).first(16));
  auto cbc_mac = CbcMacKey::Create(ByteView(key_bytes).first(16));
  ASSERT_TRUE(gcm.ok() && aes.ok() && hmac.ok() && cmac.ok() && retail.ok() && cbc_mac.ok());
  EXPECT_EQ(AllocationsOf([&] {
              return gcm->Seal(iv, iv, message, cipher, tag).ok() &&
                     gcm->Open(iv, iv, cipher, tag, cipher).ok();
            }),
            0);
  EXPECT_EQ(
      AllocationsOf([&] {
        return aes->Crypt(CipherMode::kCbcPad, Direction::kEncrypt, block, message, out).ok() &&
               aes->Crypt(CipherMode::kCtr, Direction::kEncrypt, block, message, out).ok() &&
               aes->EncryptBlocks(block, MutableBytes(out).first(16)).ok();
      }),
      0);
  EXPECT_EQ(AllocationsOf([&] {
              return hmac->Sign({message}, mac).ok() && cmac->Sign({message}, tag).ok() &&
                     retail->Sign(MacPadding::kMethod2, {message}, tag.first(8)).ok() &&
                     cbc_mac->Sign(MacPadding::kMethod3, {message}, tag.first(8)).ok();
            }),
            0);
  EXPECT_EQ(AllocationsOf([&] {
              return AesEncryptOnce(key_bytes, block, tag).ok() &&
                     TdesEncryptOnce(ByteView(key_bytes).first(24), block, tag).ok();
            }),
            0);
  EXPECT_EQ(AllocationsOf([&] {
              return Digest(Hash::kSha256, {message}, mac).ok() &&
                     OneStepKdf(Hash::kSha256, block, {message}, mac).ok();
            }),
            0);
}

}  // namespace
}  // namespace florin::primitives
