// Strict JSON (RFC 8259) from outside, read once into a small tree of views. simdjson is beneath
// and stays beneath.
//
// Always refused: anything but one object or array, duplicate member names (compared after
// unescaping), invalid UTF-8, a byte order mark, lone surrogates, trailing bytes, and input
// beyond the limits. Unknown members are refused where the caller says which are known.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string_view>

#include "florin/base/bytes.h"
#include "florin/base/result.h"

namespace florin {

class JsonArray;
class JsonObject;
struct JsonNode;
struct JsonMember;

enum class JsonKind : std::uint8_t { kNull, kBool, kNumber, kString, kArray, kObject };

// One value inside a parsed document: a view, valid until its parser parses again, clears or
// dies. Reading it as what it is not returns kMalformed that names the expected type.
class JsonValue {
 public:
  JsonKind kind() const;
  bool is_null() const { return kind() == JsonKind::kNull; }

  // Unescaped UTF-8; may contain U+0000 where the text escaped it.
  Result<std::string_view> AsString() const;
  Result<bool> AsBool() const;

  // Only plain integers: a fraction or an exponent, even of integral value, is kMalformed, as is
  // a value outside the type's range.
  Result<std::int64_t> AsInt64() const;
  Result<std::uint64_t> AsUint64() const;

  // The number as it was written, such as "1.10": amounts must not pass through a double.
  Result<std::string_view> AsNumberText() const;

  Result<JsonObject> AsObject() const;
  Result<JsonArray> AsArray() const;

 private:
  friend class JsonArray;
  friend class JsonObject;
  friend class JsonParser;
  explicit JsonValue(const JsonNode* node) : node_(node) {}

  const JsonNode* node_;
};

// An object: members in the order they were written. A view like JsonValue.
class JsonObject {
 public:
  class Iterator {
   public:
    JsonMember operator*() const;
    Iterator& operator++();
    bool operator==(const Iterator&) const = default;

   private:
    friend class JsonObject;
    explicit Iterator(const JsonNode* node) : node_(node) {}
    const JsonNode* node_;
  };

  std::size_t size() const;
  Iterator begin() const;
  Iterator end() const;

  // Empty when there is no such member. A member that is null is there.
  std::optional<JsonValue> Find(std::string_view name) const;

  // kMalformed when a required member is missing or a member is neither required nor optional.
  Status CheckMembers(std::initializer_list<std::string_view> required,
                      std::initializer_list<std::string_view> optional = {}) const;

  // The member `name`, which must be there (else kMalformed) and of that type.
  Result<JsonValue> Get(std::string_view name) const;
  Result<std::string_view> GetString(std::string_view name) const;
  Result<bool> GetBool(std::string_view name) const;
  Result<std::int64_t> GetInt64(std::string_view name) const;
  Result<std::uint64_t> GetUint64(std::string_view name) const;
  Result<std::string_view> GetNumberText(std::string_view name) const;
  Result<JsonObject> GetObject(std::string_view name) const;
  Result<JsonArray> GetArray(std::string_view name) const;

 private:
  friend class JsonValue;
  explicit JsonObject(const JsonNode* node) : node_(node) {}

  const JsonNode* node_;
};

struct JsonMember {
  std::string_view name;
  JsonValue value;
};

// An array: elements in order. A view like JsonValue.
class JsonArray {
 public:
  class Iterator {
   public:
    JsonValue operator*() const { return JsonValue(node_); }
    Iterator& operator++();
    bool operator==(const Iterator&) const = default;

   private:
    friend class JsonArray;
    explicit Iterator(const JsonNode* node) : node_(node) {}
    const JsonNode* node_;
  };

  std::size_t size() const;
  Iterator begin() const;
  Iterator end() const;

 private:
  friend class JsonValue;
  explicit JsonArray(const JsonNode* node) : node_(node) {}

  const JsonNode* node_;
};

// Input beyond a limit is kLimitExceeded. All memory is allocated for these when the parser is
// made, in secret memory where text is kept.
struct JsonLimits {
  std::size_t max_bytes = 64 * 1024;
  std::size_t max_depth = 16;     // nested objects and arrays, the outermost included
  std::size_t max_values = 1024;  // values of the whole document, objects and arrays included
  std::size_t max_members = 128;  // members of one object
};

// Parses one document after another without allocating. Holds a copy of the text in secret memory
// that is wiped when it is replaced, cleared or destroyed. Move-only. Not thread-safe: one per
// thread.
class JsonParser {
 public:
  // Errors: kResourceExhausted, kInvalidArgument (a limit is 0 or absurd).
  static Result<JsonParser> Create(const JsonLimits& limits = {});

  JsonParser(JsonParser&&) noexcept;
  JsonParser& operator=(JsonParser&&) noexcept;
  ~JsonParser();

  // Wipes the document before, and returns the root of the new one. The text is copied.
  // Errors: kMalformed, kLimitExceeded; detail() is the byte offset near which parsing stopped.
  Result<JsonValue> Parse(std::string_view text);
  Result<JsonValue> Parse(ByteView text) { return Parse(AsText(text)); }

  // The same, with the root required to be an object.
  Result<JsonObject> ParseObject(std::string_view text);
  Result<JsonObject> ParseObject(ByteView text) { return ParseObject(AsText(text)); }

  // Wipes the document now. All views of it are dead.
  void Clear();

 private:
  class Impl;
  explicit JsonParser(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

}  // namespace florin
