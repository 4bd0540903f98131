#include "tokenizer/group_commit.h"

namespace florin::tokenizer {

void GroupCommit::Run(CommitJob& job, Committer committer, StepHook* hook) {
  CommitJob* group = nullptr;
  {
    std::unique_lock lock(mutex_);
    (last_ == nullptr ? first_ : last_->next_) = &job;
    last_ = &job;
    job.woken_.wait(lock, [&] { return job.done_ || (!leading_ && first_ == &job); });
    if (job.done_) return;
    leading_ = true;
    group = TakeJobs();
  }
  Step(hook, steps::kQueued);
  committer(group);
  Finish(group);
}

std::size_t GroupCommit::waiting() const {
  const std::lock_guard lock(mutex_);
  std::size_t count = 0;
  for (const CommitJob* job = first_; job != nullptr; job = job->next_) ++count;
  return count;
}

// Called with the mutex held.
CommitJob* GroupCommit::TakeJobs() {
  CommitJob* const group = first_;
  CommitJob* end = group;
  std::size_t items = end->items_.size();
  while (end->next_ != nullptr && items + end->next_->items_.size() <= kMaxItems) {
    end = end->next_;
    items += end->items_.size();
  }
  first_ = end->next_;
  if (first_ == nullptr) last_ = nullptr;
  end->next_ = nullptr;
  return group;
}

void GroupCommit::Finish(CommitJob* first) {
  const std::lock_guard lock(mutex_);
  leading_ = false;
  // A job's thread may return, and the job be gone, as soon as the mutex is free: all is done
  // with it held, and `next` is read before its owner can know.
  for (CommitJob* job = first; job != nullptr;) {
    CommitJob* const next = job->next_;
    job->done_ = true;
    job->woken_.notify_one();
    job = next;
  }
  if (first_ != nullptr) first_->woken_.notify_one();
}

}  // namespace florin::tokenizer
