// AES with AES-NI, PCLMULQDQ and AVX.
#include "crypto/kernels/x86_blocks.inc"

namespace florin::kernels {
namespace {

constexpr int kRoundConstants[10] = {1, 2, 4, 8, 16, 32, 64, 128, 0x1b, 0x36};

// Overwrites round keys on the stack.
inline void WipeStack(std::uint8_t* bytes, std::size_t size) {
  for (std::size_t i = 0; i < size; i += 16) Store(bytes + i, _mm_setzero_si128());
  __asm__ volatile("" : : "r"(bytes) : "memory");
}

// Each word of a round key is the sum of all words before it in the last one, and a term. The sum
// does not wait for the term; without the barrier the compiler adds it in pieces behind the term,
// which makes the chain of round keys a cycle longer for each.
inline Block RunningSum(Block key) {
  key = _mm_xor_si128(key, _mm_slli_si128(key, 4));
  key = _mm_xor_si128(key, _mm_slli_si128(key, 8));
  __asm__("" : "+x"(key));
  return key;
}

// SubWord of one word in all four (FIPS 197 5.2). Where all columns are equal ShiftRows does
// nothing, so AESENCLAST is SubBytes and the addition of the round constant: faster than
// AESKEYGENASSIST, which is microcode on some processors.
inline Block RotatedSubWord(Block word, int constant) {
  return _mm_aesenclast_si128(word, _mm_set1_epi32(constant));
}
// The last word of a vector, rotated, in all four; and the second one.
inline Block RotateLast(Block key) { return _mm_shuffle_epi8(key, _mm_set1_epi32(0x0c0f0e0d)); }
inline Block RotateSecond(Block key) { return _mm_shuffle_epi8(key, _mm_set1_epi32(0x04070605)); }
inline Block LastWord(Block key) { return _mm_shuffle_epi32(key, 0xFF); }

// Where round keys go: to memory, or nowhere when they serve only the blocks at hand.
struct Keep {
  std::uint8_t* next;
  void operator()(Block key) {
    Store(next, key);
    next += 16;
  }
};
struct Drop {
  void operator()(Block) const {}
};

template <std::size_t kCount>
inline void Round(Block (&blocks)[kCount], Block key) {
  for (Block& block : blocks) block = _mm_aesenc_si128(block, key);
}
template <std::size_t kCount>
inline void LastRound(Block (&blocks)[kCount], Block key) {
  for (Block& block : blocks) block = _mm_aesenclast_si128(block, key);
}

// A key of kSize bytes in vectors.
template <std::size_t kSize>
struct RawKey {
  static_assert(kSize == 16 || kSize == 24 || kSize == 32);
  static constexpr std::size_t kBlocks = kSize == 16 ? 1 : 2;
  static constexpr std::size_t kRounds = kSize / 4 + 6;

  Block blocks[kBlocks];

