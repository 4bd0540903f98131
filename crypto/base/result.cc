#include "florin/base/result.h"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>

namespace florin {
namespace {

constexpr std::array<const char*, 23> kNames = {
    "OK",
    "INVALID_ARGUMENT",
    "MALFORMED",
    "LIMIT_EXCEEDED",
    "BUFFER_TOO_SMALL",
    "VERIFICATION_FAILED",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "PERMISSION_DENIED",
    "UNSUPPORTED",
    "NOT_INITIALIZED",
    "AUTHENTICATION_FAILED",
    "LOCKED",
    "SESSION_LOST",
    "DEVICE_ERROR",
    "STORAGE",
    "CORRUPTED",
    "RESOURCE_EXHAUSTED",
    "EXPIRED",
    "REPLAYED",
    "CONFLICT",
    "INTERNAL",
    "CANCELLED",
};
static_assert(kNames.size() == static_cast<std::size_t>(ErrorCode::kCancelled) + 1);

// write(2) instead of stdio: the process may be in any state, and nothing may allocate.
void WriteToStderr(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(STDERR_FILENO, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace

const char* ErrorCodeName(ErrorCode code) {
  const auto index = static_cast<std::size_t>(code);
  return index < kNames.size() ? kNames[index] : "UNKNOWN";
}

void InvariantFailed(const char* expression, const char* file, int line) {
  std::array<char, 12> digits{};
  std::size_t first = digits.size();
  unsigned rest = line < 0 ? 0 : static_cast<unsigned>(line);
  do {
    digits[--first] = static_cast<char>('0' + rest % 10);
    rest /= 10;
  } while (rest != 0);
  WriteToStderr("florin: broken invariant: ");
  WriteToStderr(expression);
  WriteToStderr(" at ");
  WriteToStderr(file);
  WriteToStderr(":");
  WriteToStderr({digits.data() + first, digits.size() - first});
  WriteToStderr("\n");
  std::abort();
}

}  // namespace florin
