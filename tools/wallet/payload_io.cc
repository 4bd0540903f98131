#include "tools/wallet/payload_io.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <memory>

#include "tools/command_io.h"

namespace florin::tools {
namespace {

constexpr std::size_t kMaxText = std::size_t{4} << 20;

struct CloseFile {
  void operator()(std::FILE* file) const {
    if (file != stdin) std::fclose(file);
  }
};

Result<std::unique_ptr<std::FILE, CloseFile>> OpenToRead(const std::string& path) {
  std::FILE* file = path == "-" ? stdin : std::fopen(path.c_str(), "rb");
  if (file == nullptr) return Error(ErrorCode::kNotFound, "the file cannot be read");
  return std::unique_ptr<std::FILE, CloseFile>(file);
}

}  // namespace

Result<std::string> ReadPayload(const std::string& path, std::size_t limit) {
  FLORIN_TRY(const auto file, OpenToRead(path));
  std::string text(limit + 1, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), file.get()));
  if (text.size() <= limit) return text;
  return Error(ErrorCode::kLimitExceeded, "the file is too long");
}

Result<SecretBytes> ReadSecretPayload(const std::string& path, std::size_t limit) {
  FLORIN_TRY(const auto file, OpenToRead(path));
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
    FLORIN_TRY(text, ReadPayload("-", kMaxText));
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

int SmallNumber(std::string_view digits) {
  int value = 0;
  for (const char c : digits) {
    if (c < '0' || c > '9') return -1;
    value = value * 10 + (c - '0');
  }
  return digits.empty() || digits.size() > 9 ? -1 : value;
}

Result<UnixSeconds> TimeOption(const std::string& text) {
  if (text.empty()) return SystemClock().Now();
  const bool digits =
      std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (digits && text.size() <= 12) return UnixSeconds{std::stoll(text)};
  const Error wrong = Bad("--at is a time such as 2026-11-27T01:51:42Z, or seconds since 1970");
  constexpr std::string_view kForm = "0000-00-00T00:00:00Z";
  if (text.size() != kForm.size()) return wrong;
  for (std::size_t i = 0; i < kForm.size(); ++i) {
    if (kForm[i] != '0' && kForm[i] != text[i]) return wrong;
  }
  const std::string_view view = text;
  const int month = SmallNumber(view.substr(5, 2));
  const int day = SmallNumber(view.substr(8, 2));
  const int hour = SmallNumber(view.substr(11, 2));
  const int minute = SmallNumber(view.substr(14, 2));
  const int second = SmallNumber(view.substr(17, 2));
  if (month < 0 || day < 0 || hour < 0 || minute < 0 || second < 0) return wrong;
  const std::chrono::year_month_day date{std::chrono::year{SmallNumber(view.substr(0, 4))},
                                         std::chrono::month{static_cast<unsigned>(month)},
                                         std::chrono::day{static_cast<unsigned>(day)}};
  if (!date.ok() || date.year() < std::chrono::year{1970} || hour > 23 || minute > 59 ||
      second > 59) {
    return wrong;
  }
  const auto days = std::chrono::sys_days(date).time_since_epoch().count();
  return UnixSeconds{days * std::int64_t{86400} + hour * 3600 + minute * 60 + second};
}

}  // namespace florin::tools
