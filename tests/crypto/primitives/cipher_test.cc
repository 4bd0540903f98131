#include "crypto/primitives/cipher.h"

#include <gtest/gtest.h>

#include "crypto/primitives/aes.h"
#include "crypto/primitives/tdes.h"
#include "tests/crypto/primitives/test_util.h"

namespace florin::primitives {
namespace {

constexpr Direction kEncrypt = Direction::kEncrypt;
constexpr Direction kDecrypt = Direction::kDecrypt;

struct CipherVector {
  const char* key;
  CipherMode mode;
  const char* iv;
  const char* plain;
  const char* cipher;
};

constexpr char kPlain[] = "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51";
constexpr char kAes128[] = "2b7e151628aed2a6abf7158809cf4f3c";
constexpr char kIv[] = "000102030405060708090a0b0c0d0e0f";
constexpr char kCounter[] = "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff";

// FIPS 197 C and SP 800-38A F.1, F.2, F.5 (the first two blocks).
const CipherVector kAesVectors[] = {
    {"000102030405060708090a0b0c0d0e0f", CipherMode::kEcb, "", "00112233445566778899aabbccddeeff",
     "69c4e0d86a7b0430d8cdb78070b4c55a"},
    {"000102030405060708090a0b0c0d0e0f1011121314151617", CipherMode::kEcb, "",
     "00112233445566778899aabbccddeeff", "dda97ca4864cdfe06eaf70a0ec0d7191"},
    {"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", CipherMode::kEcb, "",
     "00112233445566778899aabbccddeeff", "8ea2b7ca516745bfeafc49904b496089"},
    {kAes128, CipherMode::kEcb, "", kPlain,
     "3ad77bb40d7a3660a89ecaf32466ef97f5d3d58503b9699de785895a96fdbaaf"},
    {kAes128, CipherMode::kCbc, kIv, kPlain,
     "7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b2"},
    {kAes128, CipherMode::kCtr, kCounter, kPlain,
     "874d6191b620e3261bef6864990db6ce9806f66b7970fdff8617187bb9fffdff"},
};

TEST(CipherTest, PublishedAesVectors) {
  for (const CipherVector& v : kAesVectors) {
    auto key = AesCipher(Hex(v.key));
    ASSERT_TRUE(key.ok());
    const Bytes plain = Hex(v.plain);
    Bytes out(plain.size());
    ASSERT_TRUE(key->Crypt(v.mode, kEncrypt, Hex(v.iv), plain, out).ok());
    EXPECT_EQ(ToHex(out), v.cipher);
    ASSERT_TRUE(key->Crypt(v.mode, kDecrypt, Hex(v.iv), out, out).ok()) << "in place";
    EXPECT_EQ(ToHex(out), v.plain);
  }
}

// SP 800-67 r1 B.1 is in the self-test; here its keys in the other lengths. The DES value is FIPS
// 81's "Now is t" under 0123456789abcdef.
TEST(CipherTest, TdesKeyLengths) {
  auto des = TdesCipher(Hex("0123456789abcdef"));
  ASSERT_TRUE(des.ok());
  Bytes out(8);
  ASSERT_TRUE(des->EncryptBlocks(AsBytes("Now is t"), out).ok());
  EXPECT_EQ(ToHex(out), "3fa40e8a984d4815");
  auto two = TdesCipher(Hex("0123456789abcdeffedcba9876543210"));
  auto three = TdesCipher(Hex("0123456789abcdeffedcba98765432100123456789abcdef"));
  ASSERT_TRUE(two.ok() && three.ok());
  Bytes other(8);
  ASSERT_TRUE(two->EncryptBlocks(AsBytes("Now is t"), out).ok());
  ASSERT_TRUE(three->EncryptBlocks(AsBytes("Now is t"), other).ok());
  EXPECT_EQ(out, other);
  EXPECT_EQ(TdesCipher(Bytes(7)).code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(TdesCipher(Bytes(32)).code(), ErrorCode::kInvalidArgument);
}

TEST(CipherTest, OddParity) {
  Bytes key = Hex("00010203fefffcfd");
  SetOddParity(key);
  EXPECT_EQ(ToHex(key), "01010202fefefdfd");
  EXPECT_TRUE(HasOddParity(key));
  for (std::uint8_t& byte : key) {
    byte ^= 0x10;
    EXPECT_FALSE(HasOddParity(key));
    byte ^= 0x10;
  }
}

TEST(CipherTest, KeysUsedOnceEncryptLikeKeptOnes) {
  TestRandom random(5);
  for (int i = 0; i < 100; ++i) {
    const Bytes aes_key = random.Take(16 + 8 * random.Below(3));
    const Bytes aes_blocks = random.Take(16 * random.Below(4));
    Bytes kept(aes_blocks.size());
    Bytes once(aes_blocks.size());
    ASSERT_TRUE(AesCipher(aes_key)->EncryptBlocks(aes_blocks, kept).ok());
    ASSERT_TRUE(AesEncryptOnce(aes_key, aes_blocks, once).ok());
    EXPECT_EQ(once, kept);
    const Bytes des_key = random.Take(8 + 8 * random.Below(3));
    Bytes des_blocks = random.Take(8 * random.Below(5));
    kept.resize(des_blocks.size());
    ASSERT_TRUE(TdesCipher(des_key)->EncryptBlocks(des_blocks, kept).ok());
    ASSERT_TRUE(TdesEncryptOnce(des_key, des_blocks, des_blocks).ok());
    EXPECT_EQ(des_blocks, kept);
  }
}

TEST(CipherTest, KeysUsedOnceRefuse) {
  Bytes buffer(40);
  const MutableBytes bytes(buffer);
  const MutableBytes block = bytes.first(16);
  for (const std::size_t size : {0, 8, 15, 33}) {
    EXPECT_EQ(AesEncryptOnce(Bytes(size), block, block).code(), ErrorCode::kInvalidArgument);
  }
  for (const std::size_t size : {0, 7, 32}) {
    EXPECT_EQ(TdesEncryptOnce(Bytes(size), block, block).code(), ErrorCode::kInvalidArgument);
  }
  const Bytes key(16, 1);
  EXPECT_EQ(AesEncryptOnce(key, bytes.first(15), bytes.first(15)).code(),
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(AesEncryptOnce(key, block, bytes.first(32)).code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(AesEncryptOnce(key, block, bytes.subspan(8, 16)).code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(TdesEncryptOnce(key, bytes.first(7), bytes.first(7)).code(),
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(TdesEncryptOnce(key, block, bytes.first(8)).code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(TdesEncryptOnce(key, block, bytes.subspan(8, 16)).code(), ErrorCode::kInvalidArgument);
}

TEST(CipherTest, PaddingRoundTripsAtEveryLength) {
  TestRandom random(4);
  for (const bool aes : {true, false}) {
    auto key = aes ? AesCipher(random.Take(32)) : TdesCipher(random.Take(16));
    ASSERT_TRUE(key.ok());
    const std::size_t block = key->block_size();
    const Bytes iv = random.Take(block);
    for (std::size_t size = 0; size < 50; ++size) {
      const Bytes plain = random.Take(size);
      Bytes cipher(size + block);
      auto written = key->Crypt(CipherMode::kCbcPad, kEncrypt, iv, plain, cipher);
      ASSERT_TRUE(written.ok());
      EXPECT_EQ(*written, size / block * block + block);
      cipher.resize(*written);
      Bytes back(*written);
      auto size_back = key->Crypt(CipherMode::kCbcPad, kDecrypt, iv, cipher, back);
      ASSERT_TRUE(size_back.ok());
      back.resize(*size_back);
      EXPECT_EQ(back, plain);
    }
  }
}

TEST(CipherTest, EveryWrongPaddingIsRefused) {
  // All values of the last byte, with the bytes before it right and wrong.
  for (std::size_t last = 0; last < 256; ++last) {
    for (const bool fill_right : {true, false}) {
      Bytes block(16, fill_right ? static_cast<std::uint8_t>(last) : std::uint8_t{0x77});
      block[15] = static_cast<std::uint8_t>(last);
      const bool valid = last >= 1 && last <= 16 && (fill_right || last == 1);
      auto size = Pkcs7UnpaddedSize(block, 16);
      ASSERT_EQ(size.ok(), valid) << "last byte " << last;
      if (valid) {
        EXPECT_EQ(*size, 16 - last);
      }
    }
  }
  EXPECT_EQ(Pkcs7UnpaddedSize({}, 16).code(), ErrorCode::kMalformed);
  EXPECT_EQ(Pkcs7UnpaddedSize(Bytes(15), 16).code(), ErrorCode::kMalformed);
}

TEST(CipherTest, AFailedUnpaddingLeavesNothing) {
  auto key = AesCipher(Bytes(16));
  ASSERT_TRUE(key.ok());
  const Bytes iv(16);
  Bytes cipher(32);
  ASSERT_TRUE(key->Crypt(CipherMode::kCbc, kEncrypt, iv, Bytes(32), cipher).ok());
  Bytes out(32, 0x55);
  EXPECT_EQ(key->Crypt(CipherMode::kCbcPad, kDecrypt, iv, cipher, out).code(),
            ErrorCode::kMalformed);
  EXPECT_EQ(out, Bytes(32));
}

TEST(CipherTest, StreamsEqualOneShot) {
  TestRandom random(5);
  auto aes = AesCipher(random.Take(24));
  auto tdes = TdesCipher(random.Take(24));
  ASSERT_TRUE(aes.ok() && tdes.ok());
  for (const KeyedCipher* key : {&*aes, &*tdes}) {
    const std::size_t block = key->block_size();
    for (const CipherMode mode :
         {CipherMode::kEcb, CipherMode::kCbc, CipherMode::kCbcPad, CipherMode::kCtr}) {
      if (mode == CipherMode::kCtr && block == 8) continue;
      for (std::size_t blocks = 0; blocks < 6; ++blocks) {
        const bool any_length = mode == CipherMode::kCbcPad || mode == CipherMode::kCtr;
        const Bytes plain = random.Take(blocks * block + (any_length ? random.Below(block) : 0));
        const Bytes iv = random.Take(mode == CipherMode::kEcb ? 0 : block);
        Bytes expected(plain.size() + block);
        auto size = key->Crypt(mode, kEncrypt, iv, plain, expected);
        ASSERT_TRUE(size.ok());
        expected.resize(*size);
        for (const Direction direction : {kEncrypt, kDecrypt}) {
          auto stream = key->Start(mode, direction, iv);
          ASSERT_TRUE(stream.ok());
          Bytes got;
          ByteView rest(direction == kEncrypt ? plain : expected);
          while (!rest.empty()) {
            const std::size_t take = 1 + random.Below(rest.size());
            Bytes out(stream->UpdateSize(take));
            auto n = stream->Update(rest.first(take), out);
            ASSERT_TRUE(n.ok());
            ASSERT_EQ(*n, out.size());
            got.insert(got.end(), out.begin(), out.end());
            rest = rest.subspan(take);
          }
          Bytes tail(block);
          auto n = stream->Finish(tail);
          ASSERT_TRUE(n.ok());
          got.insert(got.end(), tail.begin(), tail.begin() + static_cast<std::ptrdiff_t>(*n));
          EXPECT_EQ(got, direction == kEncrypt ? expected : plain);
          EXPECT_EQ(stream->Finish(tail).code(), ErrorCode::kInvalidArgument);
        }
      }
    }
  }
}

TEST(CipherTest, StreamsInPlaceAndOutliveTheKey) {
  Bytes data(64, 1);
  const Bytes iv(16);
  auto expected_key = AesCipher(Bytes(16));
  Bytes expected(64);
  ASSERT_TRUE(expected_key->Crypt(CipherMode::kCbc, kEncrypt, iv, data, expected).ok());
  auto stream = [&iv] {
    auto key = AesCipher(Bytes(16));
    return key->Start(CipherMode::kCbc, kEncrypt, iv).value();
  }();
  ASSERT_TRUE(stream.Update(data, data).ok());
  EXPECT_EQ(data, expected);
}

TEST(CipherTest, StreamRefusals) {
  auto key = AesCipher(Bytes(16));
  ASSERT_TRUE(key.ok());
  auto stream = key->Start(CipherMode::kEcb, kEncrypt, {});
  ASSERT_TRUE(stream.ok());
  Bytes out(16);
  EXPECT_EQ(stream->Update(Bytes(32), out).code(), ErrorCode::kBufferTooSmall);
  ASSERT_TRUE(stream->Update(Bytes(3), out).ok());
  EXPECT_EQ(stream->Finish(out).code(), ErrorCode::kMalformed);
  auto padded = key->Start(CipherMode::kCbcPad, kDecrypt, Bytes(16));
  EXPECT_EQ(padded->Finish(out).code(), ErrorCode::kMalformed) << "padded data is never empty";
}

TEST(CipherTest, Refusals) {
  auto aes = AesCipher(Bytes(16));
  auto tdes = TdesCipher(Bytes(16));
  ASSERT_TRUE(aes.ok() && tdes.ok());
  Bytes out(64);
  const Bytes block(16);
  const auto code = [&out](const KeyedCipher& key, CipherMode mode, Direction direction, Bytes iv,
                           Bytes in) { return key.Crypt(mode, direction, iv, in, out).code(); };
  EXPECT_EQ(AesCipher(Bytes(15)).code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(AesCipher({}).code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(*aes, CipherMode::kEcb, kEncrypt, block, block), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(*aes, CipherMode::kCbc, kEncrypt, Bytes(8), block), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(*aes, CipherMode::kCbc, kEncrypt, block, Bytes(15)), ErrorCode::kMalformed);
  EXPECT_EQ(code(*aes, CipherMode::kCbcPad, kDecrypt, block, {}), ErrorCode::kMalformed);
  EXPECT_EQ(code(*tdes, CipherMode::kCtr, kEncrypt, Bytes(8), block), ErrorCode::kInvalidArgument);
  Bytes small(15);
  EXPECT_EQ(aes->Crypt(CipherMode::kCbcPad, kEncrypt, block, small, small).code(),
            ErrorCode::kBufferTooSmall);
  Bytes overlap(40);
  EXPECT_EQ(aes->EncryptBlocks(ByteView(overlap).first(32), MutableBytes(overlap).last(32)).code(),
            ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace florin::primitives
