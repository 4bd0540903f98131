// Kills a process that fills a vault: at each named step, and at random moments. No acknowledged
// token may be lost, and a PAN keeps its token.
//
// FLORIN_KILLS sets the number of random kills (20 unless set); FLORIN_FAULT_SEED repeats a run's
// choices, though not what the scheduler makes of them.
#include <gtest/gtest.h>
#include <poll.h>

#include <atomic>
#include <cctype>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <map>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/tokenizer/vault_testing.h"

namespace florin::tokenizer {
namespace {

using testing::FirstDomain;
using testing::kDomain;
using testing::KillAtStep;
using testing::MakePan;
using testing::TestDirectory;
using testing::TestHsm;

// One acknowledgement: which PAN got which token. Shorter than PIPE_BUF, so writes do not mix.
struct Acknowledgement {
  std::uint64_t pan;
  char token[16];
};

struct Plan {
  StepHook* hook = nullptr;
  std::uint64_t first_pan = 0;
  std::uint64_t pans = 0;
  int threads = 1;
  bool batches = false;
};

constexpr std::chrono::microseconds kForever = std::chrono::seconds(60);

// When to kill: so long after the start, or after the first acknowledgement.
struct Moment {
  std::chrono::microseconds delay;
  bool after_first = false;
};

bool Acknowledge(int out, std::uint64_t index, const Token& token) {
  Acknowledgement said{index, {}};
  token.digits().copy(said.token, sizeof said.token);
  return write(out, &said, sizeof said) == static_cast<ssize_t>(sizeof said);
}

bool TokeniseSome(Vault& vault, const Plan& plan, int out) {
  if (plan.batches) {
    constexpr std::uint64_t kBatch = 8;
    for (std::uint64_t begin = 0; begin < plan.pans; begin += kBatch) {
      std::vector<Pan> pans;
      for (std::uint64_t i = 0; i < kBatch; ++i) {
        pans.push_back(MakePan(plan.first_pan + begin + i));
      }
      std::vector<TokenizeItem> items(kBatch);
      for (std::size_t i = 0; i < kBatch; ++i) items[i].pan = &pans[i];
      if (!vault.TokenizeBatch(kDomain, items).ok()) return false;
      for (std::size_t i = 0; i < kBatch; ++i) {
        if (!items[i].token.ok()) return false;
        if (!Acknowledge(out, plan.first_pan + begin + i, *items[i].token)) return false;
      }
    }
    return true;
  }
  for (std::uint64_t i = 0; i < plan.pans; ++i) {
    const auto token = vault.Tokenize(MakePan(plan.first_pan + i), kDomain);
    if (!token.ok() || !Acknowledge(out, plan.first_pan + i, *token)) return false;
  }
  return true;
}

int Child(const std::string& directory, const Plan& plan, int out) {
  TestHsm hsm;
  auto vault = hsm.OpenHooked(directory, plan.hook);
  if (!vault.ok() || !(*vault)->RegisterDomain(FirstDomain()).ok()) return 1;
  std::atomic<bool> good{true};
  std::vector<std::thread> threads;
  for (int t = 1; t < plan.threads; ++t) {
    threads.emplace_back([&] {
      if (!TokeniseSome(**vault, plan, out)) good = false;
    });
  }
  if (!TokeniseSome(**vault, plan, out)) good = false;
  for (std::thread& thread : threads) thread.join();
  return good ? 0 : 2;
}

class VaultKillTest : public ::testing::Test {
 protected:
  // Runs a child, kills it in time unless it ends before, and keeps what it acknowledged. Returns
  // what waitpid tells.
  int Run(const Plan& plan, Moment moment) {
    int pipes[2];
    FLORIN_INVARIANT(pipe(pipes) == 0);
    const pid_t child = fork();
    FLORIN_INVARIANT(child >= 0);
    if (child == 0) {
      close(pipes[0]);
      _exit(Child(directory_.vault(), plan, pipes[1]));
    }
    close(pipes[1]);
    const auto start = std::chrono::steady_clock::now();
    auto deadline = start + (moment.after_first ? kForever : moment.delay);
    bool killed = false;
    Acknowledgement said;
    for (;;) {
      const auto left = std::chrono::duration_cast<std::chrono::microseconds>(
          deadline - std::chrono::steady_clock::now());
      if (!killed && left.count() <= 0) {
        kill(child, SIGKILL);
        killed = true;
      }
      pollfd readable{pipes[0], POLLIN, 0};
      const timespec wait{left.count() / 1000000, left.count() % 1000000 * 1000};
      if (ppoll(&readable, 1, killed ? nullptr : &wait, nullptr) <= 0) continue;
      if (read(pipes[0], &said, sizeof said) != static_cast<ssize_t>(sizeof said)) break;
      Note(said);
      if (std::exchange(moment.after_first, false)) {
        deadline = std::chrono::steady_clock::now() + moment.delay;
      }
    }
    close(pipes[0]);
    int status = 0;
    FLORIN_INVARIANT(waitpid(child, &status, 0) == child);
    return status;
  }

