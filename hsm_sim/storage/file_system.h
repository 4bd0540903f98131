// FileSystem: every file access of the token storage, so that tests can deal faults and crashes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "florin/base/bytes.h"
#include "florin/base/result.h"

namespace florin::hsm_sim {

// Held from FileSystem::Lock until destruction: no other process or thread holds the same file,
// unless both hold it shared. Not recursive: a second lock of one thread waits for the first.
class FileLock {
 public:
  virtual ~FileLock() = default;
};

// kShared: others may hold it shared at the same time.
enum class LockMode : std::uint8_t { kShared, kExclusive };

// A 64-bit number in a file, mapped into every process that opened it: reading costs a load.
// Safe for many threads and processes.
class SharedCounter {
 public:
  virtual ~SharedCounter() = default;
  std::uint64_t Load() const { return __atomic_load_n(word_, __ATOMIC_ACQUIRE); }
  void Increment() { __atomic_fetch_add(word_, 1, __ATOMIC_RELEASE); }

 protected:
  explicit SharedCounter(std::uint64_t* word) : word_(word) {}

 private:
  std::uint64_t* word_;
};

// Paths are absolute. Every error is kStorage with the errno in detail(), but kNotFound where the
// file or folder does not exist. Implementations are safe for many threads.
class FileSystem {
 public:
  virtual ~FileSystem() = default;

  // kLimitExceeded where the file is longer than `max_size`.
  virtual Result<Bytes> Read(const std::string& path, std::size_t max_size) = 0;

  // Creates or replaces the file (mode 0600), writes everything and waits until it is on disk.
  // Not atomic: write under a temporary name, then Rename.
  virtual Status WriteAndSync(const std::string& path, ByteView contents) = 0;

  virtual Status Rename(const std::string& from, const std::string& to) = 0;
  virtual Status Remove(const std::string& path) = 0;

  // Waits until the names in the folder are on disk.
  virtual Status SyncFolder(const std::string& path) = 0;

  // Makes the folder (mode 0700) and those above it, each on disk; succeeds where it exists.
  virtual Status MakeFolder(const std::string& path) = 0;
  // Removes the folder and everything in it.
  virtual Status RemoveFolder(const std::string& path) = 0;

  // The names in a folder, unsorted.
  virtual Result<std::vector<std::string>> List(const std::string& path) = 0;

  // Waits for the lock file, which must exist or is created.
  virtual Result<std::unique_ptr<FileLock>> Lock(const std::string& path, LockMode mode) = 0;

  // Opens a counter made by WriteAndSync of kCounterFileSize zero bytes.
  static constexpr std::size_t kCounterFileSize = 4096;
  virtual Result<std::unique_ptr<SharedCounter>> OpenCounter(const std::string& path) = 0;
};

// The files of this machine. Lives as long as the process.
FileSystem& SystemFiles();

}  // namespace florin::hsm_sim
