// The folder of a vault: made once, private, and durable itself.
#pragma once

#include <cstdint>
#include <string>

#include "florin/base/result.h"
#include "tokenizer/step_hook.h"

namespace florin::tokenizer {

// What tells one folder from another, by whatever path it is reached.
struct DirectoryId {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  friend bool operator==(const DirectoryId&, const DirectoryId&) = default;
};

// Makes `path` and what is missing above it, mode 0700, and makes their names durable: also the
// name of a directory that was there, since who made it may have been killed before it could. Where
// a parent cannot be synced by itself (it may be passed but not read, or its file system has no
// such call), all of the file system of `path` is: that takes longer and promises the same.
// kInvalidArgument, kStorage.
Result<DirectoryId> MakeDirectory(const std::string& path, StepHook* hook);

// The directory of a store that must be there: kNotFound where `path`/`file` does not exist. Makes
// its name durable as MakeDirectory does.
Result<DirectoryId> FindDirectory(const std::string& path, const std::string& file, StepHook* hook);

// Makes the names inside `path` durable: a new file survives a power cut only after this.
Status SyncDirectory(const std::string& path);

// Makes sure that the first `bytes` bytes of a file have their place on disk, creating it with mode
// 0600: a map of a hole stops the process when the disk is full. kStorage.
Status ReserveFile(const std::string& path, std::uint64_t bytes);

// Counts the forks this process descends by since it was first asked; libraries that must not
// be used across a fork compare two counts.
std::uint64_t ForkCount();

}  // namespace florin::tokenizer