  void Note(const Acknowledgement& said) {
    const std::string token(said.token, sizeof said.token);
    const auto [known, fresh] = tokens_.emplace(said.pan, token);
    EXPECT_EQ(known->second, token) << "a number changed its token";
    if (fresh) ++acknowledged_;
  }

  // Opens the vault afresh and asks for everything that was ever acknowledged.
  void Verify() {
    TestHsm hsm;
    auto vault = hsm.OpenHooked(directory_.vault(), nullptr);
    ASSERT_OK(vault);
    ASSERT_OK((*vault)->RegisterDomain(FirstDomain()));
    for (const auto& [index, digits] : tokens_) {
      const Pan pan = MakePan(index);
      const auto token = (*vault)->Tokenize(pan, kDomain);
      ASSERT_OK(token);
      EXPECT_EQ(token->digits(), digits);
      const auto back = (*vault)->Detokenize(*token, kDomain);
      ASSERT_OK(back);
      EXPECT_TRUE(back->EqualTo(pan));
    }
  }

  TestDirectory directory_;
  std::map<std::uint64_t, std::string> tokens_;
  std::uint64_t acknowledged_ = 0;
};

TEST_F(VaultKillTest, AtEachStep) {
  for (const std::string_view step : steps::kAll) {
    for (const int times : {1, 2, 5}) {
      const bool batches = times == 2;
      // Steps of the creation are met only by a process that creates.
      const bool once = step == steps::kDirectoryMade || step == steps::kDirectorySynced ||
                        step == steps::kRingSealed;
      if (once || step == steps::kMetaPut) {
        if (once && times > 1) continue;
        std::error_code ignored;
        std::filesystem::remove_all(directory_.vault(), ignored);
        tokens_.clear();
      }
      KillAtStep hook(step, times);
      const std::uint64_t first = acknowledged_;
      const int status = Run({&hook, first, 48, 1, batches}, {kForever, false});
      ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
          << step << " was not met " << times << " times, status " << status;
      Verify();
      // The survivor goes on with the very numbers that the dead one was at.
      ASSERT_EQ(Run({nullptr, first, 8, 1, batches}, {kForever, false}), 0);
      Verify();
    }
  }
}

TEST_F(VaultKillTest, AtRandomMoments) {
  const char* kills_text = std::getenv("FLORIN_KILLS");
  const char* seed_text = std::getenv("FLORIN_FAULT_SEED");
  const long kills = kills_text != nullptr ? std::strtol(kills_text, nullptr, 10) : 20;
  const std::uint64_t seed =
      seed_text != nullptr ? std::strtoull(seed_text, nullptr, 10) : std::random_device{}();
  std::cout << "FLORIN_FAULT_SEED=" << seed << " FLORIN_KILLS=" << kills << "\n";
  std::mt19937_64 random(seed);
  long killed = 0;
  long early = 0;
  for (long round = 0; round < kills; ++round) {
    const int threads = 1 + static_cast<int>(random() % 4);
    // Half of the numbers were tokenised by an earlier child, so that finding is killed too.
    const std::uint64_t first = acknowledged_ < 20 ? 0 : acknowledged_ - 20;
    const Plan plan{nullptr, first, 1000, threads, random() % 4 == 0};
    const Moment moment{std::chrono::microseconds(random() % 40000), random() % 3 != 0};
    const std::uint64_t before = acknowledged_;
    const int status = Run(plan, moment);
    ASSERT_TRUE(status == 0 || (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)) << status;
    if (status != 0) ++killed;
    if (acknowledged_ == before) ++early;
    Verify();
    if (HasFailure()) break;
  }
  std::cout << killed << " killed, " << early << " of them before a new token, " << acknowledged_
            << " tokens acknowledged, none lost\n";
  EXPECT_GT(killed, 0);
}

}  // namespace
}  // namespace florin::tokenizer
