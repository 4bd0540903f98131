// SoftToken and SoftSession: the seam over keys held in this process.
#pragma once

#include <memory>

#include "florin/base/clock.h"
#include "florin/base/random.h"
#include "florin/hsm/session.h"

#pragma GCC visibility push(default)

namespace florin::hsm {

// The keys of this process, in guarded memory, gone with the object. Safe for many threads.
// Sessions share it and keep it alive.
class SoftToken {
 public:
  // `random` and `clock`, by which dates of keys are judged, outlive the token.
  static Result<SoftToken> Create(RandomSource& random = SystemRandom(),
                                  const Clock& clock = SystemClock());

  SoftToken(SoftToken&&) noexcept;
  SoftToken& operator=(SoftToken&&) noexcept;
  ~SoftToken();

  // A session on these keys. Persistent keys are seen by every session of the token; others by the
  // session that made them, and end with it.
  Result<std::unique_ptr<Session>> OpenSession() const;

 private:
  struct Keys;
  explicit SoftToken(std::shared_ptr<Keys> keys);
  friend class SoftSession;
  std::shared_ptr<Keys> keys_;
};

}  // namespace florin::hsm

#pragma GCC visibility pop
