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
  // All of it, for a test that fails.
  std::string Told() const {
    std::string text;
    for (const Event& event : events) {
      text.append(event.stage).append(": ").append(event.outcome.message()).append("; ");
    }
    return text;
  }
  std::vector<Event> events;

 private:
  std::mutex mutex_;
};

}  // namespace florin::payload
