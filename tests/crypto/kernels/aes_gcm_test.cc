// GCM of every kernel: published values, every length and alignment, every flipped bit.
#include <algorithm>
#include <bitset>
#include <string>

#include "tests/crypto/kernels/kernel_testing.h"
#include "tests/crypto/kernels/openssl_reference.h"

namespace florin::kernels {
namespace {

class GcmTest : public KernelTest {
 protected:
  static AesGcmKey KeyOf(ByteView key) { return AesGcmKey::Create(kernel(), key).value(); }
};

struct GcmVector {
  const char* id;
  const char* key;
  const char* iv;
  const char* aad;
  const char* plain;
  const char* cipher;
  const char* tag;
};

constexpr char kIv96[] = "cafebabefacedbaddecaf888";
constexpr char kZeroIv[] = "000000000000000000000000";
constexpr char kZeroBlock[] = "00000000000000000000000000000000";
constexpr char kZeroKey192[] = "000000000000000000000000000000000000000000000000";
constexpr char kZeroKey256[] = "0000000000000000000000000000000000000000000000000000000000000000";
constexpr char kKey128[] = "feffe9928665731c6d6a8f9467308308";
constexpr char kKey192[] = "feffe9928665731c6d6a8f9467308308feffe9928665731c";
constexpr char kKey256[] = "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308";
constexpr char kAad[] = "feedfacedeadbeeffeedfacedeadbeefabaddad2";
constexpr char kPlain[] =
    "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6"
    "b525b16aedf5aa0de657ba637b39";

// McGrew and Viega, "The Galois/Counter Mode of Operation (GCM)", appendix B.
const GcmVector kVectors[] = {
    {"1", kZeroBlock, kZeroIv, "", "", "", "58e2fccefa7e3061367f1d57a4e7455a"},
    {"2", kZeroBlock, kZeroIv, "", kZeroBlock, "0388dace60b6a392f328c2b971b2fe78",
     "ab6e47d42cec13bdf53a67b21257bddf"},
    {"4", kKey128, kIv96, kAad, kPlain,
     "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84"
     "aa051ba30b396a0aac973d58e091",
     "5bc94fbc3221a5db94fae95ae7121a47"},
    {"5, an IV of 8 bytes", kKey128, "cafebabefacedbad", kAad, kPlain,
     "61353b4c2806934a777ff51fa22a4755699b2a714fcdc6f83766e5f97b6c742373806900e49f24b22b097544d489"
     "6b424989b5e1ebac0f07c23f4598",
     "3612d2e79e3b0785561be14aaca2fccb"},
    {"6, an IV of 60 bytes", kKey128,
     "9313225df88406e555909c5aff5269aa6a7a9538534f7da1e4c303d2a318a728c3c0c95156809539fcf0e2429a6b"
     "525416aedbf5a0de6a57a637b39b",
     kAad, kPlain,
     "8ce24998625615b603a033aca13fb894be9112a5c3a211a8ba262a3cca7e2ca701e4a9a4fba43c90ccdcb281d48c"
     "7c6fd62875d2aca417034c34aee5",
     "619cc5aefffe0bfa462af43c1699d050"},
    {"7", kZeroKey192, kZeroIv, "", "", "", "cd33b28ac773f74ba00ed1f312572435"},
    {"8", kZeroKey192, kZeroIv, "", kZeroBlock, "98e7247c07f0fe411c267e4384b0f600",
     "2ff58d80033927ab8ef4d4587514f0fb"},
    {"10", kKey192, kIv96, kAad, kPlain,
     "3980ca0b3c00e841eb06fac4872a2757859e1ceaa6efd984628593b40ca1e19c7d773d00c144c525ac619d18c84a"
     "3f4718e2448b2fe324d9ccda2710",
     "2519498e80f1478f37ba55bd6d27618c"},
    {"13", kZeroKey256, kZeroIv, "", "", "", "530f8afbc74536b9a963b4f1c4cb738b"},
    {"14", kZeroKey256, kZeroIv, "", kZeroBlock, "cea7403d4d606b6e074ec5d3baf39d18",
     "d0d1c8a799996bf0265b98b5d48ab919"},
    {"16", kKey256, kIv96, kAad, kPlain,
     "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b105682"
     "8838c5f61e6393ba7a0abcc9f662",
     "76fc6ece0f4e1768cddf8853bb2d551b"},
};

TEST_P(GcmTest, PublishedValues) {
  for (const GcmVector& v : kVectors) {
    SCOPED_TRACE(v.id);
    const AesGcmKey key = KeyOf(Hex(v.key));
    const Bytes plain = Hex(v.plain);
    Bytes cipher(plain.size());
    Bytes tag(16);
    ASSERT_TRUE(key.Seal(Hex(v.iv), Hex(v.aad), plain, cipher, tag).ok());
    EXPECT_EQ(ToHex(cipher), v.cipher);
    EXPECT_EQ(ToHex(tag), v.tag);
    for (std::size_t size = 12; size <= 16; ++size) {
      Bytes back(plain.size());
      ASSERT_TRUE(
          key.Open(Hex(v.iv), Hex(v.aad), Hex(v.cipher), ByteView(tag).first(size), back).ok());
      EXPECT_EQ(back, plain);
    }
  }
}

// Seals and opens one message, apart and in place, at odd addresses, against OpenSSL.
void CheckMessage(const AesGcmKey& key, ByteView key_bytes, TestRandom& random, std::size_t size,
                  std::size_t aad_size, std::size_t iv_size, std::size_t tag_size) {
  SCOPED_TRACE(::testing::Message()
               << size << " bytes, aad " << aad_size << ", iv " << iv_size << ", tag " << tag_size);
  Guarded plain(size, random.Below(64));
  Guarded aad(aad_size, random.Below(64));
  Guarded iv(iv_size, random.Below(64));
  for (Guarded* part : {&plain, &aad, &iv}) ASSERT_TRUE(random.Fill(part->bytes()).ok());
  const auto expected = reference::GcmSeal(key_bytes, iv.bytes(), aad.bytes(), plain.bytes());
  const ByteView expected_tag = ByteView(expected.tag).first(tag_size);

  Guarded out(size, random.Below(64));
  Guarded tag(tag_size, random.Below(64));
  ASSERT_TRUE(key.Seal(iv.bytes(), aad.bytes(), plain.bytes(), out.bytes(), tag.bytes()).ok());
  EXPECT_TRUE(SameBytes(out.bytes(), expected.ciphertext));
  EXPECT_TRUE(SameBytes(tag.bytes(), expected_tag));
  Guarded back(size, random.Below(64));
  ASSERT_TRUE(key.Open(iv.bytes(), aad.bytes(), out.bytes(), tag.bytes(), back.bytes()).ok());
  EXPECT_TRUE(SameBytes(back.bytes(), plain.bytes()));
  EXPECT_TRUE(out.Untouched() && tag.Untouched() && back.Untouched());

  ASSERT_TRUE(key.Seal(iv.bytes(), aad.bytes(), back.bytes(), back.bytes(), tag.bytes()).ok());
  EXPECT_TRUE(SameBytes(back.bytes(), expected.ciphertext));
  ASSERT_TRUE(key.Open(iv.bytes(), aad.bytes(), back.bytes(), tag.bytes(), back.bytes()).ok());
  EXPECT_TRUE(SameBytes(back.bytes(), plain.bytes()));
  EXPECT_TRUE(back.Untouched());
}

TEST_P(GcmTest, EveryLengthIsThatOfOpenssl) {
  TestRandom random(6);
  for (const std::size_t key_size : {16, 24, 32}) {
    const Bytes key_bytes = random.Take(key_size);
    const AesGcmKey key = KeyOf(key_bytes);
    for (std::size_t size = 0; size <= 600; ++size) {
      CheckMessage(key, key_bytes, random, size, random.Below(70), 12, 16);
      if (HasFatalFailure()) return;
    }
  }
}

// Beyond 128 bytes of associated data OpenSSL computes: that border, too.
TEST_P(GcmTest, EveryLengthOfAadAndIvAndTag) {
  TestRandom random(7);
  const Bytes key_bytes = random.Take(32);
  const AesGcmKey key = KeyOf(key_bytes);
  for (std::size_t aad_size = 0; aad_size <= 140; ++aad_size) {
    for (const std::size_t size : {0, 1, 20, 64, 65, 512}) {
      CheckMessage(key, key_bytes, random, size, aad_size, 12, 12 + aad_size % 5);
    }
  }
  for (std::size_t iv_size = 1; iv_size <= 128; ++iv_size) {
    for (const std::size_t size : {0, 17, 250}) {
      CheckMessage(key, key_bytes, random, size, iv_size % 40, iv_size, 12 + iv_size % 5);
    }
  }
}

// --- a counter that overflows ---

using Element = std::bitset<128>;  // bit i is the coefficient of x^i

Element ToElement(ByteView block) {
  Element out;
  for (std::size_t i = 0; i < 128; ++i) out[i] = (block[i / 8] >> (7 - i % 8) & 1) != 0;
  return out;
}

Bytes ToBlock(const Element& element) {
  Bytes out(16);
  for (std::size_t i = 0; i < 128; ++i) {
    if (element[i]) out[i / 8] = static_cast<std::uint8_t>(out[i / 8] | 1U << (7 - i % 8));
  }
  return out;
}

// SP 800-38D 6.3, bit by bit.
Element Times(const Element& a, Element b) {
  Element product;
  for (std::size_t i = 0; i < 128; ++i) {
    if (a[i]) product ^= b;
    const bool carry = b[127];
    b <<= 1;
    if (carry) b ^= Element(0x87);
  }
  return product;
}

// a^(2^128 - 2).
Element Inverse(const Element& a) {
  Element square = a;
  Element inverse;
  inverse[0] = true;
  for (int i = 1; i < 128; ++i) {
    square = Times(square, square);
    inverse = Times(inverse, square);
  }
  return inverse;
}

// The IV of 16 bytes from which SP 800-38D 7.1 makes this J0: ((IV * H) ^ lengths) * H.
Bytes IvFor(ByteView key, const Bytes& j0) {
  const Element inverse = Inverse(ToElement(reference::EncryptBlock(key, Bytes(16))));
  Bytes lengths(16);
  lengths[15] = 128;
  return ToBlock(Times(Times(ToElement(j0), inverse) ^ ToElement(lengths), inverse));
}

// inc32 stays within the last 32 bits (SP 800-38D 6.2).
TEST_P(GcmTest, TheCounterOverflowsInto32Bits) {
  TestRandom random(8);
  for (std::uint32_t before = 0; before < 34; ++before) {
    SCOPED_TRACE(before);
    const Bytes key_bytes = random.Take(16);
    Bytes j0 = random.Take(16);
    std::fill(j0.begin() + 12, j0.end(), std::uint8_t{0xFF});
    j0[15] = static_cast<std::uint8_t>(j0[15] - before);
    const Bytes iv = IvFor(key_bytes, j0);
    const Bytes plain = random.Take(512);
    const auto expected = reference::GcmSeal(key_bytes, iv, {}, plain);
    // The first block of the key stream tells that the IV is the one that was wanted.
    Bytes first = j0;
    for (std::size_t i = 16; i-- > 12 && ++first[i] == 0;) {
    }
    const Bytes stream = reference::EncryptBlock(key_bytes, first);
    ASSERT_EQ(stream[0] ^ plain[0], expected.ciphertext[0]);
    ASSERT_EQ(stream[15] ^ plain[15], expected.ciphertext[15]);

    Bytes out(plain.size());
    Bytes tag(16);
    ASSERT_TRUE(KeyOf(key_bytes).Seal(iv, {}, plain, out, tag).ok());
    EXPECT_EQ(out, expected.ciphertext);
    EXPECT_EQ(tag, expected.tag);
  }
}

// --- what must be refused ---

TEST_P(GcmTest, EveryFlippedBitIsFoundAndNothingComesOut) {
  TestRandom random(9);
  for (const std::size_t size : {0, 1, 15, 16, 20, 64, 100, 257, 512}) {
    SCOPED_TRACE(size);
    const AesGcmKey key = KeyOf(random.Take(size % 2 == 0 ? 16 : 32));
    Bytes iv = random.Take(size % 2 == 0 ? 12 : 16);
    Bytes aad = random.Take(41);
    const Bytes plain = random.Take(size);
    Bytes cipher(size);
    Bytes tag(16);
    ASSERT_TRUE(key.Seal(iv, aad, plain, cipher, tag).ok());
    for (const std::size_t tag_size : {12, 16}) {
      for (Bytes* part : {&iv, &aad, &cipher, &tag}) {
        const std::size_t checked = part == &tag ? tag_size : part->size();
        for (std::size_t bit = 0; bit < 8 * checked; ++bit) {
          const auto flip = static_cast<std::uint8_t>(1U << bit % 8);
          (*part)[bit / 8] ^= flip;
          Bytes out(size, 0x5A);
          EXPECT_EQ(key.Open(iv, aad, cipher, ByteView(tag).first(tag_size), out).code(),
                    ErrorCode::kVerificationFailed);
          EXPECT_EQ(out, Bytes(size));
          (*part)[bit / 8] ^= flip;
        }
      }
    }
  }
}

TEST_P(GcmTest, AnotherLengthIsAnotherMessage) {
  TestRandom random(10);
  const AesGcmKey key = KeyOf(random.Take(16));
  const Bytes iv = random.Take(12);
  const Bytes zeros(64);
  Bytes cipher(64);
  Bytes tag(16);
  ASSERT_TRUE(key.Seal(iv, zeros, zeros, cipher, tag).ok());
  Bytes out(64, 0x5A);
  // Zeros that the hash would have added itself.
  EXPECT_FALSE(key.Open(iv, ByteView(zeros).first(63), cipher, tag, out).ok());
  EXPECT_FALSE(
      key.Open(iv, zeros, ByteView(cipher).first(63), tag, MutableBytes(out).first(63)).ok());
  EXPECT_FALSE(key.Open(ByteView(iv).first(11), zeros, cipher, tag, out).ok());
  EXPECT_TRUE(key.Open(iv, zeros, cipher, tag, out).ok());
}

TEST_P(GcmTest, OpenInPlaceWipesWhatItRefuses) {
  TestRandom random(11);
  const AesGcmKey key = KeyOf(random.Take(16));
  Bytes text = random.Take(100);
  const Bytes iv(12);
  const Bytes tag(16);
  EXPECT_EQ(key.Open(iv, {}, text, tag, text).code(), ErrorCode::kVerificationFailed);
  EXPECT_EQ(text, Bytes(100));
}

TEST_P(GcmTest, LimitsAreThoseOfThePrimitive) {
  const Bytes key_bytes(16);
  const AesGcmKey key = KeyOf(key_bytes);
  const auto primitive = primitives::AesGcmKey::Create(key_bytes);
  ASSERT_TRUE(primitive.ok());
  Bytes room(1200);
  const MutableBytes all(room);
  struct Call {
    std::size_t iv, in, out, tag;
    std::size_t out_at;
  };
  for (const Call& call :
       {Call{0, 16, 16, 16, 100}, Call{129, 16, 16, 16, 100}, Call{12, 16, 15, 16, 100},
        Call{12, 16, 17, 16, 100}, Call{12, 16, 16, 11, 100}, Call{12, 16, 16, 0, 100},
        Call{12, 16, 16, 17, 100}, Call{12, 64, 64, 16, 1}, Call{12, 64, 64, 16, 63},
        Call{12, 600, 600, 16, 599}}) {
    const ByteView iv = all.subspan(1000, call.iv);
    const MutableBytes tag = all.subspan(1180, call.tag);
    const ByteView in = all.first(call.in);
    const MutableBytes out = all.subspan(call.out_at, call.out);
    const Status seal = key.Seal(iv, {}, in, out, tag);
    EXPECT_EQ(seal.code(), ErrorCode::kInvalidArgument);
    EXPECT_STREQ(seal.error().message(), primitive->Seal(iv, {}, in, out, tag).error().message());
    const Status open = key.Open(iv, {}, in, tag, out);
    EXPECT_EQ(open.code(), ErrorCode::kInvalidArgument);
    EXPECT_STREQ(open.error().message(), primitive->Open(iv, {}, in, tag, out).error().message());
  }
  for (const std::size_t size : {0, 8, 15, 17, 25, 33}) {
    EXPECT_EQ(AesGcmKey::Create(kernel(), Bytes(size)).code(), ErrorCode::kInvalidArgument);
  }
}

TEST_P(GcmTest, AMessageInPiecesIsTheSame) {
  TestRandom random(12);
  const Bytes key_bytes = random.Take(32);
  const AesGcmKey key = KeyOf(key_bytes);
  const Bytes iv = random.Take(12);
  const Bytes plain = random.Take(100);
  const auto expected = reference::GcmSeal(key_bytes, iv, {}, plain);
  auto stream = key.Start(primitives::Direction::kEncrypt, iv);
  ASSERT_TRUE(stream.ok());
  Bytes out(100);
  Bytes tag(16);
  ASSERT_TRUE(stream->Update(ByteView(plain).first(33), MutableBytes(out).first(33)).ok());
  ASSERT_TRUE(stream->Update(ByteView(plain).subspan(33), MutableBytes(out).subspan(33)).ok());
  ASSERT_TRUE(stream->FinishSeal(tag).ok());
  EXPECT_EQ(out, expected.ciphertext);
  EXPECT_EQ(tag, expected.tag);
}

INSTANTIATE_TEST_SUITE_P(Kernels, GcmTest, ::testing::ValuesIn(SupportedKernels()), KernelName);

}  // namespace
}  // namespace florin::kernels
