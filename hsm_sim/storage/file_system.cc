#include "hsm_sim/storage/file_system.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <new>
#include <system_error>

namespace florin::hsm_sim {
namespace {

Error StorageError(const char* message, int number) {
  const auto code = number == ENOENT ? ErrorCode::kNotFound : ErrorCode::kStorage;
  return Error(code, message, static_cast<std::uint32_t>(number));
}

// Owns a descriptor. Move-only.
class File {
 public:
  File(const std::string& path, int flags, mode_t mode = 0) {
    do {
      fd_ = ::open(path.c_str(), flags | O_CLOEXEC, mode);
    } while (fd_ < 0 && errno == EINTR);
  }
  File(File&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() {
    if (fd_ >= 0) ::close(fd_);
  }
  int fd() const { return fd_; }
  bool ok() const { return fd_ >= 0; }

 private:
  int fd_;
};

class PosixLock final : public FileLock {
 public:
  explicit PosixLock(File file) : file_(std::move(file)) {}
  // A child forked meanwhile shares the open file, so closing ours would not release the lock.
  ~PosixLock() override { ::flock(file_.fd(), LOCK_UN); }

 private:
  File file_;
};

class MappedCounter final : public SharedCounter {
 public:
  explicit MappedCounter(void* page)
      : SharedCounter(static_cast<std::uint64_t*>(page)), page_(page) {}
  ~MappedCounter() override { ::munmap(page_, FileSystem::kCounterFileSize); }

 private:
  void* page_;
};

class PosixFiles final : public FileSystem {
 public:
  Result<Bytes> Read(const std::string& path, std::size_t max_size) override {
    File file(path, O_RDONLY);
    struct stat info;
    if (!file.ok() || ::fstat(file.fd(), &info) != 0) {
      return StorageError("a file of the token cannot be opened", errno);
    }
    if (!S_ISREG(info.st_mode)) {
      return Error(ErrorCode::kCorrupted, "a file of the token is no file");
    }
    if (info.st_size < 0 || static_cast<std::uint64_t>(info.st_size) > max_size) {
      return Error(ErrorCode::kLimitExceeded, "a file of the token is longer than its format");
    }
    Bytes contents(static_cast<std::size_t>(info.st_size));
    std::size_t done = 0;
    while (done < contents.size()) {
      const ssize_t got = ::read(file.fd(), contents.data() + done, contents.size() - done);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return StorageError("a file of the token cannot be read", errno);
      if (got == 0) break;
      done += static_cast<std::size_t>(got);
    }
    contents.resize(done);
    return contents;
  }

  Status WriteAndSync(const std::string& path, ByteView contents) override {
    File file(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (!file.ok()) return StorageError("a file of the token cannot be created", errno);
    while (!contents.empty()) {
      const ssize_t put = ::write(file.fd(), contents.data(), contents.size());
      if (put < 0 && errno == EINTR) continue;
      if (put < 0) return StorageError("a file of the token cannot be written", errno);
      contents = contents.subspan(static_cast<std::size_t>(put));
    }
    if (::fsync(file.fd()) != 0) {
      return StorageError("a file of the token cannot be forced to disk", errno);
    }
    return OkStatus();
  }

  Status Rename(const std::string& from, const std::string& to) override {
    if (::rename(from.c_str(), to.c_str()) == 0) return OkStatus();
    return StorageError("a file of the token cannot be renamed", errno);
  }

  Status Remove(const std::string& path) override {
    if (::unlink(path.c_str()) == 0) return OkStatus();
    return StorageError("a file of the token cannot be removed", errno);
  }

  Status SyncFolder(const std::string& path) override {
    File folder(path, O_RDONLY | O_DIRECTORY);
    if (!folder.ok()) return StorageError("a folder of the token cannot be opened", errno);
    if (::fsync(folder.fd()) == 0) return OkStatus();
    return StorageError("a folder of the token cannot be forced to disk", errno);
  }

  Status MakeFolder(const std::string& path) override {
    for (std::size_t end = path.find('/', 1);; end = path.find('/', end + 1)) {
      const std::string part = path.substr(0, end);
      if (!part.empty() && ::mkdir(part.c_str(), 0700) == 0) {
        // A new folder outlives a power cut only once its name is on disk.
        FLORIN_CHECK_OK(SyncFolder(part.substr(0, part.rfind('/') + 1)));
      } else if (!part.empty() && errno != EEXIST) {
        return StorageError("a folder for tokens cannot be made", errno);
      }
      if (end == std::string::npos) return OkStatus();
    }
  }

  Status RemoveFolder(const std::string& path) override {
    std::error_code error;
    std::filesystem::remove_all(path, error);
    if (!error) return OkStatus();
    return StorageError("a folder of the token cannot be removed", error.value());
  }

  Result<std::vector<std::string>> List(const std::string& path) override {
    std::error_code error;
    std::vector<std::string> names;
    std::filesystem::directory_iterator entry(path, error);
    for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
      names.push_back(entry->path().filename().string());
    }
    if (error) return StorageError("a folder of the token cannot be listed", error.value());
    return names;
  }

  Result<std::unique_ptr<FileLock>> Lock(const std::string& path, LockMode mode) override {
    File file(path, O_RDWR | O_CREAT, 0600);
    if (!file.ok()) return StorageError("the token's lock file cannot be opened", errno);
    while (::flock(file.fd(), mode == LockMode::kShared ? LOCK_SH : LOCK_EX) != 0) {
      if (errno != EINTR) return StorageError("the token's lock cannot be taken", errno);
    }
    return std::unique_ptr<FileLock>(std::make_unique<PosixLock>(std::move(file)));
  }

  Result<std::unique_ptr<SharedCounter>> OpenCounter(const std::string& path) override {
    File file(path, O_RDWR);
    struct stat info;
    if (!file.ok() || ::fstat(file.fd(), &info) != 0) {
      return StorageError("the token's counter cannot be opened", errno);
    }
    // A page beyond the end of the file would stop the process when it is read.
    if (!S_ISREG(info.st_mode) || info.st_size < static_cast<off_t>(kCounterFileSize)) {
      return Error(ErrorCode::kCorrupted, "the token's counter file is too short");
    }
    void* page =
        ::mmap(nullptr, kCounterFileSize, PROT_READ | PROT_WRITE, MAP_SHARED, file.fd(), 0);
    if (page == MAP_FAILED) return StorageError("the token's counter cannot be mapped", errno);
    return std::unique_ptr<SharedCounter>(std::make_unique<MappedCounter>(page));
  }
};

}  // namespace

FileSystem& SystemFiles() {
  // Leaked: the host may call in while static objects are being destroyed.
  static FileSystem* files = new PosixFiles();
  return *files;
}

}  // namespace florin::hsm_sim
