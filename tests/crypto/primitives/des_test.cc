// The rounds of DES: published values, and OpenSSL's code on random keys and messages.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "crypto/primitives/des.h"

#include <gtest/gtest.h>
#include <openssl/des.h>

#include <algorithm>
#include <array>
#include <span>

#include "crypto/primitives/aes.h"
#include "crypto/primitives/mac.h"
#include "crypto/primitives/once_cipher.h"
#include "crypto/primitives/tdes.h"
#include "tests/crypto/primitives/test_util.h"

namespace florin::primitives {
namespace {

constexpr std::size_t kBlock = kTdesBlockSize;

Bytes RandomBytes(std::size_t size) {
  static TestRandom random(20261126);
  return random.Take(size);
}

Bytes Encrypted(ByteView key, ByteView in) {
  const TransientDesSchedule schedule(key);
  Bytes out(in.size());
  DesEncryptEcb(*schedule, in, out);
  return out;
}

Bytes Decrypted(ByteView key, ByteView in) {
  const TransientDesSchedule schedule(key);
  Bytes out(in.size());
  DesDecryptEcb(*schedule, in, out);
  return out;
}

TEST(Des, PublishedValues) {
  // FIPS 81 table B1, then SP 800-17 tables 1 and 2.
  EXPECT_EQ(Encrypted(Hex("0123456789ABCDEF"), Hex("4E6F772069732074")), Hex("3FA40E8A984D4815"));
  EXPECT_EQ(Encrypted(Hex("0101010101010101"), Hex("8000000000000000")), Hex("95F8A5E5DD31D900"));
  EXPECT_EQ(Encrypted(Hex("8001010101010101"), Hex("0000000000000000")), Hex("95A8D72813DAA94D"));
}

// R. Rivest, "Testing implementation of DES" (1985): its values take every entry of every S-box.
TEST(Des, RivestsTest) {
  Bytes x = Hex("9474B8E8C73BCA7D");
  for (int i = 0; i < 16; ++i) x = i % 2 == 0 ? Encrypted(x, x) : Decrypted(x, x);
  EXPECT_EQ(x, Hex("1B1A2DDB4C642438"));
}

// OpenSSL's schedules of a key of 8, 16 or 24 bytes.
struct Openssl {
  std::array<DES_key_schedule, 3> parts;
  bool single;

  explicit Openssl(Bytes key) : single(key.size() == 8) {
    for (std::size_t i = 0; i < 3; ++i) {
      DES_set_key_unchecked(
          reinterpret_cast<const_DES_cblock*>(key.data() + i * kBlock % key.size()), &parts[i]);
    }
  }

  Bytes Ecb(Bytes in, int encrypt) {
    for (std::size_t at = 0; at < in.size(); at += kBlock) {
      auto* const block = reinterpret_cast<DES_cblock*>(in.data() + at);
      if (single) {
        DES_ecb_encrypt(block, block, parts.data(), encrypt);
      } else {
        DES_ecb3_encrypt(block, block, &parts[0], &parts[1], &parts[2], encrypt);
      }
    }
    return in;
  }

