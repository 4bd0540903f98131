// Card values and PIN blocks allocate nothing once a key is made; C++ allocations are counted.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "crypto/card/amex_csc.h"
#include "crypto/card/card_verification.h"
#include "crypto/card/pin_generation.h"
#include "crypto/card/pin_verification.h"
#include "tests/crypto/card/card_test_util.h"

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

namespace florin::card {
namespace {

// Of a second call: the first one makes the schedules of the key.
template <class Body>
std::size_t AllocationsOf(const Body& body) {
  EXPECT_TRUE(body());
  const std::size_t before = allocations.load();
  const bool ok = body();
  const std::size_t after = allocations.load();
  EXPECT_TRUE(ok);
  return after - before;
}

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

}  // namespace
}  // namespace florin::card
