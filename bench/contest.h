// Contest: one operation of ours against one rival, measured in the same run.
//
// A ratio is judged on paired rounds: each round times ours and the rival back to back, in thread
// CPU time, and yields one ratio. What is reported is the median of the rounds and its 95 percent
// interval (order statistics, no assumption about the distribution). A bound counts as missed only
// where that interval lies wholly beyond it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "florin/base/result.h"

namespace florin::bench {

// Runs the operation `iterations` times. Fails where a result is not what it must be: a benchmark
// that computes nonsense is not a benchmark.
using Work = std::function<Status(std::size_t iterations)>;

struct Bound {
  enum class Kind : std::uint8_t {
    kAtLeastTimesFaster,  // rival / ours >= value
    kAtMostTimesSlower,   // ours / rival <= value
    kAtMostMoreNs,        // ours - rival <= value, in nanoseconds
  };
  Kind kind;
  double value;
};

struct Contest {
  std::string name;        // "apple_pay/open"
  std::string ours_name;   // "florin, chain cached"
  std::string rival_name;  // "OpenSSL EVP, straightforward"
  Work ours;
  Work rival;
  std::optional<Bound> bound;
};

// A contest whose rival or set-up is not to be had here, and why.
struct Absent {
  std::string name;
  std::string reason;
};

// What one bench file contributes.
struct Entries {
  std::vector<Contest> contests;
  std::vector<Absent> absent;
};

struct Interval {
  double low = 0;
  double median = 0;
  double high = 0;
};

struct Verdict {
  const Contest* contest = nullptr;
  std::size_t rounds = 0;
  Interval ours_ns;   // per operation
  Interval rival_ns;  // per operation
  Interval compared;  // in the unit of the bound; without a bound, rival / ours
  bool missed = false;
};

// Median and 95 percent interval of a sample of at least 6.
Interval MedianInterval(std::vector<double> sample);

// Times `rounds` (at least 30) paired rounds of about `round_seconds` for each side.
Result<Verdict> Judge(const Contest& contest, std::size_t rounds, double round_seconds);

}  // namespace florin::bench
