// GroupCommit: many threads' changes, one durable commit.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <span>

#include "florin/base/pan.h"
#include "florin/base/result.h"
#include "tokenizer/domain_table.h"
#include "tokenizer/function_ref.h"
#include "tokenizer/step_hook.h"
#include "tokenizer/store/store_keys.h"

namespace florin::tokenizer {

// A PAN that needs a token: `key` is its fingerprint, `result` where the answer goes.
struct PendingToken {
  const Pan* pan = nullptr;
  const Domain* domain = nullptr;
  FingerprintKey key;
  Result<Token>* result = nullptr;
};

// What one call wants committed; lives on the stack of the thread that waits for it.
class CommitJob {
 public:
  explicit CommitJob(std::span<PendingToken> items) : items_(items) {}
  std::span<PendingToken> items() const { return items_; }
  CommitJob* next() const { return next_; }

 private:
  friend class GroupCommit;
  std::span<PendingToken> items_;
  CommitJob* next_ = nullptr;
  bool done_ = false;
  std::condition_variable woken_;
};

// The first thread to come leads: it commits its job. What arrives meanwhile waits and goes
// together in the next commit, led by the first of them. No timer: a lone caller never waits, and
// groups grow with the load. Safe for many threads.
class GroupCommit {
 public:
  // Takes a list of jobs and sets the result of every item.
  using Committer = FunctionRef<void(CommitJob* first)>;

  // Returns when the job is committed, or has failed: every result is set.
  void Run(CommitJob& job, Committer committer, StepHook* hook);

  // How many jobs are queued behind the commit that runs.
  std::size_t waiting() const;

 private:
  // No job joins a group that would exceed this. A job is never split, so one batch call is one
  // transaction, of kMaxVaultBatch items at most, and who comes late may wait for that long.
  static constexpr std::size_t kMaxItems = 4096;

  CommitJob* TakeJobs();
  void Finish(CommitJob* first);

  mutable std::mutex mutex_;
  CommitJob* first_ = nullptr;
  CommitJob* last_ = nullptr;
  bool leading_ = false;
};

}  // namespace florin::tokenizer
