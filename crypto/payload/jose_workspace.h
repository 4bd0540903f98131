// The memory in which one JWE or JWS is read.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "crypto/base/json.h"
#include "florin/base/bytes.h"
#include "florin/base/result.h"

namespace florin::payload {

inline constexpr std::size_t kMaxKid = 512;  // characters

// The views of what was read last until the next.
struct JoseWorkspace {
  static Result<std::unique_ptr<JoseWorkspace>> Create(std::size_t max_bytes);
  void Clear();

  JoseWorkspace(std::size_t limit, JsonParser text, JsonParser header)
      : max_bytes(limit),
        text_parser(std::move(text)),
        header_parser(std::move(header)),
        fields(kRoom * limit + 64) {}

  std::size_t max_bytes;
  JsonParser text_parser;
  JsonParser header_parser;
  Bytes fields;  // decoded: nothing secret

 private:
  // What is signed or authenticated stands here once more beside what was decoded, and a detached
  // payload, which is half as long as a text at most, in base64.
  static constexpr std::size_t kRoom = 3;
};

// Splits at dots into exactly `parts.size()` parts (RFC 7515 3.1, RFC 7516 3.1). kMalformed.
Status SplitCompact(std::string_view text, std::span<std::string_view> parts);

// Members of the JSON forms. Absent is empty; an empty string says the same in more words and is
// refused, so that a text has one form.
Result<std::string_view> OptionalText(const JsonObject& in, std::string_view name);
Result<std::optional<JsonObject>> OptionalObject(const JsonObject& in, std::string_view name);

}  // namespace florin::payload
