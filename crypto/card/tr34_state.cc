#include <algorithm>
#include <map>
#include <mutex>
#include <set>

#include "florin/card/tr34_options.h"

namespace florin::card {
namespace {

class MemoryTr34State final : public Tr34State {
 public:
  explicit MemoryTr34State(std::size_t capacity) : capacity_(capacity) {}

  Status Remember(ByteView random) override {
    const std::lock_guard lock(mutex_);
    if (randoms_.size() >= capacity_) return Full();
    if (!randoms_.emplace(random.begin(), random.end()).second) {
      return Error(ErrorCode::kAlreadyExists, "this random number is outstanding already");
    }
    return OkStatus();
  }

  Status Claim(ByteView random) override {
    const std::lock_guard lock(mutex_);
    if (randoms_.erase(Bytes(random.begin(), random.end())) == 1) return OkStatus();
    return Error(ErrorCode::kReplayed, "the random number of the token is not outstanding");
  }

  Status Advance(ByteView kdh, UnixSeconds time) override {
    const std::lock_guard lock(mutex_);
    const Bytes key(kdh.begin(), kdh.end());
    const auto found = times_.find(key);
    if (found == times_.end()) {
      if (times_.size() >= capacity_) return Full();
      times_.emplace(key, time);
      return OkStatus();
    }
    if (time <= found->second) {
      return Error(ErrorCode::kReplayed, "the token is not later than the last one of its sender");
    }
    found->second = time;
    return OkStatus();
  }

 private:
  static Error Full() {
    return Error(ErrorCode::kResourceExhausted, "the TR-34 state holds as much as it may");
  }

  const std::size_t capacity_;
  std::mutex mutex_;
  std::set<Bytes> randoms_;
  std::map<Bytes, UnixSeconds> times_;
};

}  // namespace

std::unique_ptr<Tr34State> MakeMemoryTr34State(std::size_t capacity) {
  return std::make_unique<MemoryTr34State>(capacity);
}

}  // namespace florin::card