  Bytes Cbc(const Bytes& in, Bytes iv, int encrypt) {
    Bytes out(in.size());
    auto* const chain = reinterpret_cast<DES_cblock*>(iv.data());
    const auto size = static_cast<long>(in.size());
    if (single) {
      DES_ncbc_encrypt(in.data(), out.data(), size, parts.data(), chain, encrypt);
    } else {
      DES_ede3_cbc_encrypt(in.data(), out.data(), size, &parts[0], &parts[1], &parts[2], chain,
                           encrypt);
    }
    return out;
  }
};

TEST(Des, IsOpenssls) {
  for (int round = 0; round < 300; ++round) {
    const Bytes key = RandomBytes(8 * (1 + static_cast<std::size_t>(round) % 3));
    const Bytes in = RandomBytes(8 * (static_cast<std::size_t>(round) % 10));
    const Bytes iv = RandomBytes(8);
    Openssl openssl(key);
    const TransientDesSchedule schedule(key);
    EXPECT_EQ(Encrypted(key, in), openssl.Ecb(in, DES_ENCRYPT));
    EXPECT_EQ(Decrypted(key, in), openssl.Ecb(in, DES_DECRYPT));

    const Bytes ciphertext = openssl.Cbc(in, iv, DES_ENCRYPT);
    const ByteView last = in.empty() ? ByteView(iv) : ByteView(ciphertext).last(8);
    Bytes chain = iv;
    Bytes out = in;
    DesEncryptCbc(*schedule, chain, out, out);
    EXPECT_EQ(out, ciphertext);
    EXPECT_TRUE(SameBytes(chain, last));
    chain = iv;
    DesChain(*schedule, DesChaining::kWholeKey, in, chain);
    EXPECT_TRUE(SameBytes(chain, last));
    chain = iv;
    DesDecryptCbc(*schedule, chain, out, out);
    EXPECT_EQ(out, in);
    EXPECT_TRUE(SameBytes(chain, last));
    chain = iv;
    DesDecryptCbc(*schedule, chain, in, out);
    EXPECT_EQ(out, openssl.Cbc(in, iv, DES_DECRYPT));

    Openssl first(Bytes(key.begin(), key.begin() + 8));
    chain = iv;
    DesChain(*schedule, DesChaining::kFirstKey, in, chain);
    const Bytes single = first.Cbc(in, iv, DES_ENCRYPT);
    EXPECT_TRUE(SameBytes(chain, in.empty() ? ByteView(iv) : ByteView(single).last(8)));
  }
}

TEST(Des, APairIsTwoBlocksUnderTwoKeys) {
  for (int round = 0; round < 50; ++round) {
    const Bytes keys = RandomBytes(16);
    const Bytes blocks = RandomBytes(16);
    Bytes out = blocks;
    ASSERT_TRUE(DesEncryptPairOnce(keys, out).ok());
    for (const std::size_t half : {std::size_t{0}, kBlock}) {
      EXPECT_TRUE(
          SameBytes(ByteView(out).subspan(half, 8),
                    Encrypted(ByteView(keys).subspan(half, 8), ByteView(blocks).subspan(half, 8))));
    }
  }
  Bytes out(16);
  EXPECT_EQ(DesEncryptPairOnce(Bytes(8), out).code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(DesEncryptPairOnce(Bytes(24), out).code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(DesEncryptPairOnce(Bytes(16), MutableBytes(out).first(8)).code(),
            ErrorCode::kInvalidArgument);
}

// --- keys that are used once, against kept ones ---

using Once = Status (*)(ByteView, Direction, ByteView, ByteView, MutableBytes);

void CheckOnce(Once once, const KeyedCipher& kept, ByteView key) {
  const std::size_t block = kept.block_size();
  for (const Direction direction : {Direction::kEncrypt, Direction::kDecrypt}) {
    for (const std::size_t iv_size : {std::size_t{0}, block}) {
      const CipherMode mode = iv_size == 0 ? CipherMode::kEcb : CipherMode::kCbc;
      const Bytes iv = RandomBytes(iv_size);
      for (std::size_t blocks = 0; blocks < 5; ++blocks) {
        const Bytes in = RandomBytes(blocks * block);
        Bytes expected(in.size());
        ASSERT_TRUE(kept.Crypt(mode, direction, iv, in, expected).ok());
        Bytes out = in;
        ASSERT_TRUE(once(key, direction, iv, out, out).ok());
        EXPECT_EQ(out, expected);
      }
    }
    Bytes out(2 * block);
    const Bytes in(2 * block);
    const auto code = [&](std::size_t key_size, std::size_t iv_size, std::size_t in_size,
                          std::size_t out_size) {
      return once(Bytes(key_size), direction, Bytes(iv_size), ByteView(in).first(in_size),
                  MutableBytes(out).first(out_size))
          .code();
    };
    EXPECT_EQ(code(key.size() + 1, 0, block, block), ErrorCode::kInvalidArgument);
    EXPECT_EQ(code(key.size(), block - 1, block, block), ErrorCode::kInvalidArgument);
    EXPECT_EQ(code(key.size(), 0, block, 2 * block), ErrorCode::kInvalidArgument);
    EXPECT_EQ(code(key.size(), 0, block + 1, block + 1), ErrorCode::kMalformed);
    EXPECT_EQ(once(key, direction, {}, MutableBytes(out).first(block),
                   MutableBytes(out).subspan(1, block))
                  .code(),
              ErrorCode::kInvalidArgument);
  }
}

TEST(Once, CiphersAreThoseOfKeptKeys) {
  for (const std::size_t size : {8U, 16U, 24U}) {
    const Bytes key = RandomBytes(size);
    CheckOnce(TdesCryptOnce, TdesCipher(key).value(), key);
  }
  for (const std::size_t size : {16U, 24U, 32U}) {
    const Bytes key = RandomBytes(size);
    CheckOnce(AesCryptOnce, AesCipher(key).value(), key);
  }
}

TEST(Once, AOnceCipherIsAKeptOne) {
  const auto check = [](const BlockCipher& once, const BlockCipher& kept) {
    EXPECT_EQ(once.block_size(), kept.block_size());
    const Bytes in = RandomBytes(3 * kept.block_size());
    Bytes expected(in.size());
    Bytes out(in.size() + 1);
    ASSERT_TRUE(kept.EncryptBlocks(in, expected).ok());
    ASSERT_TRUE(once.EncryptBlocks(in, out).ok());
    EXPECT_TRUE(SameBytes(ByteView(out).first(in.size()), expected));
    ASSERT_TRUE(once.DecryptBlocks(expected, expected).ok());
    EXPECT_EQ(expected, in);
    for (const BlockCipher* cipher : {&once, &kept}) {
      EXPECT_EQ(cipher->EncryptBlocks(in, MutableBytes(out).first(8)).code(),
                ErrorCode::kBufferTooSmall);
      EXPECT_EQ(cipher->DecryptBlocks(ByteView(in).first(7), out).code(), ErrorCode::kMalformed);
      EXPECT_EQ(
          cipher->EncryptBlocks(MutableBytes(out).first(16), MutableBytes(out).subspan(1)).code(),
          ErrorCode::kInvalidArgument);
    }
  };
  for (const std::size_t size : {8U, 16U, 24U}) {
    const Bytes key = RandomBytes(size);
    check(OnceCipher::Tdes(key).value(), TdesCipher(key).value());
  }
  for (const std::size_t size : {16U, 24U, 32U}) {
    const Bytes key = RandomBytes(size);
    check(OnceCipher::Aes(key).value(), AesCipher(key).value());
  }
  EXPECT_EQ(OnceCipher::Tdes(Bytes(32)).code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(OnceCipher::Aes(Bytes(8)).code(), ErrorCode::kInvalidArgument);
}

TEST(Once, MacsAreThoseOfKeptKeys) {
  for (std::size_t size = 0; size < 40; ++size) {
    const Bytes data = RandomBytes(size);
    const Bytes key16 = RandomBytes(16);
    const Bytes key24 = RandomBytes(24);
    const std::size_t cut = size / 3;
    const std::array<ByteView, 2> pieces = {ByteView(data).first(cut), ByteView(data).subspan(cut)};
    const Parts parts{std::span<const ByteView>(pieces)};
    const auto expect = [&](std::size_t mac_size, const auto& kept, const auto& once) {
      Bytes expected(mac_size);
      Bytes mac(mac_size);
      ASSERT_TRUE(kept(expected).ok());
      ASSERT_TRUE(once(mac).ok());
      EXPECT_EQ(mac, expected) << size;
      Bytes too_long(17);
      EXPECT_EQ(once(too_long).code(), ErrorCode::kInvalidArgument);
      EXPECT_EQ(once(MutableBytes()).code(), ErrorCode::kInvalidArgument);
    };
    for (const MacPadding padding :
         {MacPadding::kMethod1, MacPadding::kMethod2, MacPadding::kMethod3}) {
      expect(
          8,
          [&](MutableBytes mac) { return RetailMacKey::Create(key16)->Sign(padding, parts, mac); },
          [&](MutableBytes mac) { return RetailMacOnce(key16, padding, parts, mac); });
      expect(
          8, [&](MutableBytes mac) { return CbcMacKey::Create(key24)->Sign(padding, parts, mac); },
          [&](MutableBytes mac) { return CbcMacOnce(key24, padding, parts, mac); });
    }
    expect(
        8, [&](MutableBytes mac) { return TdesCmacKey::Create(key24)->Sign(parts, mac); },
        [&](MutableBytes mac) { return TdesCmacOnce(key24, parts, mac); });
    expect(
        16, [&](MutableBytes mac) { return AesCmacKey::Create(key24)->Sign(parts, mac); },
        [&](MutableBytes mac) { return AesCmacOnce(key24, parts, mac); });
  }
  Bytes mac(8);
  EXPECT_EQ(RetailMacOnce(Bytes(24), MacPadding::kMethod1, ByteView(), mac).code(),
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(CbcMacOnce(Bytes(8), MacPadding::kMethod1, ByteView(), mac).code(),
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(TdesCmacOnce(Bytes(8), ByteView(), mac).code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(AesCmacOnce(Bytes(8), ByteView(), mac).code(), ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace florin::primitives
