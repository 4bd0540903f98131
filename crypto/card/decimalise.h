// Decimal digits out of cryptograms, in constant time: what decides here is secret.
#pragma once

#include <cstddef>
#include <cstdint>

#include "crypto/base/constant_time.h"
#include "florin/base/bytes.h"
#include "florin/base/result.h"

namespace florin::card {

// Most digits that one call gathers.
inline constexpr std::size_t kMaxGathered = 16;

// Gathers decimal digits out of the nibbles of `cryptogram` in two passes, both left to right:
// first the nibbles 0..9, then the nibbles A..F, each as the digit that letter(nibble, position)
// gives. Writes out.size() characters, at most two per byte and at most kMaxGathered.
template <class Letter>
void GatherDigits(ByteView cryptogram, MutableBytes out, const Letter& letter) {
  FLORIN_INVARIANT(out.size() <= 2 * cryptogram.size() && out.size() <= kMaxGathered);
  const auto nibble_at = [cryptogram](std::uint32_t i) {
    return static_cast<std::uint32_t>(cryptogram.data()[i / 2]) >> (i % 2 == 0 ? 4U : 0U) & 15U;
  };
  const auto count = static_cast<std::uint32_t>(2 * cryptogram.size());
  std::uint32_t letters_begin = 0;
  for (std::uint32_t i = 0; i < count; ++i) letters_begin += RangeMask(nibble_at(i), 0, 9) & 1U;
  std::uint64_t digits = 0;  // four bits each, the first one lowest
  std::uint32_t digits_before = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::uint32_t nibble = nibble_at(i);
    const std::uint32_t is_digit = ValueBarrier(RangeMask(nibble, 0, 9));
    const std::uint32_t place =
        (digits_before & is_digit) | ((letters_begin + i - digits_before) & ~is_digit);
    const std::uint64_t digit = (nibble & is_digit) | (letter(nibble, i) & ~is_digit);
    digits |= (digit & RangeMask(place, 0, kMaxGathered - 1)) << (4U * place & 63U);
    digits_before += is_digit & 1U;
  }
  for (std::uint8_t& character : out) {
    character = static_cast<std::uint8_t>('0' + (digits & 15U));
    digits >>= 4U;
  }
}

// Decimalise for sixteen nibbles, all of them at once in the nibbles of one word. Returns the
// digits four bits each, the first one lowest.
inline std::uint64_t DecimaliseBlock(std::span<const std::uint8_t, 8> cryptogram) {
  constexpr std::uint64_t kOnes = 0x1111111111111111;
  constexpr std::uint64_t kPositions = 0xFEDCBA9876543210;
  std::uint64_t nibbles = 0;  // the first one lowest
  for (std::size_t i = 8; i-- > 0;) {
    const std::uint64_t byte = cryptogram[i];
    nibbles = nibbles << 8U | (byte & 15U) << 4U | byte >> 4U;
  }
  const std::uint64_t letters = nibbles >> 3U & (nibbles >> 2U | nibbles >> 1U) & kOnes;
  const std::uint64_t letter_mask = letters * 15U;
  const std::uint64_t values = nibbles - letters * 10U;
  // Modulo 16 in each nibble; only the last one can reach 16.
  const std::uint64_t letters_so_far = letters * kOnes;
  const std::uint64_t letters_before = letters_so_far - letters;
  const std::uint64_t first_letter = (16U - (letters_so_far >> 60U)) & 15U;
  const std::uint64_t places = ((kPositions - letters_before) & ~letter_mask) |
                               ((letters_before & letter_mask) + letters * first_letter);
  std::uint64_t digits = 0;
  for (unsigned shift = 0; shift < 64; shift += 4) {
    digits |= (values >> shift & 15U) << ((places >> shift & 15U) * 4U);
  }
  return digits;
}

// The scheme of CVV, PVV and EMV book 2 A1.4.2: the letters A..F stand for 0..5.
inline void Decimalise(ByteView cryptogram, MutableBytes out) {
  if (cryptogram.size() != 8 || out.size() > kMaxGathered) {
    GatherDigits(cryptogram, out, [](std::uint32_t nibble, std::uint32_t) { return nibble - 10; });
    return;
  }
  std::uint64_t digits = DecimaliseBlock(cryptogram.first<8>());
  for (std::uint8_t& character : out) {
    character = static_cast<std::uint8_t>('0' + (digits & 15U));
    digits >>= 4U;
  }
}

}  // namespace florin::card
