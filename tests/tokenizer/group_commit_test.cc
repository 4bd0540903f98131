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

TEST(GroupCommitTest, WhatArrivesDuringACommitGoesTogetherInTheNext) {
  GroupCommit group;
  std::atomic<int> queued{0};
  std::atomic<bool> first_runs{false};
  std::atomic<bool> may_finish{false};
  std::vector<std::size_t> groups;  // written by leaders, who are one at a time
  const auto commit = [&](CommitJob* jobs) {
    groups.push_back(Length(jobs));
    first_runs = true;
    while (!may_finish) std::this_thread::yield();
  };
  std::thread leader([&] {
    CommitJob job({});
    group.Run(job, commit, nullptr);
  });
  while (!first_runs) std::this_thread::yield();
  std::vector<std::thread> followers;
  for (int i = 0; i < 5; ++i) {
    followers.emplace_back([&] {
      CommitJob job({});
      ++queued;
      group.Run(job, commit, nullptr);
    });
  }
  while (queued < 5) std::this_thread::yield();
  std::this_thread::sleep_for(std::chrono::milliseconds(100));  // from the counter to the queue
  may_finish = true;
  leader.join();
  for (std::thread& follower : followers) follower.join();
  EXPECT_EQ(groups, (std::vector<std::size_t>{1, 5}));
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
