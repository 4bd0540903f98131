#include <algorithm>
#include <deque>
#include <map>
#include <mutex>

#include "florin/card/tr34_options.h"

namespace florin::card {
namespace {

class MemoryTr34State final : public Tr34State {
 public:
  explicit MemoryTr34State(std::size_t capacity) : capacity_(std::max<std::size_t>(capacity, 1)) {}

  Status Remember(ByteView kdh, ByteView random) override {
    const std::lock_guard lock(mutex_);
    Outstanding entry(kdh, random);
    if (std::ranges::find(outstanding_, entry) != outstanding_.end()) {
      return Error(ErrorCode::kAlreadyExists, "this random number is outstanding already");
    }
    if (outstanding_.size() == capacity_) outstanding_.pop_front();
    outstanding_.push_back(std::move(entry));
    return OkStatus();
  }

  Status Claim(ByteView kdh, ByteView random) override {
    const std::lock_guard lock(mutex_);
    if (std::erase(outstanding_, Outstanding(kdh, random)) == 1) return OkStatus();
    return Error(ErrorCode::kReplayed, "the random number of the token is not outstanding");
  }

  Status Forget(ByteView kdh) override {
    const std::lock_guard lock(mutex_);
    std::erase_if(outstanding_,
                  [kdh](const Outstanding& entry) { return SameBytes(entry.kdh, kdh); });
    return OkStatus();
  }

  Status Advance(ByteView sender, UnixSeconds time) override {
    const std::lock_guard lock(mutex_);
    const Bytes key(sender.begin(), sender.end());
    const auto found = times_.find(key);
    if (found == times_.end()) {
      if (times_.size() >= capacity_) {
        return Error(ErrorCode::kResourceExhausted,
                     "the TR-34 state knows as many senders as it may");
      }
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
  struct Outstanding {
    Outstanding(ByteView of, ByteView number)
        : kdh(of.begin(), of.end()), random(number.begin(), number.end()) {}
    friend bool operator==(const Outstanding&, const Outstanding&) = default;
    Bytes kdh;
    Bytes random;
  };

  const std::size_t capacity_;
  std::mutex mutex_;
  std::deque<Outstanding> outstanding_;  // the oldest in front
  std::map<Bytes, UnixSeconds> times_;
};

}  // namespace

std::unique_ptr<Tr34State> MakeMemoryTr34State(std::size_t capacity) {
  return std::make_unique<MemoryTr34State>(capacity);
}

}  // namespace florin::card
