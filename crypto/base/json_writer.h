// JsonWriter: compact JSON text, member by member, with commas and escapes taken care of.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "florin/base/bytes.h"
#include "florin/base/result.h"

namespace florin {

// Appends to a std::string, or fills a caller's span (for text that holds secrets). What cannot
// be written is remembered and returned by Finish. Calls in an order that makes no JSON (a value
// where a name is due, an End too many, more than 64 levels) are a broken invariant.
// Thread-compatible; the target must outlive it.
class JsonWriter {
 public:
  explicit JsonWriter(std::string* target) : string_(target) {}
  explicit JsonWriter(std::span<char> target) : span_(target) {}
  JsonWriter(const JsonWriter&) = delete;
  JsonWriter& operator=(const JsonWriter&) = delete;

  JsonWriter& BeginObject();
  JsonWriter& EndObject();
  JsonWriter& BeginArray();
  JsonWriter& EndArray();
  JsonWriter& Name(std::string_view name);

  // `text` must be UTF-8.
  JsonWriter& String(std::string_view text);
  JsonWriter& Int(std::int64_t value);
  JsonWriter& Uint(std::uint64_t value);
  JsonWriter& Bool(bool value);
  JsonWriter& Null();

  // Base64 text (standard, padded) of `bytes`, written without an intermediate copy.
  JsonWriter& Base64(ByteView bytes);

  // `text` must be a JSON number.
  JsonWriter& NumberText(std::string_view text);

  // Name and value in one call.
  JsonWriter& String(std::string_view name, std::string_view text) {
    return Name(name).String(text);
  }
  JsonWriter& Int(std::string_view name, std::int64_t value) { return Name(name).Int(value); }
  JsonWriter& Uint(std::string_view name, std::uint64_t value) { return Name(name).Uint(value); }
  JsonWriter& Bool(std::string_view name, bool value) { return Name(name).Bool(value); }

  // Characters written by this writer. Errors: kBufferTooSmall (the span is full),
  // kInvalidArgument (text that is not UTF-8, or NumberText that is no number). An open object or
  // array is a broken invariant.
  Result<std::size_t> Finish();

 private:
  void Put(std::string_view text);
  void PutEscaped(std::string_view text);
  void BeforeValue();
  void Begin(char bracket, bool object);
  void End(char bracket, bool object);
  bool Top(std::uint64_t bits) const { return depth_ != 0 && (bits >> (depth_ - 1) & 1) != 0; }

  std::string* string_ = nullptr;
  std::span<char> span_;
  std::size_t written_ = 0;
  std::size_t depth_ = 0;
  std::uint64_t is_object_ = 0;  // bit per open level
  std::uint64_t has_items_ = 0;  // bit per open level
  bool name_written_ = false;
  bool root_written_ = false;
  Status status_;
};

}  // namespace florin
