// CMAC of every kernel: published values, every length, every way to cut a message.
#include "tests/crypto/kernels/kernel_testing.h"
#include "tests/crypto/kernels/openssl_reference.h"

namespace florin::kernels {
namespace {

class CmacTest : public KernelTest {};

struct CmacVector {
  const char* key;
  std::size_t size;  // of the message of SP 800-38B D
  const char* mac;
};

constexpr char kMessage[] =
    "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
    "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710";
constexpr char kKey128[] = "2b7e151628aed2a6abf7158809cf4f3c";
constexpr char kKey192[] = "8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b";
constexpr char kKey256[] = "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4";

// SP 800-38B D.1 to D.3 as first published (40 bytes); those of AES-128 also RFC 4493 4.
const CmacVector kVectors[] = {
    {kKey128, 0, "bb1d6929e95937287fa37d129b756746"},
    {kKey128, 16, "070a16b46b4d4144f79bdd9dd04a287c"},
    {kKey128, 40, "dfa66747de9ae63030ca32611497c827"},
    {kKey128, 64, "51f0bebf7e3b9d92fc49741779363cfe"},
    {kKey192, 0, "d17ddf46adaacde531cac483de7a9367"},
    {kKey192, 16, "9e99a7bf31e710900662f65e617c5184"},
    {kKey192, 40, "8a1de5be2eb31aad089a82e6ee908b0e"},
    {kKey192, 64, "a1d5df0eed790f794d77589659f39a11"},
    {kKey256, 0, "028962f61b7bf89efc6b551f4667d983"},
    {kKey256, 16, "28a7023f452e8f82bd4bf28d8c37c35c"},
    {kKey256, 40, "aaf3d8f1de5640c232f5b169b9c911e6"},
    {kKey256, 64, "e1992190549f6ed5696a2c056c315410"},
};

Bytes Once(const Kernel& kernel, ByteView key, const primitives::Parts& parts,
           std::size_t size = 16) {
  Bytes mac(size);
  EXPECT_TRUE(AesCmacOnce(kernel, key, parts, mac).ok());
  return mac;
}

Bytes Kept(const Kernel& kernel, ByteView key, const primitives::Parts& parts,
           std::size_t size = 16) {
  const auto scheduled = AesCmacKey::Create(kernel, key);
  Bytes mac(size);
  EXPECT_TRUE(scheduled.ok() && scheduled->Sign(parts, mac).ok());
  return mac;
}

TEST_P(CmacTest, PublishedValues) {
  const Bytes message = Hex(kMessage);
  for (const CmacVector& v : kVectors) {
    SCOPED_TRACE(v.mac);
    const ByteView part = ByteView(message).first(v.size);
    EXPECT_EQ(ToHex(Once(kernel(), Hex(v.key), part)), v.mac);
    EXPECT_EQ(ToHex(Kept(kernel(), Hex(v.key), part)), v.mac);
  }
}

TEST_P(CmacTest, EveryLengthIsThatOfOpenssl) {
  TestRandom random(1);
  for (std::size_t size = 0; size <= 600; ++size) {
    SCOPED_TRACE(size);
    const Bytes key = random.Take(16 + 8 * (size % 3));
    Guarded message(size, size);
    ASSERT_TRUE(random.Fill(message.bytes()).ok());
    const Bytes expected = reference::Cmac(key, message.bytes());
    EXPECT_EQ(Once(kernel(), key, ByteView(message.bytes())), expected);
    EXPECT_EQ(Kept(kernel(), key, ByteView(message.bytes())), expected);
  }
}

TEST_P(CmacTest, PartsAreOneMessage) {
  TestRandom random(2);
  for (int i = 0; i < 300; ++i) {
    SCOPED_TRACE(i);
    const Bytes key = random.Take(16 + 8 * random.Below(3));
    const Bytes message = random.Take(random.Below(120));
    const ByteView view(message);
    const std::size_t second = random.Below(message.size() + 1);
    const std::size_t first = random.Below(second + 1);
    const std::initializer_list<ByteView> parts = {
        view.first(first), view.subspan(first, second - first), {}, view.subspan(second)};
    const Bytes expected = reference::Cmac(key, message);
    EXPECT_EQ(Once(kernel(), key, parts), expected);
    EXPECT_EQ(Kept(kernel(), key, parts), expected);
  }
  EXPECT_EQ(ToHex(Once(kernel(), Hex(kKey128), primitives::Parts(std::span<const ByteView>()))),
            kVectors[0].mac);
}

TEST_P(CmacTest, AShortMacIsTheBeginning) {
  const Bytes message = Hex(kMessage);
  const Bytes whole = Once(kernel(), Hex(kKey256), ByteView(message));
  for (std::size_t size = 1; size <= 16; ++size) {
    const Bytes expected(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_EQ(Once(kernel(), Hex(kKey256), ByteView(message), size), expected);
    EXPECT_EQ(Kept(kernel(), Hex(kKey256), ByteView(message), size), expected);
  }
}

TEST_P(CmacTest, OneKeyServesManyMessages) {
  TestRandom random(3);
  const Bytes key_bytes = random.Take(32);
  auto made = AesCmacKey::Create(kernel(), key_bytes);
  ASSERT_TRUE(made.ok());
  const AesCmacKey key = std::move(made).value();
  for (std::size_t size = 0; size < 70; ++size) {
    const Bytes message = random.Take(size);
    Bytes mac(16);
    ASSERT_TRUE(key.Sign(ByteView(message), mac).ok());
    EXPECT_EQ(mac, reference::Cmac(key_bytes, message));
  }
}

TEST_P(CmacTest, RefusesOtherSizes) {
  const ByteView message;
  Bytes mac(16);
  for (const std::size_t size : {0, 8, 15, 17, 23, 31, 33, 64}) {
    const Bytes key(size);
    EXPECT_EQ(AesCmacOnce(kernel(), key, message, mac).code(), ErrorCode::kInvalidArgument);
    EXPECT_EQ(AesCmacKey::Create(kernel(), key).code(), ErrorCode::kInvalidArgument);
  }
  const Bytes key(16);
  const auto scheduled = AesCmacKey::Create(kernel(), key);
  Bytes long_mac(17);
  for (const MutableBytes wrong : {MutableBytes(long_mac), MutableBytes()}) {
    EXPECT_EQ(AesCmacOnce(kernel(), key, message, wrong).code(), ErrorCode::kInvalidArgument);
    EXPECT_EQ(scheduled->Sign(message, wrong).code(), ErrorCode::kInvalidArgument);
  }
}

INSTANTIATE_TEST_SUITE_P(Kernels, CmacTest, ::testing::ValuesIn(SupportedKernels()), KernelName);

}  // namespace
}  // namespace florin::kernels
