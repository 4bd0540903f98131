#include "crypto/base/json_writer.h"

#include <array>
#include <charconv>
#include <cstring>

#include "crypto/base/json_number.h"
#include "crypto/base/utf8.h"
#include "florin/base/base64.h"

namespace florin {
namespace {

constexpr std::size_t kMostLevels = 64;

// The escape of a character below U+0020, a quote or a backslash (RFC 8259 section 7).
std::string_view EscapeOf(char c, std::array<char, 6>& buffer) {
  switch (c) {
    case '"': return "\\\"";
    case '\\': return "\\\\";
    case '\n': return "\\n";
    case '\r': return "\\r";
    case '\t': return "\\t";
    default: break;
  }
  constexpr char kDigits[] = "0123456789abcdef";
  const auto code = static_cast<unsigned char>(c);
  buffer = {'\\', 'u', '0', '0', kDigits[code >> 4], kDigits[code & 15]};
  return {buffer.data(), buffer.size()};
}

bool NeedsEscape(char c) { return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20; }

}  // namespace

void JsonWriter::Put(std::string_view text) {
  if (!status_.ok()) return;
  if (string_ != nullptr) {
    string_->append(text);
  } else if (text.size() > span_.size() - written_) {
    status_ =
        Error(ErrorCode::kBufferTooSmall, "the span for JSON text is too small; pass a larger one");
    return;
  } else if (!text.empty()) {
    std::memcpy(span_.data() + written_, text.data(), text.size());
  }
  written_ += text.size();
}

void JsonWriter::PutEscaped(std::string_view text) {
  if (!IsValidUtf8(text)) {
    if (status_.ok()) {
      status_ = Error(ErrorCode::kInvalidArgument, "text for JSON is not UTF-8; encode it so");
    }
    return;
  }
  Put("\"");
  std::size_t plain = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!NeedsEscape(text[i])) continue;
    std::array<char, 6> buffer;
    Put(text.substr(plain, i - plain));
    Put(EscapeOf(text[i], buffer));
    plain = i + 1;
  }
  Put(text.substr(plain));
  Put("\"");
}

void JsonWriter::BeforeValue() {
  if (depth_ == 0) {
    FLORIN_INVARIANT(!root_written_);
    root_written_ = true;
    return;
  }
  if (Top(is_object_)) {
    FLORIN_INVARIANT(name_written_);
    name_written_ = false;
    return;
  }
  if (Top(has_items_)) Put(",");
  has_items_ |= std::uint64_t{1} << (depth_ - 1);
}

void JsonWriter::Begin(char bracket, bool object) {
  BeforeValue();
  FLORIN_INVARIANT(depth_ < kMostLevels);
  const std::uint64_t bit = std::uint64_t{1} << depth_++;
  is_object_ = object ? is_object_ | bit : is_object_ & ~bit;
  has_items_ &= ~bit;
  Put({&bracket, 1});
}

void JsonWriter::End(char bracket, bool object) {
  FLORIN_INVARIANT(depth_ != 0 && Top(is_object_) == object && !name_written_);
  --depth_;
  Put({&bracket, 1});
}

JsonWriter& JsonWriter::BeginObject() {
  Begin('{', true);
  return *this;
}

JsonWriter& JsonWriter::EndObject() {
  End('}', true);
  return *this;
}

JsonWriter& JsonWriter::BeginArray() {
  Begin('[', false);
  return *this;
}

JsonWriter& JsonWriter::EndArray() {
  End(']', false);
  return *this;
}

JsonWriter& JsonWriter::Name(std::string_view name) {
  FLORIN_INVARIANT(Top(is_object_) && !name_written_);
  if (Top(has_items_)) Put(",");
  has_items_ |= std::uint64_t{1} << (depth_ - 1);
  name_written_ = true;
  PutEscaped(name);
  Put(":");
  return *this;
}

JsonWriter& JsonWriter::String(std::string_view text) {
  BeforeValue();
  PutEscaped(text);
  return *this;
}

JsonWriter& JsonWriter::Int(std::int64_t value) {
  BeforeValue();
  std::array<char, 24> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  Put({digits.data(), static_cast<std::size_t>(end - digits.data())});
  return *this;
}

JsonWriter& JsonWriter::Uint(std::uint64_t value) {
  BeforeValue();
  std::array<char, 24> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  Put({digits.data(), static_cast<std::size_t>(end - digits.data())});
  return *this;
}

JsonWriter& JsonWriter::Bool(bool value) {
  BeforeValue();
  Put(value ? "true" : "false");
  return *this;
}

JsonWriter& JsonWriter::Null() {
  BeforeValue();
  Put("null");
  return *this;
}

JsonWriter& JsonWriter::Base64(ByteView bytes) {
  BeforeValue();
  Put("\"");
  constexpr std::size_t kChunk = 48;  // a multiple of 3: only the last one is padded
  while (!bytes.empty()) {
    const ByteView chunk = bytes.first(bytes.size() < kChunk ? bytes.size() : kChunk);
    std::array<char, kChunk / 3 * 4> text;
    const Result<std::size_t> size = Base64Encode(chunk, Base64Form::kStandard, text);
    FLORIN_INVARIANT(size.ok());
    Put({text.data(), *size});
    bytes = bytes.subspan(chunk.size());
  }
  Put("\"");
  return *this;
}

JsonWriter& JsonWriter::NumberText(std::string_view text) {
  BeforeValue();
  if (IsJsonNumber(text)) {
    Put(text);
  } else if (status_.ok()) {
    status_ = Error(ErrorCode::kInvalidArgument, "text for a JSON number is no number");
  }
  return *this;
}

Result<std::size_t> JsonWriter::Finish() {
  FLORIN_INVARIANT(depth_ == 0 && root_written_);
  if (!status_.ok()) return status_.error();
  return written_;
}

}  // namespace florin
