// StageTimes: how long each stage of each payment took. One per thread; merged at the end.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace florin::demo {

enum class Stage : std::uint8_t {
  kMakeToken,
  kVerifyAndDecrypt,
  kTokenize,
  kDetokenize,
  kAuthorize,
  kWholePayment,
};
inline constexpr std::size_t kStages = 6;

struct StageSummary {
  std::size_t count = 0;
  double mean_us = 0;
  double p50_us = 0;
  double p99_us = 0;
};

class StageTimes {
 public:
  // Runs `work` and books its time under `stage`.
  template <class Work>
  auto Time(Stage stage, Work work) {
    const auto start = std::chrono::steady_clock::now();
    auto result = work();
    const auto elapsed = std::chrono::steady_clock::now() - start;
    times_[static_cast<std::size_t>(stage)].push_back(
        std::chrono::duration_cast<std::chrono::nanoseconds>(elapsed).count());
    return result;
  }

  void Merge(const StageTimes& other) {
    for (std::size_t i = 0; i < kStages; ++i) {
      times_[i].insert(times_[i].end(), other.times_[i].begin(), other.times_[i].end());
    }
  }

  StageSummary Summarize(Stage stage) const {
    std::vector<std::int64_t> sorted = times_[static_cast<std::size_t>(stage)];
    if (sorted.empty()) return {};
    std::sort(sorted.begin(), sorted.end());
    double sum = 0;
    for (std::int64_t ns : sorted) sum += static_cast<double>(ns);
    const auto at = [&](double share) {
      const double rank = share * static_cast<double>(sorted.size() - 1);
      return static_cast<double>(sorted[static_cast<std::size_t>(rank)]) / 1000.0;
    };
    return {sorted.size(), sum / static_cast<double>(sorted.size()) / 1000.0, at(0.50), at(0.99)};
  }

 private:
  std::array<std::vector<std::int64_t>, kStages> times_;
};

}  // namespace florin::demo
