// Decimal digits out of cryptograms, in constant time: what decides here is secret.
#pragma once

#include <cstdint>

#include "crypto/base/constant_time.h"
#include "florin/base/bytes.h"
#include "florin/base/result.h"

namespace florin::card {

// Gathers decimal digits out of the nibbles of `cryptogram` in two passes, both left to right:
// first the nibbles 0..9, then the nibbles A..F, each as the digit that letter(nibble, position)
// gives. Writes out.size() characters, at most two per byte.
template <class Letter>
void GatherDigits(ByteView cryptogram, MutableBytes out, const Letter& letter) {
  FLORIN_INVARIANT(out.size() <= 2 * cryptogram.size());
  for (std::uint8_t& character : out) character = '0';
  std::uint32_t count = 0;
  for (const bool second_pass : {false, true}) {
    for (std::uint32_t i = 0; i < 2 * cryptogram.size(); ++i) {
      const std::uint32_t byte = cryptogram[i / 2];
      const std::uint32_t nibble = i % 2 == 0 ? byte >> 4U : byte & 15U;
      const std::uint32_t taken = second_pass ? RangeMask(nibble, 10, 15) : RangeMask(nibble, 0, 9);
      const std::uint32_t digit = second_pass ? letter(nibble, i) : nibble;
      for (std::uint32_t place = 0; place < out.size(); ++place) {
        const std::uint32_t here = taken & RangeMask(ValueBarrier(count), place, place);
        out[place] = static_cast<std::uint8_t>(out[place] + (digit & here));
      }
      count += taken & 1U;
    }
  }
}

// The scheme of CVV, PVV and EMV book 2 A1.4.2: the letters A..F stand for 0..5.
inline void Decimalise(ByteView cryptogram, MutableBytes out) {
  GatherDigits(cryptogram, out, [](std::uint32_t nibble, std::uint32_t) { return nibble - 10; });
}

}  // namespace florin::card
