#include "tools/command_io.h"

#include <algorithm>
#include <cstdio>
#include <utility>

namespace florin::tools {
namespace {

std::string TextOf(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_boolean()) return value.get<bool>() ? "yes" : "no";
  return value.is_null() ? "-" : value.dump();
}

}  // namespace

Result<Bytes> HexOption(const std::string& text, const char* message) {
  auto bytes = HexDecode(text);
  if (!bytes.ok()) return Bad(message);
  return bytes;
}

std::string TextOr(const Json& field, const char* absent) {
  return field.is_string() ? field.get<std::string>() : absent;
}

std::string UpperHex(ByteView bytes) { return HexEncode(bytes, HexCase::kUpper); }

int Finish(const char* command, bool as_json, Result<Json> result, const VerdictText& text) {
  const bool wrong = !result.ok() && result.code() == ErrorCode::kVerificationFailed;
  if (!result.ok() && !wrong) {
    std::fprintf(stderr, "florin %s: %s\n", command, result.error().message());
    return kNotJudged;
  }
  const Json json = wrong ? Json{{"right", false}} : std::move(result).value();
  const int status = wrong ? kWrong : kDone;
  if (as_json) {
    std::puts(json.dump().c_str());
    return status;
  }
  if (json.contains("right")) {
    std::puts(wrong ? text.wrong : text.right);
    return status;
  }
  std::size_t width = 8;
  for (const auto& [name, value] : json.items()) width = std::max(width, name.size());
  for (const auto& [name, value] : json.items()) {
    std::printf("%-*s %s\n", static_cast<int>(width), name.c_str(), TextOf(value).c_str());
  }
  return status;
}

}  // namespace florin::tools