  static RawKey From(const std::uint8_t* key) {
    RawKey raw;
    raw.blocks[0] = Load(key);
    if constexpr (kSize > 16) raw.blocks[1] = LoadFirst(key + 16, kSize - 16);
    return raw;
  }
};

// Expands a key and encrypts `blocks` while its round keys come along: the expansion is one long
// chain, and the encryption hides behind it.
template <std::size_t kCount, class Sink>
inline void Expand(const RawKey<16>& raw, Sink keep, Block (&blocks)[kCount]) {
  Block key = raw.blocks[0];
  keep(key);
  for (Block& block : blocks) block = _mm_xor_si128(block, key);
  for (int i = 0; i < 10; ++i) {
    key = _mm_xor_si128(RunningSum(key), RotatedSubWord(RotateLast(key), kRoundConstants[i]));
    keep(key);
    if (i < 9) {
      Round(blocks, key);
    } else {
      LastRound(blocks, key);
    }
  }
}

// Six words a step: two steps make three round keys.
template <std::size_t kCount, class Sink>
inline void Expand(const RawKey<24>& raw, Sink keep, Block (&blocks)[kCount]) {
  Block low = raw.blocks[0];
  Block high = raw.blocks[1];  // its upper half means nothing
  keep(low);
  for (Block& block : blocks) block = _mm_xor_si128(block, low);
  for (int i = 0; i < 8; ++i) {
    const Block last_high = high;
    low = _mm_xor_si128(RunningSum(low), RotatedSubWord(RotateSecond(high), kRoundConstants[i]));
    high = _mm_xor_si128(_mm_xor_si128(high, _mm_slli_si128(high, 4)), LastWord(low));
    if (i % 2 == 0) {
      const Block first = _mm_unpacklo_epi64(last_high, low);
      const Block second = _mm_unpacklo_epi64(_mm_srli_si128(low, 8), high);
      keep(first);
      Round(blocks, first);
      keep(second);
      Round(blocks, second);
    } else if (i < 7) {
      keep(low);
      Round(blocks, low);
    }
  }
  keep(low);
  LastRound(blocks, low);
}

template <std::size_t kCount, class Sink>
inline void Expand(const RawKey<32>& raw, Sink keep, Block (&blocks)[kCount]) {
  Block even = raw.blocks[0];
  Block odd = raw.blocks[1];
  keep(even);
  keep(odd);
  for (Block& block : blocks) block = _mm_xor_si128(block, even);
  Round(blocks, odd);
  for (int i = 0; i < 6; ++i) {
    even = _mm_xor_si128(RunningSum(even), RotatedSubWord(RotateLast(odd), kRoundConstants[i]));
    keep(even);
    Round(blocks, even);
    odd = _mm_xor_si128(RunningSum(odd), RotatedSubWord(LastWord(even), 0));
    keep(odd);
    Round(blocks, odd);
  }
  even = _mm_xor_si128(RunningSum(even), RotatedSubWord(RotateLast(odd), kRoundConstants[6]));
  keep(even);
  LastRound(blocks, even);
}

// Writes the schedule, encrypts `block` and returns the number of rounds.
inline std::uint8_t ExpandTo(std::uint8_t* round_keys, const std::uint8_t* key,
                             std::size_t key_size, Block (&block)[1]) {
  if (key_size == 16) {
    Expand(RawKey<16>::From(key), Keep{round_keys}, block);
  } else if (key_size == 24) {
    Expand(RawKey<24>::From(key), Keep{round_keys}, block);
  } else {
    Expand(RawKey<32>::From(key), Keep{round_keys}, block);
  }
  return static_cast<std::uint8_t>(key_size / 4 + 6);
}

// --- CMAC ---

// Doubles in GF(2^128), SP 800-38B 5.3: each word takes the bit that leaves the one behind it, and
// the last takes the polynomial where one leaves the first.
inline Block Double(Block value) {
  const Block words = Reverse(value);
  const Block carries = _mm_shuffle_epi32(_mm_srai_epi32(words, 31), 0x93);
  const Block terms = _mm_and_si128(carries, _mm_set_epi32(1, 1, 1, 0x87));
  return Reverse(_mm_xor_si128(_mm_slli_epi32(words, 1), terms));
}

// 80 at byte n of the 16 that begin at 16 - n.
alignas(32) constexpr std::uint8_t kPadding[32] = {0, 0, 0, 0, 0, 0, 0, 0,   0,
                                                   0, 0, 0, 0, 0, 0, 0, 0x80};

// The last block with its padding and subkey, of 0..16 bytes.
inline Block LastBlock(const std::uint8_t* last, std::size_t size, Block whole, Block padded) {
  const Block block = LoadFirst(last, size);
  if (size == 16) return _mm_xor_si128(block, whole);
  return _mm_xor_si128(_mm_xor_si128(block, Load(kPadding + 16 - size)), padded);
}

template <std::size_t kKeySize>
inline void CmacOnce(const std::uint8_t* key, const std::uint8_t* message, std::size_t size,
                     std::uint8_t* mac) {
  constexpr std::size_t kRounds = RawKey<kKeySize>::kRounds;
  std::uint8_t round_keys[16 * (kRounds + 1)] __attribute__((uninitialized));
  const bool several = size > 16;
  // The first block of the message needs no more than the zeros do: the schedule.
  Block first[2] = {_mm_setzero_si128(), several ? Load(message) : _mm_setzero_si128()};
  Expand(RawKey<kKeySize>::From(key), Keep{round_keys}, first);
  Block chain = _mm_setzero_si128();
  if (several) {
    chain = first[1];
    message += 16;
    size -= 16;
  }
  for (; size > 16; message += 16, size -= 16) {
    chain = EncryptOne(round_keys, kRounds, _mm_xor_si128(chain, Load(message)));
  }
  const Block whole = Double(first[0]);
  const Block last = LastBlock(message, size, whole, Double(whole));
  Store(mac, EncryptOne(round_keys, kRounds, _mm_xor_si128(chain, last)));
  WipeStack(round_keys, sizeof(round_keys));
}

// --- key derivation ---

// The block as number 1 and, where the next key needs it, as number 2.
template <std::size_t kCount>
inline void NumberBlocks(const std::uint8_t* block, Block (&blocks)[kCount]) {
  blocks[0] = _mm_insert_epi8(Load(block), 1, 1);
  if constexpr (kCount > 1) blocks[1] = _mm_insert_epi8(Load(block), 2, 1);
}

template <std::size_t kKeySize>
inline void DeriveKey(const std::uint8_t* key, const std::uint8_t* path, std::size_t steps,
                      std::uint8_t* out, std::size_t out_size) {
  using Key = RawKey<kKeySize>;
  Key current = Key::From(key);
  for (; steps > 1; --steps, path += 16) {
    Key next;
    NumberBlocks(path, next.blocks);
    Expand(current, Drop{}, next.blocks);
    current = next;
  }
  if (out_size <= 16) {
    Block derived[1];
    NumberBlocks(path, derived);
    Expand(current, Drop{}, derived);
    StoreFirst(out, derived[0], out_size);
  } else {
    Block derived[2];
    NumberBlocks(path, derived);
    Expand(current, Drop{}, derived);
    Store(out, derived[0]);
    StoreFirst(out + 16, derived[1], out_size - 16);
  }
}

// --- GCM ---

struct Lanes {
  using Vector = Block;
  static constexpr std::size_t kBlocks = 1;

