// TemporaryDirectory: a fresh directory that goes with its object.
#pragma once

#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>

#include "florin/base/result.h"

namespace florin::tools {

class TemporaryDirectory {
 public:
  // Made under `base`, or under the system's place for such where that is empty; only its owner may
  // enter. kStorage, with errno in detail(), where none can be made.
  static Result<TemporaryDirectory> Create(const std::string& prefix,
                                           std::filesystem::path base = {}) {
    std::error_code failed;
    if (base.empty()) base = std::filesystem::temp_directory_path(failed);
    std::string path = (base / (prefix + "-XXXXXX")).string();
    if (!failed && mkdtemp(path.data()) != nullptr) return TemporaryDirectory(std::move(path));
    return Error(ErrorCode::kStorage, "no temporary directory can be made; is TMPDIR writable?",
                 static_cast<std::uint32_t>(failed ? failed.value() : errno));
  }

  TemporaryDirectory(TemporaryDirectory&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  TemporaryDirectory& operator=(TemporaryDirectory&& other) noexcept {
    std::swap(path_, other.path_);
    return *this;
  }
  ~TemporaryDirectory() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }

  const std::string& path() const { return path_; }

 private:
  explicit TemporaryDirectory(std::string path) : path_(std::move(path)) {}

  std::string path_;
};

}  // namespace florin::tools
