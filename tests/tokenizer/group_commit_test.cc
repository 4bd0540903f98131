#include "tokenizer/group_commit.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "tests/tokenizer/vault_testing.h"

namespace florin::tokenizer {
namespace {

std::size_t Length(const CommitJob* job) {
  std::size_t length = 0;
  for (; job != nullptr; job = job->next()) ++length;
  return length;
}

// Holds the first commit until the jobs of `sizes`, in this order, wait behind it. Returns how many
// jobs each commit took.
std::vector<std::size_t> GroupsOf(const std::vector<std::size_t>& sizes) {
  GroupCommit group;
  std::atomic<bool> first_runs{false};
  std::atomic<bool> may_finish{false};
  std::vector<std::size_t> groups;  // written by leaders, who are one at a time
  const auto commit = [&](CommitJob* jobs) {
    groups.push_back(Length(jobs));
    first_runs = true;
    while (!may_finish) std::this_thread::yield();
  };
  const auto run = [&](std::size_t items) {
    std::vector<PendingToken> pending(items);
    CommitJob job(pending);
    group.Run(job, commit, nullptr);
  };
  std::vector<std::thread> threads;
  threads.emplace_back(run, 0);
  while (!first_runs) std::this_thread::yield();
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    threads.emplace_back(run, sizes[i]);
    while (group.waiting() != i + 1) std::this_thread::yield();
  }
  may_finish = true;
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(group.waiting(), 0U);
  return groups;
}

using Groups = std::vector<std::size_t>;

TEST(GroupCommitTest, WhatArrivesDuringACommitGoesTogetherInTheNext) {
  EXPECT_EQ(GroupsOf({1, 1, 1, 1, 1}), (Groups{1, 5}));
}

TEST(GroupCommitTest, AGroupIsBoundedAndAJobIsNeverSplit) {
  EXPECT_EQ(GroupsOf({3000, 1000, 96, 1, 1}), (Groups{1, 3, 2}));
  EXPECT_EQ(GroupsOf({1, 65536, 1, 1}), (Groups{1, 1, 1, 2}));
}

TEST(GroupCommitTest, EveryItemIsCommittedOnceUnderLoad) {
  GroupCommit group;
  std::atomic<int> committed{0};
  std::atomic<int> leaders{0};
  const auto commit = [&](CommitJob* jobs) {
    EXPECT_EQ(++leaders, 1);
    for (CommitJob* job = jobs; job != nullptr; job = job->next()) {
      for (PendingToken& item : job->items()) {
        *item.result = Token::Parse("999910000000");
        ++committed;
      }
    }
    --leaders;
  };
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 500; ++i) {
        Result<Token> result = Error(ErrorCode::kInternal, "not run");
        PendingToken item;
        item.result = &result;
        CommitJob job({&item, 1});
        group.Run(job, commit, nullptr);
        EXPECT_TRUE(result.ok());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(committed, 8 * 500);
}

}  // namespace
}  // namespace florin::tokenizer
