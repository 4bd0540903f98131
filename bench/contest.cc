#include "bench/contest.h"

#include <time.h>

#include <algorithm>
#include <cmath>

namespace florin::bench {
namespace {

double ThreadCpuSeconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

Result<double> TimeNs(const Work& work, std::size_t iterations) {
  const double start = ThreadCpuSeconds();
  FLORIN_CHECK_OK(work(iterations));
  return (ThreadCpuSeconds() - start) * 1e9 / static_cast<double>(iterations);
}

// Finds how many iterations take `seconds`, which also warms caches and tables.
Result<std::size_t> Calibrate(const Work& work, double seconds) {
  std::size_t iterations = 1;
  for (;;) {
    FLORIN_TRY(double ns, TimeNs(work, iterations));
    const double total = ns * static_cast<double>(iterations) * 1e-9;
    if (total >= seconds / 4) {
      return std::max<std::size_t>(1, static_cast<std::size_t>(seconds * 1e9 / ns));
    }
    iterations *= 2;
  }
}

double Compare(const Contest& contest, double ours_ns, double rival_ns) {
  if (!contest.bound) return rival_ns / ours_ns;
  switch (contest.bound->kind) {
    case Bound::Kind::kAtLeastTimesFaster: return rival_ns / ours_ns;
    case Bound::Kind::kAtMostTimesSlower: return ours_ns / rival_ns;
    case Bound::Kind::kAtMostMoreNs: return ours_ns - rival_ns;
  }
  return 0;
}

bool Missed(const Bound& bound, const Interval& compared) {
  return bound.kind == Bound::Kind::kAtLeastTimesFaster ? compared.high < bound.value
                                                        : compared.low > bound.value;
}

}  // namespace

Interval MedianInterval(std::vector<double> sample) {
  FLORIN_INVARIANT(sample.size() >= 6);
  std::sort(sample.begin(), sample.end());
  // Ranks of the binomial interval for the median, normal approximation: n/2 -+ 0.98 sqrt(n).
  const double n = static_cast<double>(sample.size());
  const double half_width = 0.98 * std::sqrt(n);
  const auto low = static_cast<std::size_t>(std::max(0.0, std::floor(n / 2 - half_width)));
  const auto high =
      std::min(sample.size() - 1, static_cast<std::size_t>(std::ceil(n / 2 + half_width)));
  const std::size_t middle = sample.size() / 2;
  const double median =
      sample.size() % 2 == 1 ? sample[middle] : (sample[middle - 1] + sample[middle]) / 2;
  return {sample[low], median, sample[high]};
}

Result<Verdict> Judge(const Contest& contest, std::size_t rounds, double round_seconds) {
  FLORIN_TRY(std::size_t ours_iterations, Calibrate(contest.ours, round_seconds));
  FLORIN_TRY(std::size_t rival_iterations, Calibrate(contest.rival, round_seconds));
  std::vector<double> ours;
  std::vector<double> rival;
  std::vector<double> compared;
  for (std::size_t round = 0; round < rounds; ++round) {
    // Who goes first alternates, so that neither side always runs on the other's warm caches.
    double ours_ns = 0;
    double rival_ns = 0;
    for (int turn = 0; turn < 2; ++turn) {
      if ((round % 2 == 0) == (turn == 0)) {
        FLORIN_TRY(ours_ns, TimeNs(contest.ours, ours_iterations));
      } else {
        FLORIN_TRY(rival_ns, TimeNs(contest.rival, rival_iterations));
      }
    }
    ours.push_back(ours_ns);
    rival.push_back(rival_ns);
    compared.push_back(Compare(contest, ours_ns, rival_ns));
  }
  Verdict verdict;
  verdict.contest = &contest;
  verdict.rounds = rounds;
  verdict.ours_ns = MedianInterval(std::move(ours));
  verdict.rival_ns = MedianInterval(std::move(rival));
  verdict.compared = MedianInterval(std::move(compared));
  verdict.missed = contest.bound && Missed(*contest.bound, verdict.compared);
  return verdict;
}

}  // namespace florin::bench
