// RandomSource: where random bytes come from. Injected, so that tests and faults can be dealt.
#pragma once

#include "florin/base/bytes.h"
#include "florin/base/result.h"

#pragma GCC visibility push(default)

namespace florin {

// Implementations are safe to call from many threads.
class RandomSource {
 public:
  virtual ~RandomSource() = default;

  // Fills all of `out`, or fails and leaves it unusable.
  virtual Status Fill(MutableBytes out) = 0;
};

// The process's cryptographic generator, buffered per thread; a forked child draws fresh bytes.
// Lives as long as the process.
RandomSource& SystemRandom();

}  // namespace florin

#pragma GCC visibility pop
