#include "tools/paths.h"

#include <initializer_list>
#include <system_error>

namespace florin::tools {
namespace {

std::filesystem::path ExecutableDirectory() {
  std::error_code failed;
  const auto executable = std::filesystem::read_symlink("/proc/self/exe", failed);
  return failed ? std::filesystem::path(".") : executable.parent_path();
}

// The first candidate that exists, else the last: its name makes the better error.
std::filesystem::path FirstExisting(std::initializer_list<std::filesystem::path> candidates) {
  std::error_code ignored;
  for (const auto& candidate : candidates) {
    if (std::filesystem::exists(candidate, ignored)) return candidate.lexically_normal();
  }
  return (candidates.end() - 1)->lexically_normal();
}

}  // namespace

std::filesystem::path DefaultModulePath() {
  const auto here = ExecutableDirectory();
  return FirstExisting({here / ".." / "hsm_sim" / "libflorin-pkcs11.so",
                        here / ".." / FLORIN_INSTALL_MODULE_DIR / "libflorin-pkcs11.so"});
}

std::filesystem::path VectorsDirectory() {
  return FirstExisting({ExecutableDirectory() / ".." / "share" / "florin" / "vectors",
                        std::filesystem::path(FLORIN_SOURCE_DIR) / "tests" / "vectors"});
}

}  // namespace florin::tools
