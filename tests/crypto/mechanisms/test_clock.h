// A clock that a test sets, and that counts how often it is read.
#pragma once

#include <atomic>

#include "florin/base/clock.h"

namespace florin::mechanisms {

class TestClock final : public Clock {
 public:
  explicit TestClock(UnixSeconds now = {}) : now_(now.value) {}

  UnixSeconds Now() const override {
    ++reads_;
    return {now_.load()};
  }
  void Set(UnixSeconds now) { now_ = now.value; }
  int reads() const { return reads_; }

 private:
  std::atomic<std::int64_t> now_;
  mutable std::atomic<int> reads_{0};
};

}  // namespace florin::mechanisms
