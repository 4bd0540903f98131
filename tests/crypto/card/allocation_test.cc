// Card values, PIN blocks, DUKPT and MACs allocate nothing once a key is made, and fetch nothing.
#include <gtest/gtest.h>

#include "crypto/card/amex_csc.h"
#include "crypto/card/card_verification.h"
#include "crypto/card/dukpt_aes.h"
#include "crypto/card/dukpt_tdes.h"
#include "crypto/card/mac.h"
#include "crypto/card/pin_generation.h"
#include "crypto/card/pin_verification.h"
#include "tests/crypto/card/card_test_util.h"
#include "tests/support/allocation_counter.h"

namespace florin::card {
namespace {

using testing::AllocationsOf;

TEST(Allocation, CardValuesAllocateNothing) {
  const auto cvk = MacKeyOf(Bytes(16, 0x12));
  const auto csck = TdesOf(Bytes(16, 0x34));
  const Pan pan = PanOf("4123456789012345");
  const Pan amex = PanOf("371234567890123");
  const Expiry expiry = ExpiryOf("2512");
  const std::array<std::uint8_t, 2> iv{};
  const std::array<std::uint8_t, 4> un{};
  const auto expected = Cvv(cvk, pan, expiry, kCvv2ServiceCode).value();
  EXPECT_EQ(AllocationsOf([&] {
              const auto value = Cvv(cvk, pan, expiry, kCvv2ServiceCode);
              return value.ok() && VerifyValue(expected, *value).ok();
            }),
            0U);
  EXPECT_EQ(AllocationsOf([&] {
              return Dcvv(cvk, pan, expiry, kIcvvServiceCode, 7).ok() &&
                     Cvc3(cvk, iv, un, 7, 3).ok() && AmexCscVersion1(csck, amex, expiry, 4).ok();
            }),
            0U);
}

TEST(Allocation, PinsAllocateNothing) {
  const auto tdes = TdesOf(Bytes(16, 0x12));
  const auto aes = AesOf(Bytes(16, 0x34));
  const Pan pan = PanOf("4123456789012345");
  const PinBlockProfile format0{PinBlockFormat::kFormat0, {}, {}};
  const PinBlockProfile format4{PinBlockFormat::kFormat4, {}, {}};
  Bytes buffer(256);
  RandomBatch batch(SystemRandom(), buffer);
  const Pin pin = Pin::Parse("97531").value();
  Bytes block0(8);
  Bytes block4(16);
  ASSERT_TRUE(EncryptPinBlock(tdes, format0, pin, pan, batch, block0).ok());
  EXPECT_EQ(AllocationsOf([&] {
              return TranslatePinBlock({tdes, {}, format0, pan}, block0,
                                       {aes, {PinKeyAlgorithm::kAes, false, false}, format4, pan},
                                       PinBlockUse::kTransport, batch, block4)
                  .ok();
            }),
            0U);
  const PvvContext card{tdes, pan, 1};
  const Pvv pvv = MakePvv(card, pin).value();
  EXPECT_EQ(AllocationsOf([&] {
              return VerifyPinBlockPvv(card, aes, format4, block4, pvv).ok() &&
                     GeneratePin(batch, 6).ok();
            }),
            0U);
}

TEST(Allocation, WorkingKeysAndMacsAllocateNothing) {
  const Bytes key(32, 7);
  const TdesBdk tdes = TdesBdk::Create(ByteView(key).first(16)).value();
  const TdesKsn tdes_ksn = TdesKsn::ParseHex("FFFF9876543210EFF800").value();
  EXPECT_EQ(AllocationsOf([&] {
              return tdes.WorkingKey(tdes_ksn, TdesDukptUsage::kPin).ok() &&
                     tdes.WorkingKey(tdes_ksn, TdesDukptUsage::kDataRequest).ok();
            }),
            0U);
  const AesBdk aes = AesBdk::Create(key).value();
  const AesKsn aes_ksn = AesKsn::ParseHex("12345678901234560001FFFE").value();
  EXPECT_EQ(AllocationsOf([&] {
              return aes.WorkingKey(aes_ksn, AesDukptUsage::kPin, AesDukptKeyType::kAes256).ok() &&
                     aes.UpdateKey(aes_ksn.initial_key_id(), AesDukptKeyType::kAes128).ok();
            }),
            0U);
  const MacKey mac_key = MacKey::Create(kX924Mac, ByteView(key).first(16)).value();
  Bytes mac(kX924MacSize);
  EXPECT_EQ(AllocationsOf([&] {
              return mac_key.Generate(ByteView(key), mac).ok() &&
                     mac_key.Verify(ByteView(key), mac).ok();
            }),
            0U);
}

}  // namespace
}  // namespace florin::card
