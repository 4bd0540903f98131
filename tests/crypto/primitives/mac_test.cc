#include "crypto/primitives/mac.h"

#include <gtest/gtest.h>

#include "crypto/primitives/tdes.h"
#include "tests/crypto/primitives/test_util.h"

namespace florin::primitives {
namespace {

struct HmacVector {
  Hash hash;
  std::string key;
  std::string data;
  const char* mac;
};

// RFC 4231 4.2 and 4.7 (a key longer than the block).
TEST(HmacTest, PublishedVectors) {
  const std::string short_key(20, '\x0b');
  const std::string long_key(131, '\xaa');
  const std::string long_data = "Test Using Larger Than Block-Size Key - Hash Key First";
  const HmacVector vectors[] = {
      {Hash::kSha224, short_key, "Hi There",
       "896fb1128abbdf196832107cd49df33f47b4b1169912ba4f53684b22"},
      {Hash::kSha256, short_key, "Hi There",
       "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
      {Hash::kSha384, short_key, "Hi There",
       "afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59cfaea9ea9076ede7f4af152e8b2f"
       "a9"
       "cb6"},
      {Hash::kSha512, short_key, "Hi There",
       "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cdedaa833b7d6b8a702038b274eaea"
       "3f"
       "4e4be9d914eeb61f1702e696c203a126854"},
      {Hash::kSha256, long_key, long_data,
       "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
  };
  for (const HmacVector& v : vectors) {
    auto key = HmacKey::Create(v.hash, AsBytes(v.key));
    ASSERT_TRUE(key.ok());
    Bytes mac(key->size());
    ASSERT_TRUE(key->Sign(AsBytes(v.data), mac).ok());
    EXPECT_EQ(ToHex(mac), v.mac);
    EXPECT_TRUE(key->Verify(AsBytes(v.data), mac).ok());
  }
}

TEST(HmacTest, StreamEqualsOneShot) {
  auto key = HmacKey::Create(Hash::kSha256, AsBytes("k"));
  ASSERT_TRUE(key.ok());
  Hmac stream(*key);
  stream.Update(AsBytes("ab"));
  Hmac fork = stream;
  stream.Update(AsBytes("c"));
  fork.Update(AsBytes("d"));
  Bytes a(32);
  Bytes b(32);
  Bytes expected(32);
  ASSERT_TRUE(stream.Finish(a).ok());
  ASSERT_TRUE(fork.Finish(b).ok());
  ASSERT_TRUE(key->Sign({AsBytes("a"), AsBytes("bc")}, expected).ok());
  EXPECT_EQ(a, expected);
  ASSERT_TRUE(key->Sign(AsBytes("abd"), expected).ok());
  EXPECT_EQ(b, expected);
}

TEST(HmacTest, TheVerifierChoosesTheLength) {
  auto key = HmacKey::Create(Hash::kSha256, AsBytes("k"));
  ASSERT_TRUE(key.ok());
  Bytes mac(32);
  ASSERT_TRUE(key->Sign(AsBytes("m"), mac).ok());
  const ByteView short_mac = ByteView(mac).first(8);
  EXPECT_EQ(key->Verify(AsBytes("m"), short_mac).code(), ErrorCode::kVerificationFailed);
  EXPECT_TRUE(key->Verify(AsBytes("m"), short_mac, 8).ok());
  EXPECT_EQ(key->Verify(AsBytes("m"), {}).code(), ErrorCode::kVerificationFailed);
  EXPECT_EQ(key->Verify(AsBytes("m"), mac, 33).code(), ErrorCode::kInvalidArgument);
  mac[31] = static_cast<std::uint8_t>(mac[31] ^ 1);
  EXPECT_EQ(key->Verify(AsBytes("m"), mac).code(), ErrorCode::kVerificationFailed);
}

// RFC 2202 3, test case 2.
TEST(HmacTest, Sha1UnderItsOwnName) {
  auto key = HmacKey::CreateSha1(AsBytes("Jefe"));
  ASSERT_TRUE(key.ok());
  EXPECT_EQ(key->hash(), Hash::kSha1);
  Bytes mac(20);
  ASSERT_TRUE(key->Sign(AsBytes("what do ya want for nothing?"), mac).ok());
  EXPECT_EQ(ToHex(mac), "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
}

TEST(HmacTest, Refusals) {
  EXPECT_EQ(HmacKey::Create(Hash::kSha1, AsBytes("k")).code(), ErrorCode::kUnsupported);
  EXPECT_EQ(HmacKey::Create(Hash::kSha256, Bytes(4097)).code(), ErrorCode::kLimitExceeded);
  auto key = HmacKey::Create(Hash::kSha256, {});
  ASSERT_TRUE(key.ok());
  Bytes mac(33);
  EXPECT_EQ(key->Sign(AsBytes("m"), mac).code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(key->Sign(AsBytes("m"), {}).code(), ErrorCode::kInvalidArgument);
}

struct MacVector {
  const char* key;
  const char* data;
  const char* mac;
};

constexpr char kSp800Data[] =
    "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411e5fbc1191a0a52"
    "eff6"
    "9f2445df4f9b17ad2b417be66c3710";

// SP 800-38B D (AES examples; the same messages in RFC 4493 4).
TEST(CmacTest, PublishedVectors) {
  const MacVector vectors[] = {
      {"2b7e151628aed2a6abf7158809cf4f3c", "", "bb1d6929e95937287fa37d129b756746"},
      {"2b7e151628aed2a6abf7158809cf4f3c",
       "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411",
       "dfa66747de9ae63030ca32611497c827"},
      {"2b7e151628aed2a6abf7158809cf4f3c", kSp800Data, "51f0bebf7e3b9d92fc49741779363cfe"},
      {"8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b", "6bc1bee22e409f96e93d7e117393172a",
       "9e99a7bf31e710900662f65e617c5184"},
      {"603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4", "",
       "028962f61b7bf89efc6b551f4667d983"},
  };
  for (const MacVector& v : vectors) {
    auto key = AesCmacKey::Create(Hex(v.key));
    ASSERT_TRUE(key.ok());
    Bytes mac(16);
    ASSERT_TRUE(key->Sign({Hex(v.data)}, mac).ok());
    EXPECT_EQ(ToHex(mac), v.mac);
    EXPECT_TRUE(key->Verify({Hex(v.data)}, mac).ok());
    EXPECT_EQ(key->Verify({Hex(v.data), Hex("00")}, mac).code(), ErrorCode::kVerificationFailed);
  }
}

template <class Key>
void ExpectAnySplitGivesTheSameMac(const Key& key, TestRandom& random) {
  CmacStream stream(key);
  for (std::size_t size = 0; size < 100; ++size) {
    const Bytes message = random.Take(size);
    Bytes whole(key.size());
    Bytes pieces(key.size());
    ASSERT_TRUE(key.Sign({message}, whole).ok());
    for (ByteView rest(message); !rest.empty();) {
      const std::size_t take = 1 + random.Below(rest.size());
      ASSERT_TRUE(stream.Update(rest.first(take)).ok());
      rest = rest.subspan(take);
    }
    ASSERT_TRUE(stream.Finish(pieces).ok());
    EXPECT_EQ(whole, pieces) << "length " << size;
  }
}

TEST(CmacTest, AnySplitGivesTheSameMac) {
  TestRandom random(2);
  ExpectAnySplitGivesTheSameMac(AesCmacKey::Create(random.Take(16)).value(), random);
  ExpectAnySplitGivesTheSameMac(TdesCmacKey::Create(random.Take(24)).value(), random);
}

// SP 800-38B D.4 and D.5.
TEST(CmacTest, PublishedTdesVectors) {
  const MacVector vectors[] = {
      {"0123456789abcdef23456789abcdef01456789abcdef0123", "", "7db0d37df936c550"},
      {"0123456789abcdef23456789abcdef01", "6bc1bee22e409f96e93d7e117393172a", "cc18a0b79af2413b"},
      {"0123456789abcdef23456789abcdef01", "6bc1bee22e409f96e93d7e117393172aae2d8a57",
       "c06d377ecd101969"},
  };
  for (const MacVector& v : vectors) {
    auto key = TdesCmacKey::Create(Hex(v.key));
    ASSERT_TRUE(key.ok());
    Bytes mac(8);
    ASSERT_TRUE(key->Sign({Hex(v.data)}, mac).ok());
    EXPECT_EQ(ToHex(mac), v.mac);
    EXPECT_TRUE(key->Verify({Hex(v.data)}, mac).ok());
    EXPECT_TRUE(key->Verify({Hex(v.data)}, ByteView(mac).first(4), 4).ok());
    EXPECT_EQ(key->Verify({Hex(v.data)}, mac, 4).code(), ErrorCode::kVerificationFailed);
    EXPECT_EQ(key->Verify({Hex(v.data)}, mac, 9).code(), ErrorCode::kInvalidArgument);
    Bytes too_long(9);
    EXPECT_EQ(key->Sign({Hex(v.data)}, too_long).code(), ErrorCode::kInvalidArgument);
  }
  EXPECT_EQ(TdesCmacKey::Create(Bytes(8)).code(), ErrorCode::kInvalidArgument);
}

KeyedCipher TdesBlock(const Bytes& key, std::size_t at) {
  return TdesCipher(ByteView(key).subspan(at, 8)).value();
}

constexpr MacPadding kPaddings[] = {MacPadding::kMethod1, MacPadding::kMethod2,
                                    MacPadding::kMethod3};

Bytes PadByHand(Bytes message, MacPadding padding) {
  const std::size_t bits = 8 * message.size();
  if (padding == MacPadding::kMethod2) message.push_back(0x80);
  if (message.empty()) message.push_back(0);
  while (message.size() % 8 != 0) message.push_back(0);
  if (padding == MacPadding::kMethod3) {
    const Bytes length = {
        0, 0, 0, 0, 0, 0, static_cast<std::uint8_t>(bits >> 8U), static_cast<std::uint8_t>(bits)};
    message.insert(message.begin(), length.begin(), length.end());
  }
  return message;
}

Bytes ChainByHand(const KeyedCipher& cipher, const Bytes& padded) {
  Bytes chain(8);
  for (std::size_t at = 0; at < padded.size(); at += 8) {
    for (std::size_t i = 0; i < 8; ++i) {
      chain[i] = static_cast<std::uint8_t>(chain[i] ^ padded[at + i]);
    }
    EXPECT_TRUE(cipher.EncryptBlocks(chain, chain).ok());
  }
  return chain;
}

// The composition of ISO 9797-1 MAC algorithm 3 from single blocks, written out.
Bytes RetailMacByHand(const Bytes& key, const Bytes& message, MacPadding padding) {
  const auto left = TdesBlock(key, 0);
  Bytes chain = ChainByHand(left, PadByHand(message, padding));
  EXPECT_TRUE(TdesBlock(key, 8).DecryptBlocks(chain, chain).ok());
  EXPECT_TRUE(left.EncryptBlocks(chain, chain).ok());
  return chain;
}

TEST(RetailMacTest, EqualsTheStepsOfTheNorm) {
  TestRandom random(3);
  for (std::size_t size = 0; size < 40; ++size) {
    const Bytes key_bytes = random.Take(16);
    const Bytes message = random.Take(size);
    auto key = RetailMacKey::Create(key_bytes);
    ASSERT_TRUE(key.ok());
    for (const MacPadding padding : kPaddings) {
      Bytes mac(8);
      ASSERT_TRUE(key->Sign(padding, {message}, mac).ok());
      EXPECT_EQ(mac, RetailMacByHand(key_bytes, message, padding)) << "length " << size;
      EXPECT_TRUE(key->Verify(padding, {message}, mac).ok());
      Iso9797MacStream stream(*key, padding, size);
      for (const std::uint8_t& byte : message) ASSERT_TRUE(stream.Update({&byte, 1}).ok());
      Bytes again(8);
      ASSERT_TRUE(stream.Finish(again).ok());
      EXPECT_EQ(mac, again);
    }
  }
}

TEST(CbcMacTest, EqualsTheStepsOfTheNorm) {
  TestRandom random(6);
  for (std::size_t size = 0; size < 40; ++size) {
    const Bytes key_bytes = random.Take(16 + 8 * random.Below(2));
    const Bytes message = random.Take(size);
    auto key = CbcMacKey::Create(key_bytes);
    auto cipher = TdesCipher(key_bytes);
    ASSERT_TRUE(key.ok() && cipher.ok());
    for (const MacPadding padding : kPaddings) {
      Bytes mac(8);
      ASSERT_TRUE(key->Sign(padding, {message}, mac).ok());
      EXPECT_EQ(mac, ChainByHand(*cipher, PadByHand(message, padding))) << "length " << size;
      EXPECT_TRUE(key->Verify(padding, {message}, mac).ok());
      Bytes padded(size + 16);
      const auto padded_size = AddMacPadding(padding, 8, message, padded);
      ASSERT_TRUE(padded_size.ok());
      padded.resize(*padded_size);
      EXPECT_EQ(padded, PadByHand(message, padding)) << "length " << size;
    }
  }
}

TEST(CbcMacTest, Refusals) {
  EXPECT_EQ(CbcMacKey::Create(Bytes(8)).code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(CbcMacKey::Create(Bytes(32)).code(), ErrorCode::kInvalidArgument);
  auto key = CbcMacKey::Create(Bytes(16));
  ASSERT_TRUE(key.ok());
  Bytes mac(9);
  EXPECT_EQ(key->Sign(MacPadding::kMethod1, AsBytes("m"), mac).code(), ErrorCode::kInvalidArgument);
  Iso9797MacStream promised(*key, MacPadding::kMethod3, 2);
  ASSERT_TRUE(promised.Update(AsBytes("m")).ok());
  EXPECT_EQ(promised.Finish(MutableBytes(mac).first(8)).code(), ErrorCode::kInvalidArgument);
  ASSERT_TRUE(promised.Update(AsBytes("m")).ok());
  EXPECT_TRUE(promised.Finish(MutableBytes(mac).first(8)).ok());
}

TEST(MacPaddingTest, Refusals) {
  Bytes out(16);
  EXPECT_EQ(AddMacPadding(MacPadding::kMethod1, 0, {}, out).code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(AddMacPadding(MacPadding::kMethod1, 17, {}, out).code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(AddMacPadding(MacPadding::kMethod2, 16, out, out).code(), ErrorCode::kBufferTooSmall);
  out.resize(33);
  EXPECT_EQ(AddMacPadding(MacPadding::kMethod3, 1, Bytes(32), out).code(),
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(AddMacPadding(MacPadding::kMethod3, 1, Bytes(31), out).value(), 32U);
}

// ISO 9797-1:2011 B.4 (padding 1; the first four bytes are printed there).
TEST(RetailMacTest, PublishedVectors) {
  auto key = RetailMacKey::Create(Hex("0123456789abcdeffedcba9876543210"));
  ASSERT_TRUE(key.ok());
  Bytes mac(4);
  ASSERT_TRUE(key->Sign(MacPadding::kMethod1, AsBytes("Now is the time for all "), mac).ok());
  EXPECT_EQ(ToHex(mac), "a1c72e74");
  ASSERT_TRUE(key->Sign(MacPadding::kMethod1, AsBytes("Now is the time for it"), mac).ok());
  EXPECT_EQ(ToHex(mac), "2e2b1428");
  EXPECT_TRUE(key->Verify(MacPadding::kMethod1, AsBytes("Now is the time for it"), mac, 4).ok());
  EXPECT_EQ(key->Verify(MacPadding::kMethod2, AsBytes("Now is the time for it"), mac, 4).code(),
            ErrorCode::kVerificationFailed);
}

TEST(RetailMacTest, Refusals) {
  EXPECT_EQ(RetailMacKey::Create(Bytes(8)).code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(RetailMacKey::Create(Bytes(24)).code(), ErrorCode::kInvalidArgument);
  auto key = RetailMacKey::Create(Bytes(16));
  ASSERT_TRUE(key.ok());
  Bytes mac(9);
  EXPECT_EQ(key->Sign(MacPadding::kMethod1, AsBytes("m"), mac).code(), ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace florin::primitives