  static Vector Spread(Block block) { return block; }
  static Vector LoadFirst(const std::uint8_t* bytes, std::size_t size) {
    return kernels::LoadFirst(bytes, size);
  }
  static void StoreFirst(std::uint8_t* bytes, Vector v, std::size_t size) {
    kernels::StoreFirst(bytes, v, size);
  }
  static Vector First(Vector v, std::size_t size) { return kernels::First(v, size); }
  static Vector Powers(const std::uint8_t* bytes) { return Load(bytes); }
  static Vector Xor(Vector a, Vector b) { return _mm_xor_si128(a, b); }
  static Vector Round(Vector v, Vector key) { return _mm_aesenc_si128(v, key); }
  static Vector LastRound(Vector v, Vector key) { return _mm_aesenclast_si128(v, key); }
  static Vector Reverse(Vector v) { return kernels::Reverse(v); }
  static Vector AddWords(Vector a, Vector b) { return _mm_add_epi32(a, b); }
  static Vector Counters(std::uint32_t first) { return _mm_cvtsi32_si128(static_cast<int>(first)); }

  using Sum = Products;
  static void AddProduct(Sum& sum, Vector x, Vector power) { kernels::AddProduct(sum, x, power); }
  static Products Total(const Sum& sum) { return sum; }
};

// H * x: one bit to the left where bits are reversed, and the polynomial where one leaves.
inline Block TimesX(Block h) {
  const Block carry = _mm_srai_epi32(_mm_shuffle_epi32(h, 0xFF), 31);
  const Block across = _mm_slli_si128(_mm_srli_epi64(h, 63), 8);
  const Block shifted = _mm_xor_si128(_mm_add_epi64(h, h), across);
  return _mm_xor_si128(shifted, _mm_and_si128(carry, _mm_set_epi64x(kPolynomialTop, 1)));
}

}  // namespace
}  // namespace florin::kernels

