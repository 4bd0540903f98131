// Many threads and many processes on one vault.
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <csignal>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "tests/tokenizer/vault_testing.h"

namespace florin::tokenizer {
namespace {

using testing::FirstDomain;
using testing::kDomain;
using testing::KillAtStep;
using testing::kOtherDomain;
using testing::MakePan;
using testing::OptionsFor;
using testing::RunInChild;
using testing::SecondDomain;
using testing::TestDirectory;
using testing::TestHsm;
using testing::WatchingObserver;

constexpr std::size_t kPans = 60;

TEST(VaultThreadsTest, ThreadsThatTokeniseTheSamePansGetTheSameTokens) {
  TestDirectory directory;
  TestHsm hsm;
  WatchingObserver observer;
  VaultOptions options = OptionsFor(directory);
  options.observer = &observer;
  auto vault = hsm.Open(options);
  ASSERT_OK(vault);
  ASSERT_OK((*vault)->RegisterDomain(FirstDomain()));

  constexpr std::size_t kThreads = 8;
  std::array<std::vector<std::string>, kThreads> tokens;
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      tokens[t].resize(kPans);
      for (std::size_t i = 0; i < kPans; ++i) {
        const std::size_t index = t % 2 == 0 ? i : kPans - 1 - i;
        const auto token = (*vault)->Tokenize(MakePan(index), kDomain);
        ASSERT_OK(token);
        tokens[t][index] = std::string(token->digits());
        const auto pan = (*vault)->Detokenize(*token, kDomain);
        ASSERT_OK(pan);
        EXPECT_TRUE(pan->EqualTo(MakePan(index)));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (std::size_t t = 1; t < kThreads; ++t) EXPECT_EQ(tokens[t], tokens[0]);
  EXPECT_EQ(std::set<std::string>(tokens[0].begin(), tokens[0].end()).size(), kPans);
  EXPECT_LE(observer.commits(), static_cast<int>(2 * kPans));
}

TEST(VaultThreadsTest, DomainsAppearWhileOthersTokenise) {
  TestDirectory directory;
  TestHsm hsm;
  auto vault = hsm.Open(OptionsFor(directory));
  ASSERT_OK(vault);
  ASSERT_OK((*vault)->RegisterDomain(FirstDomain()));
  std::thread registrar([&] {
    for (std::uint32_t id = 10; id < 25; ++id) {
      const Status status = (*vault)->RegisterDomain({id, std::to_string(88880000 + id), 16});
      EXPECT_TRUE(status.ok()) << status.error().message();
    }
  });
  std::vector<std::thread> clients;
  for (std::size_t t = 0; t < 2; ++t) {
    clients.emplace_back([&, t] {
      for (std::uint32_t id = 10; id < 25; ++id) {
        Result<Token> token = (*vault)->Tokenize(MakePan(t), id);
        while (token.code() == ErrorCode::kNotFound) {
          std::this_thread::yield();
          token = (*vault)->Tokenize(MakePan(t), id);
        }
        EXPECT_TRUE(token.ok());
      }
    });
  }
  registrar.join();
  for (std::thread& client : clients) client.join();
}

TEST(VaultThreadsTest, MoreThreadsThanSlotsGetThrough) {
  TestDirectory directory;
  TestHsm hsm;
  auto vault = hsm.Open(OptionsFor(directory));
  ASSERT_OK(vault);
  ASSERT_OK((*vault)->RegisterDomain(FirstDomain()));
  std::atomic<int> good{0};
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < SlotPool<int>::kSlots + 20; ++t) {
    threads.emplace_back([&, t] {
      const auto token = (*vault)->Tokenize(MakePan(t % 10), kDomain);
      if (token.ok() && (*vault)->Detokenize(*token, kDomain).ok()) ++good;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good, static_cast<int>(SlotPool<int>::kSlots + 20));
}

// --- processes ---

// Tokenises every PAN and writes the tokens, 16 digits each, to `out`.
int TokeniseAll(const TestDirectory& directory, int out) {
  TestHsm hsm;
  auto vault = hsm.Open(OptionsFor(directory));
  if (!vault.ok() || !(*vault)->RegisterDomain(FirstDomain()).ok()) return 1;
  for (std::size_t i = 0; i < kPans; ++i) {
    const auto token = (*vault)->Tokenize(MakePan(i), kDomain);
    if (!token.ok()) return 2;
    if (write(out, token->digits().data(), 16) != 16) return 3;
  }
  return 0;
}

TEST(VaultProcessesTest, ProcessesThatCreateAndFillOneVaultAgree) {
  TestDirectory directory;
  constexpr std::size_t kProcesses = 4;
  std::array<std::array<int, 2>, kProcesses> pipes;
  std::array<pid_t, kProcesses> children;
  for (std::size_t p = 0; p < kProcesses; ++p) {
    ASSERT_EQ(pipe(pipes[p].data()), 0);
    children[p] = fork();
    ASSERT_GE(children[p], 0);
    if (children[p] == 0) _exit(TokeniseAll(directory, pipes[p][1]));
    close(pipes[p][1]);
  }
  std::array<std::string, kProcesses> tokens;
  for (std::size_t p = 0; p < kProcesses; ++p) {
    std::array<char, 4096> buffer;
    for (ssize_t got = 0; (got = read(pipes[p][0], buffer.data(), buffer.size())) > 0;) {
      tokens[p].append(buffer.data(), static_cast<std::size_t>(got));
    }
    close(pipes[p][0]);
    int status = 0;
    ASSERT_EQ(waitpid(children[p], &status, 0), children[p]);
    EXPECT_EQ(status, 0);
    EXPECT_EQ(tokens[p].size(), kPans * 16);
    EXPECT_EQ(tokens[p], tokens[0]);
  }
}

TEST(VaultProcessesTest, ADomainOfAnotherProcessCountsAtOnce) {
  TestDirectory directory;
  TestHsm hsm;
  auto vault = hsm.Open(OptionsFor(directory));
  ASSERT_OK(vault);
  ASSERT_OK((*vault)->RegisterDomain(FirstDomain()));
  EXPECT_EQ((*vault)->Tokenize(MakePan(1), kOtherDomain).code(), ErrorCode::kNotFound);
  ASSERT_EQ(RunInChild([&] {
              TestHsm own;
              auto theirs = own.Open(OptionsFor(directory));
              return theirs.ok() && (*theirs)->RegisterDomain(SecondDomain()).ok() ? 0 : 1;
            }),
            0);
  // A number in the new BIN is refused although this process has not met the domain yet.
  const Pan in_new_bin = Pan::Parse("9999201200000000").value();
  EXPECT_EQ((*vault)->Tokenize(in_new_bin, kDomain).code(), ErrorCode::kInvalidArgument);
  ASSERT_OK((*vault)->Tokenize(MakePan(1), kOtherDomain));
  EXPECT_EQ((*vault)->RegisterDomain({9, "999920", 16}).code(), ErrorCode::kConflict);
}

TEST(VaultProcessesTest, AProcessKilledAsTheWriterStopsNobodyElse) {
  TestDirectory directory;
  TestHsm hsm;
  auto vault = hsm.Open(OptionsFor(directory));
  ASSERT_OK(vault);
  ASSERT_OK((*vault)->RegisterDomain(FirstDomain()));
  std::size_t index = 0;
  for (const std::string_view step :
       {steps::kFingerprinted, steps::kBegun, steps::kTokenPut, steps::kBeforeCommit,
        steps::kAfterCommit, steps::kAnswering}) {
    const int status = RunInChild([&] {
      KillAtStep hook(step, 1);
      TestHsm own;
      auto theirs = own.OpenHooked(directory.vault(), &hook);
      if (!theirs.ok() || !(*theirs)->RegisterDomain(FirstDomain()).ok()) return 1;
      static_cast<void>((*theirs)->Tokenize(MakePan(index), kDomain));
      return 0;
    });
    EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << step;
    const auto token = (*vault)->Tokenize(MakePan(index), kDomain);
    ASSERT_OK(token);
    EXPECT_TRUE((*vault)->Detokenize(*token, kDomain)->EqualTo(MakePan(index)));
    ++index;
  }
}

TEST(VaultProcessesTest, TwoVaultsOnOneDirectoryInOneProcessAgree) {
  TestDirectory directory;
  TestHsm hsm;
  auto first = hsm.Open(OptionsFor(directory));
  auto second = hsm.Open(OptionsFor(directory));
  ASSERT_OK(first);
  ASSERT_OK(second);
  ASSERT_OK((*first)->RegisterDomain(FirstDomain()));
  const auto token = (*first)->Tokenize(MakePan(1), kDomain);
  ASSERT_OK(token);
  EXPECT_EQ(*(*second)->Tokenize(MakePan(1), kDomain), *token);
  first->reset();
  EXPECT_TRUE((*second)->Detokenize(*token, kDomain)->EqualTo(MakePan(1)));
}

}  // namespace
}  // namespace florin::tokenizer
