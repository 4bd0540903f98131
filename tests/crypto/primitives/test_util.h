// Small helpers of the primitives tests.
#pragma once

#include <cstdint>
#include <string_view>

#include "florin/base/bytes.h"
#include "florin/base/hex.h"
#include "florin/base/random.h"

namespace florin::primitives {

// The bytes of a hexadecimal literal.
inline Bytes Hex(std::string_view text) { return HexDecode(text).value(); }

inline std::string ToHex(ByteView bytes) { return HexEncode(bytes); }

// A repeatable stream of bytes (splitmix64). Not a generator for anything else.
class TestRandom final : public RandomSource {
 public:
  explicit TestRandom(std::uint64_t seed) : state_(seed) {}

  Status Fill(MutableBytes out) override {
    for (std::uint8_t& byte : out) byte = static_cast<std::uint8_t>(Next());
    return OkStatus();
  }

  std::uint64_t Next() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15U);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31);
  }

  // A number in 0..limit-1.
  std::size_t Below(std::size_t limit) { return static_cast<std::size_t>(Next() % limit); }

  Bytes Take(std::size_t size) {
    Bytes out(size);
    (void)Fill(out).ok();
    return out;
  }

 private:
  std::uint64_t state_;
};

}  // namespace florin::primitives
