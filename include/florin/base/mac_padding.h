// MacPadding: how ISO/IEC 9797-1 fills a message up to whole blocks.
#pragma once

#include <cstdint>

#pragma GCC visibility push(default)

namespace florin {

enum class MacPadding : std::uint8_t {
  kMethod1,  // the fewest zero bytes: none behind whole blocks, a block for an empty message
  kMethod2,  // 80, then the fewest zero bytes
  // One block with the message's length in bits in front, then as method 1. For an empty message
  // that is two blocks of zeros, as its published implementations have it; whether the norm wants
  // the second of them is not proven.
  kMethod3,
};

}  // namespace florin

#pragma GCC visibility pop
