// An observer that remembers what it was told.
#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "florin/base/observer.h"

namespace florin::payload {

class RecordingObserver final : public Observer {
 public:
  void OnEvent(const Event& event) override {
    const std::scoped_lock lock(mutex_);
    events.push_back(event);
  }
  std::string last_stage() const { return events.empty() ? "" : events.back().stage; }
  std::vector<Event> events;

 private:
  std::mutex mutex_;
};

}  // namespace florin::payload