#include "crypto/kernels/x86_gcm.inc"

namespace florin::kernels {

void AesniCmacOnce(const std::uint8_t* key, std::size_t key_size, const std::uint8_t* message,
                   std::size_t size, std::uint8_t* mac) {
  if (key_size == 16) {
    CmacOnce<16>(key, message, size, mac);
  } else if (key_size == 24) {
    CmacOnce<24>(key, message, size, mac);
  } else {
    CmacOnce<32>(key, message, size, mac);
  }
}

void AesniCmacExpand(const std::uint8_t* key, std::size_t key_size, CmacSchedule* schedule) {
  Block zero[1] = {_mm_setzero_si128()};
  schedule->rounds = ExpandTo(schedule->round_keys, key, key_size, zero);
  const Block whole = Double(zero[0]);
  Store(schedule->whole, whole);
  Store(schedule->padded, Double(whole));
}

void AesniCmacChain(const CmacSchedule* schedule, const std::uint8_t* blocks, std::size_t count,
                    std::uint8_t* chain) {
  Block value = Load(chain);
  for (; count > 0; --count, blocks += 16) {
    value = EncryptOne(schedule->round_keys, schedule->rounds, _mm_xor_si128(value, Load(blocks)));
  }
  Store(chain, value);
}

void AesniCmacLast(const CmacSchedule* schedule, const std::uint8_t* chain,
                   const std::uint8_t* last, std::size_t size, std::uint8_t* mac) {
  const Block block = LastBlock(last, size, Load(schedule->whole), Load(schedule->padded));
  Store(mac, EncryptOne(schedule->round_keys, schedule->rounds, _mm_xor_si128(Load(chain), block)));
}

void AesniDerive(const std::uint8_t* key, std::size_t key_size, const std::uint8_t* path,
                 std::size_t steps, std::uint8_t* out, std::size_t out_size) {
  if (key_size == 16) {
    DeriveKey<16>(key, path, steps, out, out_size);
  } else if (key_size == 24) {
    DeriveKey<24>(key, path, steps, out, out_size);
  } else {
    DeriveKey<32>(key, path, steps, out, out_size);
  }
}

void AesniGcmExpand(const std::uint8_t* key, std::size_t key_size, GcmSchedule* schedule) {
  Block zero[1] = {_mm_setzero_si128()};
  schedule->rounds = ExpandTo(schedule->round_keys, key, key_size, zero);
  const Block h = TimesX(Reverse(zero[0]));
  const Block h2 = Multiply(h, h);
  const Block h4 = Multiply(h2, h2);
  Block power[4] = {h4, Multiply(h2, h), h2, h};  // four chains at a time
  for (std::size_t at = kGcmPowers; at > 0; at -= 4) {
    std::uint8_t* bytes = schedule->powers + 16 * (at - 4);
    for (std::size_t i = 0; i < 4; ++i) {
      Store(bytes + 16 * i, power[i]);
      power[i] = Multiply(power[i], h4);
    }
  }
  for (std::size_t i = kGcmPowers; i < kGcmPowers + 3; ++i) {
    Store(schedule->powers + 16 * i, _mm_setzero_si128());
  }
}

void AesniGcmSeal(const GcmSchedule* schedule, const GcmRecord* record, std::uint8_t* tag) {
  SealRecord(*schedule, *record, tag);
}

bool AesniGcmOpen(const GcmSchedule* schedule, const GcmRecord* record, const std::uint8_t* tag,
                  std::size_t tag_size) {
  return OpenRecord(*schedule, *record, tag, tag_size);
}

}  // namespace florin::kernels
