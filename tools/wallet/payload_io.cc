#include "tools/wallet/payload_io.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <memory>

#include "tools/command_io.h"
#include "tools/key/der_file.h"

namespace florin::tools {
namespace {

constexpr std::size_t kMaxText = std::size_t{4} << 20;

struct CloseFile {
  void operator()(std::FILE* file) const {
    if (file != stdin) std::fclose(file);
  }
};

}  // namespace

Result<SecretBytes> ReadSecretPayload(const std::string& path, std::size_t limit) {
  const std::unique_ptr<std::FILE, CloseFile> file(path == "-" ? stdin
                                                               : std::fopen(path.c_str(), "rb"));
  if (file == nullptr) return Error(ErrorCode::kNotFound, "the file cannot be read");
  FLORIN_TRY(SecretBytes content, SecretBytes::Create(limit + 1));
  const MutableBytes room = content.Write(SecretAccess{});
  std::setvbuf(file.get(), nullptr, _IONBF, 0);
  const std::size_t size = std::fread(room.data(), 1, room.size(), file.get());
  if (size > limit) return Error(ErrorCode::kLimitExceeded, "the file is too long");
  content.Truncate(size);
  return content;
}

Result<std::string> TextArgument(const std::string& argument) {
  std::string text = argument;
  if (argument == "-") {
    FLORIN_TRY(text, ReadTextFile("-", kMaxText));
  }
  constexpr const char* kSpace = " \t\r\n";
  const std::size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string::npos) return Bad("there is no text");
  return text.substr(begin, text.find_last_not_of(kSpace) + 1 - begin);
}

Status WritePayload(const std::string& path, ByteView content) {
  if (path.empty()) return OkStatus();
  const int file = path == "-" ? ::dup(STDOUT_FILENO)
                               : ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
                                        S_IRUSR | S_IWUSR);
  if (file < 0) {
    return Error(ErrorCode::kConflict,
                 "the file of --out cannot be made: it is there already, or its folder is not");
  }
  std::size_t written = 0;
  while (written < content.size()) {
    const ssize_t count = ::write(file, content.data() + written, content.size() - written);
    if (count <= 0) break;
    written += static_cast<std::size_t>(count);
  }
  if (::close(file) == 0 && written == content.size()) return OkStatus();
  return Error(ErrorCode::kResourceExhausted, "the file of --out cannot be written whole");
}

Result<UnixSeconds> TimeOption(const std::string& text) {
  if (text.empty()) return SystemClock().Now();
  const bool digits =
      std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (digits && text.size() <= 12) return UnixSeconds{std::stoll(text)};
  std::tm parts{};
  const char* end = strptime(text.c_str(), "%Y-%m-%dT%H:%M:%SZ", &parts);
  const int day = parts.tm_mday;
  // timegm takes the 30th of February for a day of March.
  const std::time_t time = timegm(&parts);
  if (end == nullptr || *end != '\0' || parts.tm_mday != day) {
    return Bad("--at is a time such as 2026-11-27T01:51:42Z, or seconds since 1970");
  }
  return UnixSeconds{time};
}

}  // namespace florin::tools
