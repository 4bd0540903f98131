#include "crypto/primitives/kdf.h"

#include <gtest/gtest.h>

#include "tests/crypto/primitives/test_util.h"

namespace florin::primitives {
namespace {

// RFC 5869 A.1, A.2 (parts) and A.3.
TEST(HkdfTest, PublishedVectors) {
  Bytes prk(32);
  const Bytes input(22, 0x0b);
  ASSERT_TRUE(HkdfExtract(Hash::kSha256, Hex("000102030405060708090a0b0c"), {input}, prk).ok());
  EXPECT_EQ(ToHex(prk), "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5");
  Bytes okm(42);
  ASSERT_TRUE(HkdfExpand(Hash::kSha256, prk, {Hex("f0f1f2f3f4"), Hex("f5f6f7f8f9")}, okm).ok());
  EXPECT_EQ(ToHex(okm),
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
  ASSERT_TRUE(Hkdf(Hash::kSha256, {}, {input}, ByteView(), okm).ok());
  EXPECT_EQ(ToHex(okm),
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8");
}

TEST(HkdfTest, Refusals) {
  Bytes out(32);
  EXPECT_EQ(HkdfExpand(Hash::kSha256, Bytes(31), ByteView(), out).code(),
            ErrorCode::kInvalidArgument);
  Bytes large(255 * 32 + 1);
  EXPECT_EQ(HkdfExpand(Hash::kSha256, Bytes(32), ByteView(), large).code(),
            ErrorCode::kLimitExceeded);
  large.pop_back();
  EXPECT_TRUE(HkdfExpand(Hash::kSha256, Bytes(32), ByteView(), large).ok());
  EXPECT_EQ(HkdfExpand(Hash::kSha256, Bytes(32), ByteView(), {}).code(), ErrorCode::kLimitExceeded);
  Bytes prk(20);
  EXPECT_EQ(HkdfExtract(Hash::kSha1, {}, ByteView(), prk).code(), ErrorCode::kUnsupported);
}

// NIST CAVS ansx963_2001.rsp, SHA-256, 192-bit Z, no shared info.
TEST(X963KdfTest, PublishedVector) {
  Bytes key(16);
  ASSERT_TRUE(X963Kdf(Hash::kSha256, Hex("96c05619d56c328ab95fe84b18264b08725b85e33fd34f08"),
                      ByteView(), key)
                  .ok());
  EXPECT_EQ(ToHex(key), "443024c3dae66b95e6f5670601558f71");
}

// The key of a published Apple Pay test token: PayU-EMEA/apple-pay, tests/Decoding/Decoder/
// Algorithms/EccTest.php.
TEST(OneStepKdfTest, PublishedVectors) {
  Bytes key(32);
  const Bytes info =
      Hex("0d69642d6165733235362d47434d4170706c652d9940eae07ed944bf277087fb661b36c13fe820109a51d184"
          "092a5cb9"
          "25b844");
  const ByteView view(info);
  ASSERT_TRUE(OneStepKdf(Hash::kSha256,
                         Hex("864c96ba0f009524bb36bf5f4754dca0358ef4d6e270b3ae8bb45736c9006177"),
                         {view.first(14), view.subspan(14, 5), view.subspan(19)}, key)
                  .ok());
  EXPECT_EQ(ToHex(key), "12332672df81776516f491d116a8e93f449eb9076e4bd82d52af7c48a356665f");
}

// RFC 7518 C: Concat KDF with SHA-256, 128 bits out.
TEST(OneStepKdfTest, JoseExample) {
  Bytes key(16);
  ASSERT_TRUE(OneStepKdf(Hash::kSha256,
                         Hex("9e56d91d817135d372834283bf84269cfb316ea3da806a48f6daa7798cfe90c4"),
                         {Hex("00000007"), AsBytes("A128GCM"), Hex("00000005"), AsBytes("Alice"),
                          Hex("00000003"), AsBytes("Bob"), Hex("00000080")},
                         key)
                  .ok());
  EXPECT_EQ(ToHex(key), "56aa8deaf8236d205c2228cd71a7101a");
}

TEST(CounterKdfTest, LongOutputsContinueTheCounter) {
  const Bytes z = Hex("0102030405060708");
  Bytes key(80);
  ASSERT_TRUE(OneStepKdf(Hash::kSha256, z, {AsBytes("info")}, key).ok());
  Bytes block(32);
  ASSERT_TRUE(Digest(Hash::kSha256, {Hex("00000002"), z, AsBytes("info")}, block).ok());
  EXPECT_EQ(Bytes(key.begin() + 32, key.begin() + 64), block);
  ASSERT_TRUE(X963Kdf(Hash::kSha256, z, {AsBytes("info")}, key).ok());
  ASSERT_TRUE(Digest(Hash::kSha256, {z, Hex("00000003"), AsBytes("info")}, block).ok());
  EXPECT_EQ(Bytes(key.begin() + 64, key.end()), Bytes(block.begin(), block.begin() + 16));
  EXPECT_EQ(X963Kdf(Hash::kSha1, z, ByteView(), key).code(), ErrorCode::kUnsupported);
  EXPECT_EQ(X963Kdf(Hash::kSha256, z, ByteView(), {}).code(), ErrorCode::kLimitExceeded);
}

}  // namespace
}  // namespace florin::primitives
