// Deriving a working key allocates nothing. Own executable, as the counter needs it.
#include <gtest/gtest.h>

#include "crypto/card/dukpt_aes.h"
#include "crypto/card/dukpt_tdes.h"
#include "crypto/card/mac.h"
#include "tests/crypto/card/card_test_util.h"
#include "tests/crypto/primitives/allocation_counter.h"

namespace florin::card {
namespace {

TEST(CardAllocationTest, HotPathsAllocateNothing) {
  const Bytes key(32, 7);
  const TdesBdk tdes = TdesBdk::Create(ByteView(key).first(16)).value();
  const TdesKsn tdes_ksn = TdesKsn::ParseHex("FFFF9876543210EFF800").value();
  EXPECT_EQ(AllocationsOf([&] {
              return tdes.WorkingKey(tdes_ksn, TdesDukptUsage::kPin).ok() &&
                     tdes.WorkingKey(tdes_ksn, TdesDukptUsage::kDataRequest).ok();
            }),
            0);
  const AesBdk aes = AesBdk::Create(key).value();
  const AesKsn aes_ksn = AesKsn::ParseHex("12345678901234560001FFFE").value();
  EXPECT_EQ(AllocationsOf([&] {
              return aes.WorkingKey(aes_ksn, AesDukptUsage::kPin, AesDukptKeyType::kAes256).ok() &&
                     aes.UpdateKey(aes_ksn.initial_key_id(), AesDukptKeyType::kAes128).ok();
            }),
            0);
  const MacKey mac_key = MacKey::Create(kX924Mac, ByteView(key).first(16)).value();
  Bytes mac(kX924MacSize);
  EXPECT_EQ(AllocationsOf([&] {
              return mac_key.Generate(ByteView(key), mac).ok() &&
                     mac_key.Verify(ByteView(key), mac).ok();
            }),
            0);
}

}  // namespace
}  // namespace florin::card
