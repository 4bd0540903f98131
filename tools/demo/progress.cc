#include "tools/demo/progress.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <utility>

namespace florin::demo {

ProgressBar::ProgressBar(std::string title, std::size_t total, bool enabled)
    : title_(std::move(title)), total_(total) {
  if (!enabled || isatty(STDERR_FILENO) == 0) return;
  painter_ = std::thread([this] {
    while (!finished_.load(std::memory_order_acquire)) {
      Draw();
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    Draw();
    std::fputc('\n', stderr);
  });
}

ProgressBar::~ProgressBar() {
  finished_.store(true, std::memory_order_release);
  if (painter_.joinable()) painter_.join();
}

void ProgressBar::Draw() const {
  constexpr std::size_t kWidth = 40;
  const std::size_t done = std::min(done_.load(std::memory_order_relaxed), total_);
  const std::size_t filled = total_ == 0 ? kWidth : done * kWidth / total_;
  std::string bar(kWidth, '.');
  std::fill_n(bar.begin(), filled, '#');
  std::fprintf(stderr, "\r%-24s [%s] %zu/%zu", title_.c_str(), bar.c_str(), done, total_);
  std::fflush(stderr);
}

}  // namespace florin::demo
