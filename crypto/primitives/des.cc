// A half block is kept expanded, as E of FIPS 46-3 gives it: six bits in each byte, for S1 in the
// highest. So a round is one exclusive or with the subkey and eight table lookups, whose tables
// hold E(P(S(x))) already. Everything but the S-boxes is linear, so that chaining needs no IP and
// FP in between.
#include "crypto/primitives/des.h"

#include <bit>
#include <cstring>

#include "florin/base/result.h"
#include "florin/base/secret.h"

namespace florin::primitives {
namespace {

constexpr std::size_t kBlock = 8;
constexpr std::uint64_t kNibbles = 0x0F0F0F0F0F0F0F0F;
constexpr std::uint64_t kOnes = 0x0101010101010101;
constexpr std::uint64_t kEvenBytes = 0x00FF00FF00FF00FF;

// --- tables, from FIPS 46-3 appendix 1 ---

constexpr std::uint8_t kS[8][64] = {
    {14, 4,  13, 1, 2,  15, 11, 8, 3, 10, 6, 12, 5,  9,  0,  7,  0,  15, 7,  4,  14, 2,
     13, 1,  10, 6, 12, 11, 9,  5, 3, 8,  4, 1,  14, 8,  13, 6,  2,  11, 15, 12, 9,  7,
     3,  10, 5,  0, 15, 12, 8,  2, 4, 9,  1, 7,  5,  11, 3,  14, 10, 0,  6,  13},
    {15, 1,  8,  14, 6,  11, 3,  4, 9,  7,  2, 13, 12, 0,  5,  10, 3,  13, 4,  7, 15, 2,
     8,  14, 12, 0,  1,  10, 6,  9, 11, 5,  0, 14, 7,  11, 10, 4,  13, 1,  5,  8, 12, 6,
     9,  3,  2,  15, 13, 8,  10, 1, 3,  15, 4, 2,  11, 6,  7,  12, 0,  5,  14, 9},
    {10, 0,  9,  14, 6, 3,  15, 5,  1,  13, 12, 7, 11, 4,  2,  8,  13, 7, 0,  9, 3, 4,
     6,  10, 2,  8,  5, 14, 12, 11, 15, 1,  13, 6, 4,  9,  8,  15, 3,  0, 11, 1, 2, 12,
     5,  10, 14, 7,  1, 10, 13, 0,  6,  9,  8,  7, 4,  15, 14, 3,  11, 5, 2,  12},
    {7, 13, 14, 3, 0, 6,  9, 10, 1,  2, 8,  5, 11, 12, 4,  15, 13, 8,  11, 5, 6, 15,
     0, 3,  4,  7, 2, 12, 1, 10, 14, 9, 10, 6, 9,  0,  12, 11, 7,  13, 15, 1, 3, 14,
     5, 2,  8,  4, 3, 15, 0, 6,  10, 1, 13, 8, 9,  4,  5,  11, 12, 7,  2,  14},
    {2,  12, 4, 1,  7,  10, 11, 6, 8, 5,  3, 15, 13, 0,  14, 9,  14, 11, 2,  12, 4,  7,
     13, 1,  5, 0,  15, 10, 3,  9, 8, 6,  4, 2,  1,  11, 10, 13, 7,  8,  15, 9,  12, 5,
     6,  3,  0, 14, 11, 8,  12, 7, 1, 14, 2, 13, 6,  15, 0,  9,  10, 4,  5,  3},
    {12, 1,  10, 15, 9,  2,  6, 8,  0, 13, 3,  4,  14, 7,  5, 11, 10, 15, 4, 2, 7, 12,
     9,  5,  6,  1,  13, 14, 0, 11, 3, 8,  9,  14, 15, 5,  2, 8,  12, 3,  7, 0, 4, 10,
     1,  13, 11, 6,  4,  3,  2, 12, 9, 5,  15, 10, 11, 14, 1, 7,  6,  0,  8, 13},
    {4, 11, 2,  14, 15, 0,  8,  13, 3, 12, 9,  7, 5,  10, 6,  1,  13, 0,  11, 7,  4, 9,
     1, 10, 14, 3,  5,  12, 2,  15, 8, 6,  1,  4, 11, 13, 12, 3,  7,  14, 10, 15, 6, 8,
     0, 5,  9,  2,  6,  11, 13, 8,  1, 4,  10, 7, 9,  5,  0,  15, 14, 2,  3,  12},
    {13, 2, 8,  4, 6, 15, 11, 1,  10, 9,  3, 14, 5,  0,  12, 7,  1,  15, 13, 8, 10, 3,
     7,  4, 12, 5, 6, 11, 0,  14, 9,  2,  7, 11, 4,  1,  9,  12, 14, 2,  0,  6, 10, 13,
     15, 3, 5,  8, 2, 1,  14, 7,  4,  10, 8, 13, 15, 12, 9,  0,  3,  5,  6,  11}};

constexpr std::uint8_t kP[32] = {16, 7, 20, 21, 29, 12, 28, 17, 1,  15, 23, 26, 5,  18, 31, 10,
                                 2,  8, 24, 14, 32, 27, 3,  9,  19, 13, 30, 6,  22, 11, 4,  25};

constexpr std::uint8_t kPc2[48] = {14, 17, 11, 24, 1,  5,  3,  28, 15, 6,  21, 10, 23, 19, 12, 4,
                                   26, 8,  16, 7,  27, 20, 13, 2,  41, 52, 31, 37, 47, 55, 30, 40,
                                   51, 45, 33, 48, 44, 49, 39, 56, 34, 53, 46, 42, 50, 36, 29, 32};

constexpr std::uint8_t kShifts[16] = {1, 1, 2, 2, 2, 2, 2, 2, 1, 2, 2, 2, 2, 2, 2, 1};

// E of a half whose nibbles lie in one byte each.
constexpr std::uint64_t Expand(std::uint64_t nibbles) {
  return nibbles << 1U | (std::rotr(nibbles, 8) & kOnes) << 5U |
         ((std::rotl(nibbles, 8) >> 3U) & kOnes);
}

// Nibbles into a byte each.
constexpr std::uint64_t Spread(std::uint32_t half) {
  std::uint64_t wide = half;
  wide = (wide | wide << 16U) & 0x0000FFFF0000FFFF;
  wide = (wide | wide << 8U) & kEvenBytes;
  return (wide | wide << 4U) & kNibbles;
}

constexpr std::uint32_t PermuteP(std::uint32_t in) {
  std::uint32_t out = 0;
  for (const std::uint8_t bit : kP) out = out << 1U | (in >> (32U - bit) & 1U);
  return out;
}

// Plain arrays: an index is never checked, which would be a branch on a secret.
struct SBoxes {
  std::uint64_t of[8][64];
};

constexpr SBoxes MakeSBoxes() {
  SBoxes boxes{};
  for (unsigned box = 0; box < 8; ++box) {
    for (unsigned in = 0; in < 64; ++in) {
      const unsigned row = (in >> 4U & 2U) | (in & 1U);
      const std::uint32_t nibble = kS[box][16 * row + (in >> 1U & 15U)];
      boxes.of[box][in] = Expand(Spread(PermuteP(nibble << (28U - 4U * box))));
    }
  }
  return boxes;
}

alignas(64) constexpr SBoxes kBoxes = MakeSBoxes();

// Seven bits of C or of D each: their part of PC-2, four groups of six bits in a byte each.
struct Pc2Tables {
  std::uint32_t of[8][128];
};

constexpr Pc2Tables MakePc2() {
  Pc2Tables tables{};
  for (unsigned at = 0; at < 48; ++at) {
    const unsigned half = at / 24;
    const unsigned from = kPc2[at] - 1U - 28U * half;  // of 28 bits, from the left
    const unsigned to = 31U - 8U * (at % 24 / 6) - 2U - at % 6;
    for (unsigned in = 0; in < 128; ++in) {
      const std::uint32_t bit = in >> (6U - from % 7U) & 1U;
      tables.of[4 * half + from / 7][in] |= bit << to;
    }
  }
  return tables;
}

alignas(64) constexpr Pc2Tables kPc2Tables = MakePc2();

// --- bits ---

// Bytes in the reverse of their order in memory, as a matrix of bits, transposed. IP and PC-1 are
// choices among its rows.
std::uint64_t Transpose(std::uint64_t x) {
  std::uint64_t t = (x ^ x >> 7U) & 0x00AA00AA00AA00AA;
  x ^= t ^ t << 7U;
  t = (x ^ x >> 14U) & 0x0000CCCC0000CCCC;
  x ^= t ^ t << 14U;
  t = (x ^ x >> 28U) & 0x00000000F0F0F0F0;
  return x ^ t ^ t << 28U;
}

constexpr std::uint64_t Reversed(std::uint64_t x) {
  x = (x & kEvenBytes) << 8U | (x >> 8U & kEvenBytes);
  x = (x & 0x0000FFFF0000FFFF) << 16U | (x >> 16U & 0x0000FFFF0000FFFF);
  return x << 32U | x >> 32U;
}

std::uint64_t Load(const std::uint8_t* bytes) {
  std::uint64_t x = 0;
  std::memcpy(&x, bytes, sizeof x);
  return std::endian::native == std::endian::little ? x : Reversed(x);
}

void Store(std::uint64_t x, std::uint8_t* bytes) {
  if (std::endian::native != std::endian::little) x = Reversed(x);
  std::memcpy(bytes, &x, sizeof x);
}

// Two halves, expanded.
struct Halves {
  std::uint64_t left = 0;
  std::uint64_t right = 0;

