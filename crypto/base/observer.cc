#include "florin/base/observer.h"

namespace florin {
namespace {

class DroppingObserver final : public Observer {
 public:
  void OnEvent(const Event&) override {}
};

}  // namespace

Observer& NullObserver() {
  static DroppingObserver observer;
  return observer;
}

}  // namespace florin
