// XorInto: the sum of two blocks. Private to this room.
#pragma once

#include <cstdint>
#include <cstring>

#include "florin/base/bytes.h"
#include "florin/base/result.h"

namespace florin::primitives {

// target ^= with; the same length, a multiple of eight bytes.
inline void XorInto(MutableBytes target, ByteView with) {
  FLORIN_INVARIANT(target.size() == with.size() && target.size() % 8 == 0);
  for (std::size_t at = 0; at < target.size(); at += 8) {
    std::uint64_t a = 0;
    std::uint64_t b = 0;
    std::memcpy(&a, target.data() + at, sizeof a);
    std::memcpy(&b, with.data() + at, sizeof b);
    a ^= b;
    std::memcpy(target.data() + at, &a, sizeof a);
  }
}

}  // namespace florin::primitives
