#include "florin/base/clock.h"

#include <ctime>

namespace florin {
namespace {

class WallClock final : public Clock {
 public:
  UnixSeconds Now() const override {
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    return UnixSeconds{now.tv_sec};
  }
};

}  // namespace

const Clock& SystemClock() {
  static const WallClock clock;
  return clock;
}

}  // namespace florin