  void Swap() {
    const std::uint64_t was_left = left;
    left = right;
    right = was_left;
  }
  void Add(const Halves& other) {
    left ^= other.left;
    right ^= other.right;
  }
};

std::uint64_t ExpandRows(std::uint64_t rows) { return Expand((rows | rows << 4U) & kNibbles); }

std::uint64_t RowsOf(std::uint64_t expanded) {
  const std::uint64_t nibbles = expanded >> 1U & kNibbles;
  return (nibbles | nibbles >> 4U) & kEvenBytes;
}

// IP: bits 2, 4, 6, 8 of each byte go left, bits 1, 3, 5, 7 right.
Halves Enter(const std::uint8_t* block) {
  const std::uint64_t rows = Transpose(Load(block));
  return {ExpandRows(rows & kEvenBytes), ExpandRows(rows >> 8U & kEvenBytes)};
}

void Leave(const Halves& halves, std::uint8_t* block) {
  Store(Transpose(RowsOf(halves.left) | RowsOf(halves.right) << 8U), block);
}

// --- rounds ---

// A sum that the compiler keeps as it stands: in its own order, one after the other, the sums of a
// round would take longer than its lookups.
inline std::uint64_t Sum(std::uint64_t a, std::uint64_t b) {
  std::uint64_t sum = a ^ b;
  __asm__("" : "+r"(sum));
  return sum;
}

// The two high bits of every byte of `in` are zero.
inline std::uint64_t Boxes(std::uint64_t in) {
  const auto box = [in](unsigned i) {
    return kBoxes.of[7 - i][static_cast<std::uint8_t>(in >> (8U * i))];
  };
  const std::uint64_t low = Sum(Sum(box(0), box(1)), Sum(box(2), box(3)));
  const std::uint64_t high = Sum(Sum(box(4), box(5)), Sum(box(6), box(7)));
  return low ^ high;
}

enum class Way : bool { kEncrypt, kDecrypt };

// Sixteen rounds, without the swap at the end undone. The subkey of the next round is added to the
// half that waits, so that the sum of the boxes meets both at once.
template <Way kWay>
inline void Rounds(const DesSubkeys& keys, Halves& halves) {
  const auto key = [&keys](std::size_t i) { return keys[kWay == Way::kEncrypt ? i : 15 - i]; };
  std::uint64_t left = halves.left;
  std::uint64_t right = halves.right;
  std::uint64_t in = right ^ key(0);
  for (std::size_t i = 1; i < 15; i += 2) {
    const std::uint64_t first = Boxes(in);
    in = first ^ Sum(left, key(i));
    left ^= first;
    const std::uint64_t second = Boxes(in);
    in = second ^ Sum(right, key(i + 1));
    right ^= second;
  }
  const std::uint64_t first = Boxes(in);
  in = first ^ Sum(left, key(15));
  halves = {right ^ Boxes(in), left ^ first};
}

// Two at once: neither waits for the other's lookups.
template <Way kWay>
inline void Rounds(const DesSubkeys& first_keys, const DesSubkeys& second_keys, Halves& first,
                   Halves& second) {
  for (std::size_t i = 0; i < 16; i += 2) {
    const std::size_t one = kWay == Way::kEncrypt ? i : 15 - i;
    const std::size_t other = kWay == Way::kEncrypt ? i + 1 : 14 - i;
    first.left ^= Boxes(first.right ^ first_keys[one]);
    second.left ^= Boxes(second.right ^ second_keys[one]);
    first.right ^= Boxes(first.left ^ first_keys[other]);
    second.right ^= Boxes(second.left ^ second_keys[other]);
  }
  first.Swap();
  second.Swap();
}

void Encrypt(const DesSchedule& schedule, Halves& halves) {
  Rounds<Way::kEncrypt>(schedule.keys[0], halves);
  if (schedule.single != 0) return;
  Rounds<Way::kDecrypt>(schedule.keys[1], halves);
  Rounds<Way::kEncrypt>(schedule.keys[schedule.third], halves);
}

void Decrypt(const DesSchedule& schedule, Halves& halves) {
  if (schedule.single == 0) {
    Rounds<Way::kDecrypt>(schedule.keys[schedule.third], halves);
    Rounds<Way::kEncrypt>(schedule.keys[1], halves);
  }
  Rounds<Way::kDecrypt>(schedule.keys[0], halves);
}

void Encrypt(const DesSchedule& schedule, Halves& a, Halves& b) {
  Rounds<Way::kEncrypt>(schedule.keys[0], schedule.keys[0], a, b);
  if (schedule.single != 0) return;
  Rounds<Way::kDecrypt>(schedule.keys[1], schedule.keys[1], a, b);
  const DesSubkeys& third = schedule.keys[schedule.third];
  Rounds<Way::kEncrypt>(third, third, a, b);
}

void Decrypt(const DesSchedule& schedule, Halves& a, Halves& b) {
  if (schedule.single == 0) {
    const DesSubkeys& third = schedule.keys[schedule.third];
    Rounds<Way::kDecrypt>(third, third, a, b);
    Rounds<Way::kEncrypt>(schedule.keys[1], schedule.keys[1], a, b);
  }
  Rounds<Way::kDecrypt>(schedule.keys[0], schedule.keys[0], a, b);
}

void Chain(const DesSchedule& schedule, DesChaining with, ByteView blocks, Halves& state) {
  const bool first_key = with == DesChaining::kFirstKey || schedule.single != 0;
  for (std::size_t at = 0; at < blocks.size(); at += kBlock) {
    state.Add(Enter(blocks.data() + at));
    if (first_key) {
      Rounds<Way::kEncrypt>(schedule.keys[0], state);
    } else {
      Encrypt(schedule, state);
    }
  }
}

void ExpandOne(const std::uint8_t* key, DesSubkeys& subkeys) {
  const std::uint64_t rows = Transpose(Load(key));
  const auto row = [rows](unsigned i) {
    return static_cast<std::uint32_t>(rows >> (56U - 8U * i) & 0xFFU);
  };
  std::uint32_t c = row(0) << 20U | row(1) << 12U | row(2) << 4U | row(3) >> 4U;
  std::uint32_t d = row(6) << 20U | row(5) << 12U | row(4) << 4U | (row(3) & 15U);
  constexpr std::uint32_t k28 = 0x0FFFFFFF;
  const auto half = [](std::uint32_t bits, std::size_t table) {
    const auto* const of = kPc2Tables.of + table;
    return of[0][bits >> 21U] ^ of[1][bits >> 14U & 127U] ^ of[2][bits >> 7U & 127U] ^
           of[3][bits & 127U];
  };
  for (std::size_t i = 0; i < 16; ++i) {
    const unsigned shift = kShifts[i];
    c = (c << shift | c >> (28U - shift)) & k28;
    d = (d << shift | d >> (28U - shift)) & k28;
    subkeys[i] = std::uint64_t{half(c, 0)} << 32U | half(d, 4);
  }
}

}  // namespace

TransientDesSchedule::TransientDesSchedule(ByteView key) { ExpandDesKey(key, schedule_); }

TransientDesSchedule::~TransientDesSchedule() {
  Wipe({reinterpret_cast<std::uint8_t*>(&schedule_), sizeof schedule_});
}

void ExpandDesKey(ByteView key, DesSchedule& schedule) {
  const std::size_t parts = key.size() / kBlock;
  FLORIN_INVARIANT(key.size() % kBlock == 0 && parts >= 1 && parts <= 3);
  for (std::size_t i = 0; i < parts; ++i) ExpandOne(key.data() + i * kBlock, schedule.keys[i]);
  schedule.third = parts == 3 ? 2 : 0;
  schedule.single = parts == 1 ? 1 : 0;
}

void DesEncryptEcb(const DesSchedule& schedule, ByteView in, MutableBytes out) {
  std::size_t at = 0;
  for (; in.size() - at >= 2 * kBlock; at += 2 * kBlock) {
    Halves a = Enter(in.data() + at);
    Halves b = Enter(in.data() + at + kBlock);
    Encrypt(schedule, a, b);
    Leave(a, out.data() + at);
    Leave(b, out.data() + at + kBlock);
  }
  if (at == in.size()) return;
  Halves last = Enter(in.data() + at);
  Encrypt(schedule, last);
  Leave(last, out.data() + at);
}

void DesDecryptEcb(const DesSchedule& schedule, ByteView in, MutableBytes out) {
  std::size_t at = 0;
  for (; in.size() - at >= 2 * kBlock; at += 2 * kBlock) {
    Halves a = Enter(in.data() + at);
    Halves b = Enter(in.data() + at + kBlock);
    Decrypt(schedule, a, b);
    Leave(a, out.data() + at);
    Leave(b, out.data() + at + kBlock);
  }
  if (at == in.size()) return;
  Halves last = Enter(in.data() + at);
  Decrypt(schedule, last);
  Leave(last, out.data() + at);
}

void DesEncryptCbc(const DesSchedule& schedule, MutableBytes chain, ByteView in, MutableBytes out) {
  Halves state = Enter(chain.data());
  for (std::size_t at = 0; at < in.size(); at += kBlock) {
    state.Add(Enter(in.data() + at));
    Encrypt(schedule, state);
    Leave(state, out.data() + at);
  }
  Leave(state, chain.data());
}

void DesDecryptCbc(const DesSchedule& schedule, MutableBytes chain, ByteView in, MutableBytes out) {
  Halves before = Enter(chain.data());
  std::size_t at = 0;
  for (; in.size() - at >= 2 * kBlock; at += 2 * kBlock) {
    const Halves first = Enter(in.data() + at);
    const Halves second = Enter(in.data() + at + kBlock);
    Halves a = first;
    Halves b = second;
    Decrypt(schedule, a, b);
    a.Add(before);
    b.Add(first);
    before = second;
    Leave(a, out.data() + at);
    Leave(b, out.data() + at + kBlock);
  }
  if (at < in.size()) {
    const Halves last = Enter(in.data() + at);
    Halves clear = last;
    Decrypt(schedule, clear);
    clear.Add(before);
    before = last;
    Leave(clear, out.data() + at);
  }
  Leave(before, chain.data());
}

void DesChain(const DesSchedule& schedule, DesChaining with, ByteView blocks, MutableBytes chain) {
  Halves state = Enter(chain.data());
  Chain(schedule, with, blocks, state);
  Leave(state, chain.data());
}

void DesMac(const DesSchedule& schedule, DesChaining with, ByteView blocks, ByteView last,
            MutableBytes mac) {
  Halves state;
  Chain(schedule, with, blocks, state);
  Chain(schedule, DesChaining::kWholeKey, last, state);
  Leave(state, mac.data());
}

void DesEncryptPair(const DesSubkeys& first, const DesSubkeys& second, MutableBytes blocks) {
  Halves a = Enter(blocks.data());
  Halves b = Enter(blocks.data() + kBlock);
  Rounds<Way::kEncrypt>(first, second, a, b);
  Leave(a, blocks.data());
  Leave(b, blocks.data() + kBlock);
}

}  // namespace florin::primitives
