#include "tokenizer/store/directory.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

namespace florin::tokenizer {
namespace {

Error StorageError(const char* message) {
  return Error(ErrorCode::kStorage, message, static_cast<std::uint32_t>(errno));
}

std::string Parent(const std::string& path) {
  const std::size_t slash = path.find_last_of('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

std::atomic<std::uint64_t> fork_count{0};

Status CheckPath(const std::string& path) {
  if (!path.empty() && path.size() <= 4000 && path.find('\0') == std::string::npos) {
    return OkStatus();
  }
  return Error(ErrorCode::kInvalidArgument, "name a directory for the vault");
}

// Flushes all of the file system that `path` lies on.
Status SyncFileSystem(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return StorageError("a directory cannot be opened to make it durable");
  const int failed = syncfs(fd);
  const int reason = errno;
  close(fd);
  errno = reason;
  if (failed != 0) return StorageError("a directory cannot be made durable");
  return OkStatus();
}

// Makes the names of directories durable that lie on the way to `path`.
class NameSync {
 public:
  NameSync(const std::string& path, StepHook* hook) : path_(path), hook_(hook) {}

  Status Sync(const std::string& directory) {
    const Status synced = SyncDirectory(Parent(directory));
    if (!synced.ok()) {
      // Not readable, or on a file system without fsync of directories.
      const std::uint32_t reason = synced.error().detail();
      if (reason != EACCES && reason != EINVAL && reason != EROFS) return synced;
      whole_ = true;
    }
    Step(hook_, steps::kDirectorySynced);
    return OkStatus();
  }

  // To be called once `path` is there.
  Status Finish() const { return whole_ ? SyncFileSystem(path_) : OkStatus(); }

 private:
  const std::string& path_;
  StepHook* hook_;
  bool whole_ = false;
};

Result<DirectoryId> IdOf(const std::string& path) {
  struct stat info;
  if (stat(path.c_str(), &info) != 0 || !S_ISDIR(info.st_mode)) {
    return StorageError("the path of the vault is not a directory");
  }
  return DirectoryId{static_cast<std::uint64_t>(info.st_dev),
                     static_cast<std::uint64_t>(info.st_ino)};
}

}  // namespace

// Every name that this call made is synced, and the last that it found: a killed maker leaves at
// most its last one behind unsynced.
Result<DirectoryId> MakeDirectory(const std::string& path, StepHook* hook) {
  FLORIN_CHECK_OK(CheckPath(path));
  NameSync names(path, hook);
  std::string found;
  for (std::size_t slash = path.find('/', 1);; slash = path.find('/', slash + 1)) {
    const std::string part = path.substr(0, slash);
    if (mkdir(part.c_str(), 0700) == 0) {
      Step(hook, steps::kDirectoryMade);
      if (!found.empty()) FLORIN_CHECK_OK(names.Sync(found));
      found.clear();
      FLORIN_CHECK_OK(names.Sync(part));
    } else if (errno == EEXIST) {
      found = part;
    } else {
      return StorageError("the directory of the vault cannot be made; see the errno in detail");
    }
    if (slash == std::string::npos) break;
  }
  FLORIN_TRY(const DirectoryId id, IdOf(path));
  if (!found.empty()) FLORIN_CHECK_OK(names.Sync(found));
  FLORIN_CHECK_OK(names.Finish());
  return id;
}

Result<DirectoryId> FindDirectory(const std::string& path, const std::string& file,
                                  StepHook* hook) {
  FLORIN_CHECK_OK(CheckPath(path));
  struct stat info;
  if (stat((path + "/" + file).c_str(), &info) != 0) {
    if (errno == ENOENT || errno == ENOTDIR) {
      return Error(ErrorCode::kNotFound, "there is no vault here, and none was to be made");
    }
    return StorageError("the directory of the vault cannot be read; see the errno in detail");
  }
  FLORIN_TRY(const DirectoryId id, IdOf(path));
  NameSync names(path, hook);
  FLORIN_CHECK_OK(names.Sync(path));
  FLORIN_CHECK_OK(names.Finish());
  return id;
}

Status SyncDirectory(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return StorageError("a directory cannot be opened to make it durable");
  const int failed = fsync(fd);
  const int reason = errno;
  close(fd);
  errno = reason;
  if (failed != 0) return StorageError("a directory cannot be made durable");
  return OkStatus();
}

Status ReserveFile(const std::string& path, std::uint64_t bytes) {
  const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return StorageError("a file of the vault cannot be opened; see the errno in detail");
  // Not posix_fallocate: where the file system cannot reserve, that would write instead.
  const int failed = fallocate(fd, 0, 0, static_cast<off_t>(bytes));
  const int reason = errno;
  close(fd);
  errno = reason;
  if (failed != 0 && errno != EOPNOTSUPP) {
    return StorageError("there is no room on the disk for the vault; see the errno in detail");
  }
  return OkStatus();
}

std::uint64_t ForkCount() {
  static const int registered =
      pthread_atfork(nullptr, nullptr, [] { fork_count.fetch_add(1, std::memory_order_relaxed); });
  static_cast<void>(registered);
  return fork_count.load(std::memory_order_relaxed);
}

}  // namespace florin::tokenizer
