#include <gtest/gtest.h>

#include "crypto/primitives/aes.h"
#include "crypto/primitives/tdes.h"
#include "tests/crypto/primitives/test_util.h"

namespace florin::primitives {
namespace {

struct GcmVector {
  const char* id;
  const char* key;
  const char* iv;
  const char* aad;
  const char* plain;
  const char* cipher;
  const char* tag;
};

constexpr char kGcmPlain[] =
    "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b5"
    "25b16a"
    "edf5aa0de657ba637b39";
constexpr char kGcmAad[] = "feedfacedeadbeeffeedfacedeadbeefabaddad2";
constexpr char kGcmKey128[] = "feffe9928665731c6d6a8f9467308308";

// McGrew and Viega, "The Galois/Counter Mode of Operation (GCM)", appendix B.
const GcmVector kGcmVectors[] = {
    {"1", "00000000000000000000000000000000", "000000000000000000000000", "", "", "",
     "58e2fccefa7e3061367f1d57a4e7455a"},
    {"2", "00000000000000000000000000000000", "000000000000000000000000", "",
     "00000000000000000000000000000000", "0388dace60b6a392f328c2b971b2fe78",
     "ab6e47d42cec13bdf53a67b21257bddf"},
    {"4", kGcmKey128, "cafebabefacedbaddecaf888", kGcmAad, kGcmPlain,
     "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84a"
     "a051b"
     "a30b396a0aac973d58e091",
     "5bc94fbc3221a5db94fae95ae7121a47"},
    {"5 (8-byte IV)", kGcmKey128, "cafebabefacedbad", kGcmAad, kGcmPlain,
     "61353b4c2806934a777ff51fa22a4755699b2a714fcdc6f83766e5f97b6c742373806900e49f24b22b097544d4896"
     "b4249"
     "89b5e1ebac0f07c23f4598",
     "3612d2e79e3b0785561be14aaca2fccb"},
};

TEST(AesGcmTest, PublishedVectors) {
  for (const GcmVector& v : kGcmVectors) {
    SCOPED_TRACE(v.id);
    auto key = AesGcmKey::Create(Hex(v.key));
    ASSERT_TRUE(key.ok());
    const Bytes plain = Hex(v.plain);
    Bytes out(plain.size());
    Bytes tag(16);
    ASSERT_TRUE(key->Seal(Hex(v.iv), Hex(v.aad), plain, out, tag).ok());
    EXPECT_EQ(ToHex(out), v.cipher);
    EXPECT_EQ(ToHex(tag), v.tag);
    for (std::size_t size = 12; size <= 16; ++size) {
      Bytes back(plain.size());
      EXPECT_TRUE(key->Open(Hex(v.iv), Hex(v.aad), out, ByteView(tag).first(size), back).ok());
      EXPECT_EQ(back, plain);
      EXPECT_TRUE(
          AesGcmOpenOnce(Hex(v.key), Hex(v.iv), Hex(v.aad), out, ByteView(tag).first(size), back)
              .ok());
    }
  }
}

TEST(AesGcmTest, EveryFlippedBitIsFound) {
  TestRandom random(6);
  const Bytes key_bytes = random.Take(32);
  auto key = AesGcmKey::Create(key_bytes);
  ASSERT_TRUE(key.ok());
  Bytes iv = random.Take(16);
  Bytes aad = random.Take(5);
  const Bytes plain = random.Take(20);
  Bytes cipher(20);
  Bytes tag(16);
  ASSERT_TRUE(key->Seal(iv, aad, plain, cipher, tag).ok());
  for (Bytes* part : {&iv, &aad, &cipher, &tag}) {
    for (std::size_t bit = 0; bit < 8 * part->size(); ++bit) {
      const auto mask = static_cast<std::uint8_t>(1U << (bit % 8));
      (*part)[bit / 8] = static_cast<std::uint8_t>((*part)[bit / 8] ^ mask);
      Bytes out(20, 0x55);
      EXPECT_EQ(key->Open(iv, aad, cipher, tag, out).code(), ErrorCode::kVerificationFailed);
      EXPECT_EQ(out, Bytes(20)) << "unverified plaintext must be wiped";
      out.assign(20, 0x55);
      EXPECT_EQ(AesGcmOpenOnce(key_bytes, iv, aad, cipher, tag, out).code(),
                ErrorCode::kVerificationFailed);
      EXPECT_EQ(out, Bytes(20));
      (*part)[bit / 8] = static_cast<std::uint8_t>((*part)[bit / 8] ^ mask);
    }
  }
  Bytes out(20);
  EXPECT_TRUE(key->Open(iv, aad, cipher, tag, out).ok()) << "the context survives failures";
  EXPECT_EQ(out, plain);
}

TEST(AesGcmTest, IvLengthsMayAlternate) {
  TestRandom random(7);
  const Bytes key_bytes = random.Take(16);
  auto key = AesGcmKey::Create(key_bytes);
  ASSERT_TRUE(key.ok());
  for (const std::size_t iv_size : {12, 16, 12, 1, 128, 12, 60}) {
    const Bytes iv = random.Take(static_cast<std::size_t>(iv_size));
    const Bytes plain = random.Take(33);
    Bytes a(33);
    Bytes b(33);
    Bytes tag_a(16);
    Bytes tag_b(16);
    ASSERT_TRUE(key->Seal(iv, {}, plain, a, tag_a).ok());
    ASSERT_TRUE(AesGcmSealOnce(key_bytes, iv, {}, plain, b, tag_b).ok());
    EXPECT_EQ(a, b);
    EXPECT_EQ(tag_a, tag_b);
    ASSERT_TRUE(key->Open(iv, {}, a, tag_a, a).ok()) << "in place";
    EXPECT_EQ(a, plain);
  }
}

TEST(AesGcmTest, StreamsEqualOneShot) {
  TestRandom random(8);
  auto key = AesGcmKey::Create(random.Take(24));
  ASSERT_TRUE(key.ok());
  const Bytes iv = random.Take(12);
  const Bytes aad = random.Take(30);
  const Bytes plain = random.Take(100);
  Bytes cipher(100);
  Bytes tag(16);
  ASSERT_TRUE(key->Seal(iv, aad, plain, cipher, tag).ok());
  for (const Direction direction : {Direction::kEncrypt, Direction::kDecrypt}) {
    auto stream = key->Start(direction, iv);
    ASSERT_TRUE(stream.ok());
    ASSERT_TRUE(stream->UpdateAad(ByteView(aad).first(7)).ok());
    ASSERT_TRUE(stream->UpdateAad(ByteView(aad).subspan(7)).ok());
    const ByteView in(direction == Direction::kEncrypt ? plain : cipher);
    Bytes out(100);
    ASSERT_TRUE(stream->Update(in.first(33), MutableBytes(out).first(33)).ok());
    ASSERT_TRUE(stream->Update(in.subspan(33), MutableBytes(out).subspan(33)).ok());
    EXPECT_EQ(stream->UpdateAad(aad).code(), ErrorCode::kInvalidArgument);
    if (direction == Direction::kEncrypt) {
      Bytes got(16);
      EXPECT_EQ(stream->FinishOpen(tag).code(), ErrorCode::kInvalidArgument);
      ASSERT_TRUE(stream->FinishSeal(got).ok());
      EXPECT_EQ(out, cipher);
      EXPECT_EQ(got, tag);
    } else {
      ASSERT_TRUE(stream->FinishOpen(tag).ok());
      EXPECT_EQ(out, plain);
    }
    EXPECT_EQ(stream->Update(in, out).code(), ErrorCode::kInvalidArgument);
  }
  auto stream = key->Start(Direction::kDecrypt, iv);
  Bytes out(100);
  ASSERT_TRUE(stream->Update(cipher, out).ok());
  EXPECT_EQ(stream->FinishOpen(tag).code(), ErrorCode::kVerificationFailed) << "AAD missing";
}

TEST(AesGcmTest, Refusals) {
  auto key = AesGcmKey::Create(Bytes(16));
  ASSERT_TRUE(key.ok());
  Bytes out(4);
  Bytes tag(16);
  const Bytes iv(12);
  EXPECT_EQ(AesGcmKey::Create(Bytes(17)).code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(key->Seal({}, {}, out, out, tag).code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(key->Seal(Bytes(129), {}, out, out, tag).code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(key->Seal(iv, {}, Bytes(5), out, tag).code(), ErrorCode::kInvalidArgument);
  Bytes short_tag(11);
  EXPECT_EQ(key->Seal(iv, {}, out, out, short_tag).code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(key->Open(iv, {}, out, short_tag, out).code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(key->Open(iv, {}, out, {}, out).code(), ErrorCode::kInvalidArgument);
}

struct WrapVector {
  const char* kek;
  const char* data;
  const char* wrapped;
};

// RFC 3394 4.1, 4.3 and 4.6.
TEST(AesKeyWrapTest, PublishedVectors) {
  const WrapVector vectors[] = {
      {"000102030405060708090a0b0c0d0e0f", "00112233445566778899aabbccddeeff",
       "1fa68b0a8112b447aef34bd8fb5a7b829d3e862371d2cfe5"},
      {"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
       "00112233445566778899aabbccddeeff", "64e8c3f9ce0f5ba263e9777905818a2a93c8191e7d6e8ae7"},
      {"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
       "00112233445566778899aabbccddeeff000102030405060708090a0b0c0d0e0f",
       "28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326cbc7f0e71a99f43bfb988b9b7a02dd21"},
  };
  for (const WrapVector& v : vectors) {
    auto kek = AesCipher(Hex(v.kek));
    ASSERT_TRUE(kek.ok());
    const Bytes data = Hex(v.data);
    Bytes wrapped(data.size() + kKeyWrapOverhead);
    ASSERT_TRUE(AesKeyWrap(*kek, data, wrapped).ok());
    EXPECT_EQ(ToHex(wrapped), v.wrapped);
    Bytes back(data.size());
    ASSERT_TRUE(AesKeyUnwrap(*kek, wrapped, back).ok());
    EXPECT_EQ(back, data);
    for (std::size_t i = 0; i < wrapped.size(); ++i) {
      wrapped[i] = static_cast<std::uint8_t>(wrapped[i] ^ 0x10);
      EXPECT_EQ(AesKeyUnwrap(*kek, wrapped, back).code(), ErrorCode::kVerificationFailed);
      EXPECT_EQ(back, Bytes(data.size()));
      wrapped[i] = static_cast<std::uint8_t>(wrapped[i] ^ 0x10);
    }
  }
}

TEST(AesKeyWrapTest, Refusals) {
  auto kek = AesCipher(Bytes(16));
  auto tdes = TdesCipher(Bytes(16));
  ASSERT_TRUE(kek.ok() && tdes.ok());
  Bytes out(24);
  EXPECT_EQ(AesKeyWrap(*tdes, Bytes(16), out).code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(AesKeyWrap(*kek, Bytes(8), out).code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(AesKeyWrap(*kek, Bytes(17), out).code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(AesKeyWrap(*kek, Bytes(4104), out).code(), ErrorCode::kInvalidArgument);
  Bytes back(16);
  EXPECT_EQ(AesKeyUnwrap(*kek, Bytes(16), back).code(), ErrorCode::kMalformed);
  EXPECT_EQ(AesKeyUnwrap(*kek, Bytes(25), back).code(), ErrorCode::kMalformed);
  EXPECT_EQ(AesKeyUnwrap(*kek, Bytes(32), back).code(), ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace florin::primitives
