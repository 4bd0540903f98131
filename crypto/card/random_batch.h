// RandomBatch: random bytes fetched by the buffer and dealt by the piece.
#pragma once

#include <cstddef>
#include <cstring>

#include "florin/base/bytes.h"
#include "florin/base/random.h"
#include "florin/base/result.h"
#include "florin/base/secret.h"

namespace florin::card {

// The least a buffer may hold: the most one PIN block takes.
inline constexpr std::size_t kMinRandomBatch = 32;

// Deals bytes of `source` out of a buffer of the caller's, which it fills when empty and wipes as
// it deals and at its end. Not to be kept across a fork. Thread-compatible; allocates nothing.
class RandomBatch {
 public:
  // `buffer` has at least kMinRandomBatch bytes and, like `source`, outlives the batch.
  RandomBatch(RandomSource& source, MutableBytes buffer)
      : source_(source), buffer_(buffer), next_(buffer.size()) {
    FLORIN_INVARIANT(buffer.size() >= kMinRandomBatch);
  }
  RandomBatch(const RandomBatch&) = delete;
  RandomBatch& operator=(const RandomBatch&) = delete;
  ~RandomBatch() { Wipe(buffer_); }

  // Fills `out`, at most kMinRandomBatch bytes. Errors: those of the source.
  Status Take(MutableBytes out) {
    FLORIN_INVARIANT(out.size() <= kMinRandomBatch);
    if (buffer_.size() - next_ < out.size()) {
      next_ = buffer_.size();  // nothing may be dealt if the source fails
      FLORIN_CHECK_OK(source_.Fill(buffer_));
      next_ = 0;
    }
    const MutableBytes dealt = buffer_.subspan(next_, out.size());
    std::memcpy(out.data(), dealt.data(), dealt.size());
    Wipe(dealt);
    next_ += out.size();
    return OkStatus();
  }

 private:
  RandomSource& source_;
  MutableBytes buffer_;
  std::size_t next_;
};

}  // namespace florin::card
