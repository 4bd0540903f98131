// The memory one call works in, kept by each thread between calls, so that a call allocates next to
// nothing.
#pragma once

#include <cstddef>
#include <memory>
#include <utility>

#include "florin/base/result.h"

namespace florin::payload {

// `Workspace` has a static Result<std::unique_ptr<Workspace>> Create(std::size_t max_bytes), a
// member max_bytes and a Clear that wipes what the call left. Borrowed by one call at a time: a
// call inside another, from an observer, makes its own.
template <class Workspace>
class WorkspaceLease {
 public:
  static Result<WorkspaceLease> Acquire(std::size_t max_bytes) {
    std::unique_ptr<Workspace> workspace = std::move(Idle());
    if (workspace == nullptr || workspace->max_bytes < max_bytes) {
      FLORIN_TRY(workspace, Workspace::Create(max_bytes));
    }
    return WorkspaceLease(std::move(workspace));
  }

  WorkspaceLease(WorkspaceLease&&) noexcept = default;
  WorkspaceLease& operator=(WorkspaceLease&&) = delete;
  ~WorkspaceLease() {
    if (workspace_ == nullptr) return;
    workspace_->Clear();
    Idle() = std::move(workspace_);
  }

  Workspace& operator*() const { return *workspace_; }

 private:
  explicit WorkspaceLease(std::unique_ptr<Workspace> workspace)
      : workspace_(std::move(workspace)) {}

  static std::unique_ptr<Workspace>& Idle() {
    thread_local std::unique_ptr<Workspace> idle;
    return idle;
  }

  std::unique_ptr<Workspace> workspace_;
};

}  // namespace florin::payload
