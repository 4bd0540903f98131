// florin-bench: every contest as paired ratios, or through Google Benchmark.
#include <benchmark/benchmark.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>
#include <vector>

#include "bench/contest.h"
#include "bench/entries.h"
#include "crypto/base/json_writer.h"

namespace florin::bench {
namespace {

struct Options {
  std::string filter;
  std::size_t rounds = 40;
  double round_ms = 20;
  bool json = false;
  bool google = false;
  bool smoke = false;
};

Result<Entries> Collect() {
  Entries all;
  for (auto* make : {&EcEntries, &HpkeEntries, &KernelsEntries, &PayloadEntries, &GooglePayEntries,
                     &VaultEntries, &CardEntries, &ModuleEntries}) {
    FLORIN_TRY(Entries entries, make());
    for (Contest& contest : entries.contests) all.contests.push_back(std::move(contest));
    for (Absent& absent : entries.absent) all.absent.push_back(std::move(absent));
  }
  return all;
}

// Leaves what the filter names. False where that is nothing; then says what there is.
bool Keep(const std::string& filter, Entries& entries) {
  const auto named = [&filter](const auto& entry) {
    return entry.name.find(filter) != std::string::npos;
  };
  std::string names;
  for (const Contest& contest : entries.contests) names += "  " + contest.name + "\n";
  for (const Absent& absent : entries.absent) names += "  " + absent.name + " (absent)\n";
  std::erase_if(entries.contests, [&](const Contest& contest) { return !named(contest); });
  std::erase_if(entries.absent, [&](const Absent& absent) { return !named(absent); });
  if (!entries.contests.empty() || !entries.absent.empty()) return true;
  std::fprintf(stderr, "florin-bench: --filter %s matches nothing; it is part of one of these:\n%s",
               filter.c_str(), names.c_str());
  return false;
}

std::string BoundText(const Contest& contest) {
  if (!contest.bound) return "";
  char text[64];
  switch (contest.bound->kind) {
    case Bound::Kind::kAtLeastTimesFaster:
      std::snprintf(text, sizeof text, "at least %.3gx", contest.bound->value);
      break;
    case Bound::Kind::kAtMostTimesSlower:
      std::snprintf(text, sizeof text, "at most %.3gx", contest.bound->value);
      break;
    case Bound::Kind::kAtMostMoreNs:
      std::snprintf(text, sizeof text, "at most +%.4g ns", contest.bound->value);
      break;
  }
  return text;
}

const char* ComparedName(const Contest& contest) {
  if (!contest.bound || contest.bound->kind == Bound::Kind::kAtLeastTimesFaster) {
    return "rival/ours";
  }
  return contest.bound->kind == Bound::Kind::kAtMostTimesSlower ? "ours/rival" : "ours-rival ns";
}

void PrintText(const Verdict& verdict) {
  const Contest& contest = *verdict.contest;
  std::printf("%s\n  %-40s %12.1f ns\n  %-40s %12.1f ns\n", contest.name.c_str(),
              contest.ours_name.c_str(), verdict.ours_ns.median, contest.rival_name.c_str(),
              verdict.rival_ns.median);
  std::printf("  %s %.3f  [%.3f, %.3f]  %s%s\n\n", ComparedName(contest), verdict.compared.median,
              verdict.compared.low, verdict.compared.high, BoundText(contest).c_str(),
              !contest.bound   ? ""
              : verdict.missed ? ": MISSED"
                               : ": reached");
}

void WriteJson(JsonWriter& json, const Verdict& verdict) {
  const auto number = [](double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.4f", value);
    return std::string(text);
  };
  const Contest& contest = *verdict.contest;
  json.BeginObject()
      .String("name", contest.name)
      .String("ours", contest.ours_name)
      .String("rival", contest.rival_name)
      .Uint("rounds", verdict.rounds);
  json.Name("oursNs").NumberText(number(verdict.ours_ns.median));
  json.Name("rivalNs").NumberText(number(verdict.rival_ns.median));
  json.String("compared", ComparedName(contest));
  json.Name("median").NumberText(number(verdict.compared.median));
  json.Name("low95").NumberText(number(verdict.compared.low));
  json.Name("high95").NumberText(number(verdict.compared.high));
  json.String("bound", BoundText(contest)).Bool("missed", verdict.missed).EndObject();
}

int RunContests(const Entries& entries, const Options& options) {
  bool missed = false;
  std::string text;
  JsonWriter json(&text);
  json.BeginObject();
  json.Name("contests").BeginArray();
  for (const Contest& contest : entries.contests) {
    auto verdict = Judge(contest, options.rounds, options.round_ms / 1000);
    if (!verdict.ok()) {
      std::fprintf(stderr, "florin-bench: %s: %s\n", contest.name.c_str(),
                   verdict.error().message());
      return 1;
    }
    missed = missed || verdict->missed;
    if (options.json) {
      WriteJson(json, *verdict);
    } else {
      PrintText(*verdict);
      std::fflush(stdout);
    }
  }
  json.EndArray();
  json.Name("absent").BeginArray();
  for (const Absent& absent : entries.absent) {
    json.BeginObject().String("name", absent.name).String("reason", absent.reason).EndObject();
    if (!options.json) std::printf("absent: %s: %s\n", absent.name.c_str(), absent.reason.c_str());
  }
  json.EndArray().EndObject();
  if (options.json && json.Finish().ok()) std::printf("%s\n", text.c_str());
  return missed ? 2 : 0;
}

// One iteration of everything: proves that no benchmark has rotted.
int RunSmoke(const Entries& entries) {
  for (const Contest& contest : entries.contests) {
    for (const Work* work : {&contest.ours, &contest.rival}) {
      if (const Status status = (*work)(2); !status.ok()) {
        std::fprintf(stderr, "%s: %s\n", contest.name.c_str(), status.error().message());
        return 1;
      }
    }
  }
  std::printf("%zu contests ran\n", entries.contests.size());
  return 0;
}

void Register(const std::string& name, const Work& work) {
  benchmark::RegisterBenchmark(name.c_str(), [&work](benchmark::State& state) {
    for ([[maybe_unused]] auto iteration : state) {
      if (const Status status = work(1); !status.ok()) {
        state.SkipWithError(status.error().message());
        break;
      }
    }
  });
}

int RunGoogle(const Entries& entries, int argc, char** argv) {
  for (const Contest& contest : entries.contests) {
    Register(contest.name + "/ours: " + contest.ours_name, contest.ours);
    Register(contest.name + "/rival: " + contest.rival_name, contest.rival);
  }
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}

int Main(int argc, char** argv) {
  Options options;
  CLI::App app{
      "Measures Florin against its rivals in the same run: paired rounds, thread CPU time, the\n"
      "median ratio with its 95 percent interval.",
      "florin-bench"};
  app.allow_extras();
  app.add_option("--filter", options.filter, "Only contests whose name contains this");
  app.add_option("--rounds", options.rounds, "Paired rounds")
      ->check(CLI::Range(30, 10000))
      ->capture_default_str();
  app.add_option("--round-ms", options.round_ms, "Milliseconds for each side of a round")
      ->check(CLI::Range(0.01, 10000.0))
      ->capture_default_str();
  app.add_flag("--json", options.json, "Print one JSON object");
  app.add_flag("--smoke", options.smoke, "Run everything once, measure nothing");
  app.add_flag("--google", options.google,
               "Run through Google Benchmark; --benchmark_* options pass through");
  app.footer("Exit status: 0 all bounds reached, 2 a bound was missed, 1 a failure.");
  CLI11_PARSE(app, argc, argv);

  auto entries = Collect();
  if (!entries.ok()) {
    std::fprintf(stderr, "florin-bench: set-up failed: %s (%s, %u)\n", entries.error().message(),
                 ErrorCodeName(entries.error().code()), entries.error().detail());
    return 1;
  }
  if (!Keep(options.filter, *entries)) return 1;
  if (options.smoke) return RunSmoke(*entries);
  if (options.google) return RunGoogle(*entries, argc, argv);
  return RunContests(*entries, options);
}

}  // namespace
}  // namespace florin::bench

int main(int argc, char** argv) { return florin::bench::Main(argc, argv); }
