// AES with AES-NI, PCLMULQDQ and AVX.
#include "crypto/kernels/x86_blocks.inc"

namespace florin::kernels {
namespace {

constexpr int kRoundConstants[10] = {1, 2, 4, 8, 16, 32, 64, 128, 0x1b, 0x36};

inline void WipeStack(std::uint8_t* bytes, std::size_t size) {
  for (std::size_t i = 0; i < size; i += 16) Store(bytes + i, _mm_setzero_si128());
  __asm__ volatile("" : : "r"(bytes) : "memory");
}

// Each word of a round key is the sum of all words before it in the last one, and a term.
inline Block RunningSum(Block key) {
  key = _mm_xor_si128(key, _mm_slli_si128(key, 4));
  return _mm_xor_si128(key, _mm_slli_si128(key, 8));
}

// SubWord of one word in all four (FIPS 197 5.2). Where all columns are equal ShiftRows does
// nothing, so AESENCLAST is SubBytes and the addition of the round constant: faster than
// AESKEYGENASSIST, which is microcode on some processors.
inline Block RotatedSubWord(Block key, int constant) {
  return _mm_aesenclast_si128(_mm_shuffle_epi8(key, _mm_set1_epi32(0x0c0f0e0d)),
                              _mm_set1_epi32(constant));
}
inline Block SubWord(Block key) {
  return _mm_aesenclast_si128(_mm_shuffle_epi32(key, 0xFF), _mm_setzero_si128());
}

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

// Expands a key and encrypts `blocks` while its round keys come along: the expansion is one long
// chain, and the encryption hides behind it.
template <std::size_t kCount, class Sink>
inline void Expand128(Block key, Sink keep, Block (&blocks)[kCount]) {
  keep(key);
  for (Block& block : blocks) block = _mm_xor_si128(block, key);
  for (int i = 0; i < 10; ++i) {
    key = _mm_xor_si128(RunningSum(key), RotatedSubWord(key, kRoundConstants[i]));
    keep(key);
    if (i < 9) {
      Round(blocks, key);
    } else {
      LastRound(blocks, key);
    }
  }
}

template <std::size_t kCount, class Sink>
inline void Expand256(Block even, Block odd, Sink keep, Block (&blocks)[kCount]) {
  keep(even);
  keep(odd);
  for (Block& block : blocks) block = _mm_xor_si128(block, even);
  Round(blocks, odd);
  for (int i = 0; i < 6; ++i) {
    even = _mm_xor_si128(RunningSum(even), RotatedSubWord(odd, kRoundConstants[i]));
    keep(even);
    Round(blocks, even);
    odd = _mm_xor_si128(RunningSum(odd), SubWord(even));
    keep(odd);
    Round(blocks, odd);
  }
  even = _mm_xor_si128(RunningSum(even), RotatedSubWord(odd, kRoundConstants[6]));
  keep(even);
  LastRound(blocks, even);
}

// Six words a step, which do not fall together with round keys: so always through memory, 216
// bytes.
inline void Schedule192(const std::uint8_t* key, std::uint8_t* round_keys) {
  Block low = Load(key);
  Block high = LoadFirst(key + 16, 8);
  Store(round_keys, low);
  StoreFirst(round_keys + 16, high, 8);
  for (int i = 0; i < 8; ++i) {
    round_keys += 24;
    const Block word = _mm_shuffle_epi8(high, _mm_set1_epi32(0x04070605));
    low = _mm_xor_si128(RunningSum(low),
                        _mm_aesenclast_si128(word, _mm_set1_epi32(kRoundConstants[i])));
    high =
        _mm_xor_si128(_mm_xor_si128(high, _mm_slli_si128(high, 4)), _mm_shuffle_epi32(low, 0xFF));
    Store(round_keys, low);
    StoreFirst(round_keys + 16, high, 8);
  }
}

// Writes the schedule, encrypts `blocks` and returns the number of rounds.
template <std::size_t kCount>
inline std::size_t Expand(const std::uint8_t* key, std::size_t key_size, std::uint8_t* round_keys,
                          Block (&blocks)[kCount]) {
  if (key_size == 16) {
    Expand128(Load(key), Keep{round_keys}, blocks);
    return 10;
  }
  if (key_size == 32) {
    Expand256(Load(key), Load(key + 16), Keep{round_keys}, blocks);
    return 14;
  }
  Schedule192(key, round_keys);
  Encrypt(round_keys, 12, blocks);
  return 12;
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

// --- key derivation ---

// Encrypts `block` as number 1 and, where the next key needs it, as number 2.
template <std::size_t kCount>
inline void NumberBlocks(const std::uint8_t* block, Block (&blocks)[kCount]) {
  for (std::size_t i = 0; i < kCount; ++i) {
    blocks[i] = _mm_insert_epi8(Load(block), static_cast<int>(i) + 1, 1);
  }
}

template <std::size_t kCount>
inline void Derive(const std::uint8_t* key, std::size_t key_size, const std::uint8_t* block,
                   Block (&blocks)[kCount]) {
  NumberBlocks(block, blocks);
  if (key_size == 16) {
    Expand128(Load(key), Drop{}, blocks);
  } else if (key_size == 32) {
    Expand256(Load(key), Load(key + 16), Drop{}, blocks);
  } else {
    std::uint8_t round_keys[kRoundKeyBytes];
    Schedule192(key, round_keys);
    Encrypt(round_keys, 12, blocks);
    WipeStack(round_keys, sizeof(round_keys));
  }
}

void DeriveLast(const std::uint8_t* key, std::size_t key_size, const std::uint8_t* block,
                std::uint8_t* out, std::size_t out_size) {
  if (out_size <= 16) {
    Block derived[1];
    Derive(key, key_size, block, derived);
    StoreFirst(out, derived[0], out_size);
    return;
  }
  Block derived[2];
  Derive(key, key_size, block, derived);
  Store(out, derived[0]);
  StoreFirst(out + 16, derived[1], out_size - 16);
}

// --- GCM ---

struct Lanes {
  using Vector = Block;
  static constexpr std::size_t kBlocks = 1;
  static constexpr std::size_t kMostVectors = 8;

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
  std::uint8_t round_keys[kRoundKeyBytes];
  const bool several = size > 16;
  Block first[2] = {_mm_setzero_si128(), several ? Load(message) : _mm_setzero_si128()};
  const std::size_t rounds = Expand(key, key_size, round_keys, first);
  Block chain = _mm_setzero_si128();
  if (several) {
    chain = first[1];
    message += 16;
    size -= 16;
  }
  for (; size > 16; message += 16, size -= 16) {
    chain = EncryptOne(round_keys, rounds, _mm_xor_si128(chain, Load(message)));
  }
  const Block whole = Double(first[0]);
  const Block last = LastBlock(message, size, whole, Double(whole));
  Store(mac, EncryptOne(round_keys, rounds, _mm_xor_si128(chain, last)));
  WipeStack(round_keys, sizeof(round_keys));
}

void AesniCmacExpand(const std::uint8_t* key, std::size_t key_size, CmacSchedule* schedule) {
  Block zero[1] = {_mm_setzero_si128()};
  schedule->rounds = static_cast<std::uint8_t>(Expand(key, key_size, schedule->round_keys, zero));
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
  const std::uint8_t* const last = path + 16 * (steps - 1);
  std::uint8_t current[32];
  if (key_size == 16) {
    Block value[1] = {Load(key)};
    for (; path != last; path += 16) {
      const Block parent = value[0];
      NumberBlocks(path, value);
      Expand128(parent, Drop{}, value);
    }
    Store(current, value[0]);
  } else if (key_size == 32) {
    Block value[2] = {Load(key), Load(key + 16)};
    for (; path != last; path += 16) {
      const Block even = value[0];
      const Block odd = value[1];
      NumberBlocks(path, value);
      Expand256(even, odd, Drop{}, value);
    }
    Store(current, value[0]);
    Store(current + 16, value[1]);
  } else {
    Store(current, Load(key));
    Store(current + 16, LoadFirst(key + 16, 8));
    for (; path != last; path += 16) {
      Block value[2];
      Derive(current, 24, path, value);
      Store(current, value[0]);
      StoreFirst(current + 16, value[1], 8);
    }
  }
  DeriveLast(current, key_size, last, out, out_size);
  WipeStack(current, sizeof(current));
}

void AesniGcmExpand(const std::uint8_t* key, std::size_t key_size, GcmSchedule* schedule) {
  Block zero[1] = {_mm_setzero_si128()};
  schedule->rounds = static_cast<std::uint8_t>(Expand(key, key_size, schedule->round_keys, zero));
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
