// Clock: where time comes from. Injected, so that tests and replays choose the time.
#pragma once

#include <compare>
#include <cstdint>

#pragma GCC visibility push(default)

namespace florin {

// Seconds since 1970-01-01T00:00:00Z, without leap seconds.
struct UnixSeconds {
  std::int64_t value = 0;
  friend auto operator<=>(const UnixSeconds&, const UnixSeconds&) = default;
};

// Implementations are safe to call from many threads.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual UnixSeconds Now() const = 0;
};

// The wall clock of this machine. Lives as long as the process.
const Clock& SystemClock();

// A clock that stands still at the time it was given.
class FixedClock final : public Clock {
 public:
  explicit FixedClock(UnixSeconds now) : now_(now) {}
  UnixSeconds Now() const override { return now_; }

 private:
  UnixSeconds now_;
};

}  // namespace florin

#pragma GCC visibility pop
