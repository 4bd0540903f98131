// Masks in place of branches and tables, for code whose input is secret.
#pragma once

#include <cstdint>

namespace florin {

// All ones where low <= x <= high, else zero. Arguments are below 2^31, so that the sign of a
// difference is its top bit.
constexpr std::uint32_t RangeMask(std::uint32_t x, std::uint32_t low, std::uint32_t high) {
  return (((x - low) | (high - x)) >> 31) - 1;
}

// The same value, of which the compiler knows nothing: it may otherwise see through a mask and make
// a branch or an index of it.
inline std::uint32_t ValueBarrier(std::uint32_t x) {
  __asm__("" : "+r"(x));
  return x;
}

}  // namespace florin
