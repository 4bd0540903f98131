// FaultyFiles: the files of this machine, until a chosen step fails or stops the process.
#pragma once

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "hsm_sim/storage/file_system.h"

namespace florin::hsm_sim {

// Counts the calls that change the disk; the one with number `fail_at` fails (kFull), it and all
// later ones fail (kBroken), or it kills the process.
class FaultyFiles final : public FileSystem {
 public:
  enum class Fault { kNone, kFull, kBroken, kKillBefore, kKillAfter, kKillHalfWritten };

  void Arm(Fault fault, int fail_at) {
    fault_ = fault;
    fail_at_ = fail_at;
    steps_ = 0;
  }
  int steps() const { return steps_; }

  enum class Change { kWrite, kRename, kRemove, kSyncFolder };
  struct Step {
    Change change;
    std::string path;  // of kRename: the new name
    std::string from;  // of kRename: the old one
  };
  // The changes of `action`, in order, for one thread.
  template <class Action>
  std::vector<Step> Record(Action action) {
    recorded_.emplace();
    action();
    std::vector<Step> steps = std::move(*recorded_);
    recorded_.reset();
    return steps;
  }

  Result<Bytes> Read(const std::string& path, std::size_t max_size) override {
    return real_.Read(path, max_size);
  }
  Status WriteAndSync(const std::string& path, ByteView contents) override {
    if (fault_ == Fault::kKillHalfWritten && steps_ + 1 == fail_at_) {
      (void)real_.WriteAndSync(path, contents.first(contents.size() / 2)).ok();
      ::kill(::getpid(), SIGKILL);
    }
    if (fault_ == Fault::kFull && steps_ + 1 == fail_at_) {
      (void)real_.WriteAndSync(path, contents.first(contents.size() / 2)).ok();
    }
    Note(Change::kWrite, path);
    return Do([&] { return real_.WriteAndSync(path, contents); });
  }
  Status Rename(const std::string& from, const std::string& to) override {
    Note(Change::kRename, to, from);
    return Do([&] { return real_.Rename(from, to); });
  }
  Status Remove(const std::string& path) override {
    Note(Change::kRemove, path);
    return Do([&] { return real_.Remove(path); });
  }
  Status SyncFolder(const std::string& path) override {
    Note(Change::kSyncFolder, path);
    return Do([&] { return real_.SyncFolder(path); });
  }
  Status MakeFolder(const std::string& path) override {
    return Do([&] { return real_.MakeFolder(path); });
  }
  Status RemoveFolder(const std::string& path) override {
    return Do([&] { return real_.RemoveFolder(path); });
  }
  Result<std::vector<std::string>> List(const std::string& path) override {
    return real_.List(path);
  }
  Result<std::unique_ptr<FileLock>> Lock(const std::string& path, LockMode mode) override {
    return real_.Lock(path, mode);
  }
  Result<std::unique_ptr<SharedCounter>> OpenCounter(const std::string& path) override {
    return real_.OpenCounter(path);
  }

 private:
  void Note(Change change, const std::string& path, const std::string& from = {}) {
    if (recorded_.has_value()) recorded_->push_back({change, path, from});
  }

  template <class Action>
  Status Do(Action action) {
    const int step = ++steps_;
    const bool now = step == fail_at_;
    if (fault_ == Fault::kBroken && step >= fail_at_) {
      return Error(ErrorCode::kStorage, "the disk is broken: dealt by a test", EIO);
    }
    if (now && fault_ == Fault::kFull) {
      return Error(ErrorCode::kStorage, "no space left: dealt by a test", ENOSPC);
    }
    if (now && fault_ == Fault::kKillBefore) ::kill(::getpid(), SIGKILL);
    const Status status = action();
    if (now && fault_ == Fault::kKillAfter) ::kill(::getpid(), SIGKILL);
    return status;
  }

  FileSystem& real_ = SystemFiles();
  std::atomic<Fault> fault_{Fault::kNone};
  std::atomic<int> fail_at_{0};
  std::atomic<int> steps_{0};
  std::optional<std::vector<Step>> recorded_;
};

}  // namespace florin::hsm_sim
