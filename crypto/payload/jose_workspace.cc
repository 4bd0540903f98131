#include "crypto/payload/jose_workspace.h"

namespace florin::payload {
namespace {

JsonLimits HeaderLimits() {
  JsonLimits limits;
  limits.max_bytes = 8 * 1024;
  limits.max_depth = 4;
  limits.max_values = 128;
  limits.max_members = 32;
  return limits;
}

JsonLimits TextLimits(std::size_t max_bytes) {
  JsonLimits limits;
  limits.max_bytes = max_bytes;
  limits.max_depth = 6;
  limits.max_values = 512;
  limits.max_members = 32;
  return limits;
}

}  // namespace

Result<std::unique_ptr<JoseWorkspace>> JoseWorkspace::Create(std::size_t max_bytes) {
  FLORIN_TRY(JsonParser text, JsonParser::Create(TextLimits(max_bytes)));
  FLORIN_TRY(JsonParser header, JsonParser::Create(HeaderLimits()));
  return std::make_unique<JoseWorkspace>(max_bytes, std::move(text), std::move(header));
}

void JoseWorkspace::Clear() {
  text_parser.Clear();
  header_parser.Clear();
}

Status SplitCompact(std::string_view text, std::span<std::string_view> parts) {
  for (std::size_t count = 0;; ++count) {
    const std::size_t dot = text.find('.');
    const bool last = dot == std::string_view::npos;
    if (last != (count + 1 == parts.size())) {
      return Error(ErrorCode::kMalformed, "JOSE: the compact form has another number of parts");
    }
    parts[count] = text.substr(0, dot);
    if (last) return OkStatus();
    text.remove_prefix(dot + 1);
  }
}

Result<std::optional<JsonObject>> OptionalObject(const JsonObject& in, std::string_view name) {
  const auto found = in.Find(name);
  if (!found.has_value()) return std::optional<JsonObject>();
  FLORIN_TRY(const JsonObject object, found->AsObject());
  return std::optional<JsonObject>(object);
}

Result<std::string_view> OptionalText(const JsonObject& in, std::string_view name) {
  const auto found = in.Find(name);
  if (!found.has_value()) return std::string_view();
  FLORIN_TRY(const std::string_view text, found->AsString());
  if (text.empty()) return Error(ErrorCode::kMalformed, "JOSE: an empty member should be absent");
  return text;
}

}  // namespace florin::payload
