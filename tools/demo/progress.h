// ProgressBar: shows on standard error how far long work has come. Silent where that is no
// terminal.
#pragma once

#include <atomic>
#include <cstddef>
#include <string>
#include <thread>

namespace florin::demo {

// Step is safe for many threads; drawing happens in a thread of its own, ten times a second.
class ProgressBar {
 public:
  ProgressBar(std::string title, std::size_t total, bool enabled);
  ~ProgressBar();
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  void Step() { done_.fetch_add(1, std::memory_order_relaxed); }

 private:
  void Draw() const;

  const std::string title_;
  const std::size_t total_;
  std::atomic<std::size_t> done_{0};
  std::atomic<bool> finished_{false};
  std::thread painter_;
};

}  // namespace florin::demo
