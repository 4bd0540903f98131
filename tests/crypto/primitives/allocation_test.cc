// Hot paths neither allocate nor fetch.
#include <gtest/gtest.h>

#include "crypto/primitives/aes.h"
#include "crypto/primitives/kdf.h"
#include "crypto/primitives/mac.h"
#include "crypto/primitives/tdes.h"
#include "tests/crypto/primitives/test_util.h"
#include "tests/support/allocation_counter.h"

namespace florin::primitives {
namespace {

using testing::AllocationsOf;

TEST(AllocationTest, SymmetricHotPathsAllocateNothing) {
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
            0U);
  EXPECT_EQ(
      AllocationsOf([&] {
        return aes->Crypt(CipherMode::kCbcPad, Direction::kEncrypt, block, message, out).ok() &&
               aes->Crypt(CipherMode::kCtr, Direction::kEncrypt, block, message, out).ok() &&
               aes->EncryptBlocks(block, MutableBytes(out).first(16)).ok();
      }),
      0U);
  EXPECT_EQ(AllocationsOf([&] {
              return hmac->Sign({message}, mac).ok() && cmac->Sign({message}, tag).ok() &&
                     retail->Sign(MacPadding::kMethod2, {message}, tag.first(8)).ok() &&
                     cbc_mac->Sign(MacPadding::kMethod3, {message}, tag.first(8)).ok();
            }),
            0U);
  EXPECT_EQ(AllocationsOf([&] {
              return AesEncryptOnce(key_bytes, block, tag).ok() &&
                     TdesEncryptOnce(ByteView(key_bytes).first(24), block, tag).ok();
            }),
            0U);
  EXPECT_EQ(AllocationsOf([&] {
              return Digest(Hash::kSha256, {message}, mac).ok() &&
                     OneStepKdf(Hash::kSha256, block, {message}, mac).ok();
            }),
            0U);
}

}  // namespace
}  // namespace florin::primitives
