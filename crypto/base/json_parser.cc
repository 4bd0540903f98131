#define SIMDJSON_EXCEPTIONS 0
#include <simdjson.h>

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

#include "crypto/base/json.h"
#include "crypto/base/json_node.h"
#include "crypto/base/json_number.h"
#include "crypto/base/utf8.h"
#include "florin/base/secret.h"

namespace florin {
namespace {

namespace ondemand = simdjson::ondemand;

constexpr std::size_t kPadding = std::max<std::size_t>(simdjson::SIMDJSON_PADDING, 64);
constexpr std::size_t kMostBytes = std::size_t{8} << 20;
constexpr std::size_t kMostDepth = 64;
constexpr std::size_t kMostValues = std::size_t{1} << 20;

constexpr const char* kNotJson = "the text is not valid JSON near the byte offset in detail";

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

const char* MessageFor(simdjson::error_code code) {
  switch (code) {
    case simdjson::UTF8_ERROR: return "the JSON text is not valid UTF-8";
    case simdjson::UNESCAPED_CHARS: return "a JSON string contains a control character; escape it";
    case simdjson::UNCLOSED_STRING:
    case simdjson::INCOMPLETE_ARRAY_OR_OBJECT:
    case simdjson::EMPTY: return "the JSON text is truncated or empty; send it whole";
    case simdjson::STRING_ERROR: return "a JSON string has an escape that is not valid";
    default: return kNotJson;
  }
}

// The characters in front of the quote that ends the name at the start of `text`; npos if none.
std::size_t NameSize(std::string_view text) {
  const std::size_t quote = text.find('"');
  if (quote == std::string_view::npos || text.substr(0, quote).find('\\') == text.npos)
    return quote;
  std::size_t at = 0;
  while (at < text.size() && text[at] != '"') at += text[at] == '\\' ? 2 : 1;
  return at < text.size() ? at : std::string_view::npos;
}

}  // namespace

// simdjson finds the tokens and checks UTF-8 (its stage 1) and unescapes; this walks every value,
// checks the grammar of each token, and lays down the nodes.
class JsonParser::Impl {
 public:
  static Result<std::unique_ptr<Impl>> Create(const JsonLimits& limits);

  Result<JsonValue> Parse(std::string_view text);
  void Clear();

 private:
  Status Load(std::string_view text);
  Status Walk(ondemand::value value, JsonNode* node, std::size_t depth);
  Status WalkObject(ondemand::value value, JsonNode* node, std::size_t depth);
  Status WalkArray(ondemand::value value, JsonNode* node, std::size_t depth);
  Status ReadScalar(ondemand::value value, std::string_view token, JsonNode* node);
  Status ReadName(ondemand::raw_json_string raw, const JsonNode* object, JsonNode* member);
  Result<std::string_view> Unescape(const char* begin, std::size_t size);
  Result<JsonNode*> NewNode();

  Error Fail(ErrorCode code, const char* message) const {
    return Error(code, message, static_cast<std::uint32_t>(at_));
  }
  Error Malformed(const char* message) const { return Fail(ErrorCode::kMalformed, message); }
  Error Malformed(simdjson::error_code code) const { return Malformed(MessageFor(code)); }

  JsonLimits limits_;
  SecretBytes input_;    // the text, then padding that simdjson may read
  SecretBytes strings_;  // strings whose text had escapes, then padding that it may write
  std::unique_ptr<JsonNode[]> nodes_;
  ondemand::parser parser_;
  std::size_t input_size_ = 0;
  std::size_t strings_size_ = 0;
  std::size_t node_count_ = 0;
  std::size_t at_ = 0;  // offset of the token in hand
};

Result<std::unique_ptr<JsonParser::Impl>> JsonParser::Impl::Create(const JsonLimits& limits) {
  if (limits.max_bytes == 0 || limits.max_bytes > kMostBytes || limits.max_depth == 0 ||
      limits.max_depth > kMostDepth || limits.max_values == 0 || limits.max_values > kMostValues ||
      limits.max_members == 0) {
    return Error(ErrorCode::kInvalidArgument,
                 "JSON limits must not be 0 nor beyond 8 MiB, depth 64 and 2^20 values");
  }
  const Error no_memory(ErrorCode::kResourceExhausted, "no memory for a JSON parser");
  std::unique_ptr<Impl> impl(new (std::nothrow) Impl);
  if (impl == nullptr) return no_memory;
  impl->limits_ = limits;
  FLORIN_TRY(impl->input_, SecretBytes::Create(limits.max_bytes + kPadding));
  FLORIN_TRY(impl->strings_, SecretBytes::Create(limits.max_bytes + kPadding));
  impl->nodes_.reset(new (std::nothrow) JsonNode[limits.max_values]);
  if (impl->nodes_ == nullptr) return no_memory;
  // Two more levels: the document itself, and one to notice that the limit is passed.
  if (impl->parser_.allocate(limits.max_bytes, limits.max_depth + 2) != simdjson::SUCCESS) {
    return no_memory;
  }
  return impl;
}

void JsonParser::Impl::Clear() {
  const MutableBytes input = input_.Write(SecretAccess{});
  const MutableBytes strings = strings_.Write(SecretAccess{});
  Wipe(input.first(std::min(input_size_, input.size())));
  // Vectors of simdjson may have written beyond the last string.
  if (strings_size_ != 0) Wipe(strings.first(std::min(strings_size_ + kPadding, strings.size())));
  input_size_ = 0;
  strings_size_ = 0;
  node_count_ = 0;
  at_ = 0;
}

Status JsonParser::Impl::Load(std::string_view text) {
  if (text.size() > limits_.max_bytes) {
    return Fail(ErrorCode::kLimitExceeded, "the JSON text is longer than this format allows");
  }
  if (text.starts_with("\xef\xbb\xbf")) {
    return Malformed("the JSON text starts with a byte order mark; remove it");
  }
  if (text.empty()) return Malformed(simdjson::EMPTY);
  std::memcpy(input_.Write(SecretAccess{}).data(), text.data(), text.size());
  input_size_ = text.size();
  return OkStatus();
}

Result<JsonValue> JsonParser::Impl::Parse(std::string_view text) {
  Clear();
  FLORIN_CHECK_OK(Load(text));
  const ByteView input = input_.Read(SecretAccess{});
  const simdjson::padded_string_view padded(input.data(), input_size_, input.size());
  ondemand::document document;
  if (const auto error = parser_.iterate(padded).get(document)) return Malformed(error);
  ondemand::value root;
  if (const auto error = document.get_value().get(root)) {
    return Malformed(error == simdjson::SCALAR_DOCUMENT_AS_VALUE
                         ? "the JSON text is not an object or an array"
                         : MessageFor(error));
  }
  FLORIN_TRY(JsonNode * node, NewNode());
  FLORIN_CHECK_OK(Walk(root, node, 1));
  // simdjson 3.0 tells the end only this way.
  if (document.current_location().error() != simdjson::OUT_OF_BOUNDS) {
    return Malformed("bytes follow the end of the JSON text; remove them");
  }
  return JsonValue(node);
}

Result<JsonNode*> JsonParser::Impl::NewNode() {
  if (node_count_ == limits_.max_values) {
    return Fail(ErrorCode::kLimitExceeded, "the JSON text has more values than this format allows");
  }
  JsonNode* node = &nodes_[node_count_++];
  *node = JsonNode{};
  node->span = 1;
  return node;
}

Status JsonParser::Impl::Walk(ondemand::value value, JsonNode* node, std::size_t depth) {
  std::string_view token = value.raw_json_token();
  at_ = static_cast<std::size_t>(token.data() - AsText(input_.Read(SecretAccess{})).data());
  while (!token.empty() && IsSpace(token.back())) token.remove_suffix(1);
  if (token != "{" && token != "[") return ReadScalar(value, token, node);
  if (depth > limits_.max_depth) {
    return Fail(ErrorCode::kLimitExceeded,
                "the JSON text is nested more deeply than this format allows");
  }
  const JsonNode* first = node;
  FLORIN_CHECK_OK(token == "{" ? WalkObject(value, node, depth) : WalkArray(value, node, depth));
  node->span = static_cast<std::uint32_t>(&nodes_[node_count_] - first);
  return OkStatus();
}

Status JsonParser::Impl::WalkObject(ondemand::value value, JsonNode* node, std::size_t depth) {
  node->kind = JsonKind::kObject;
  ondemand::object object;
  if (const auto error = value.get_object().get(object)) return Malformed(error);
  for (auto result : object) {
    ondemand::field field;
    if (const auto error = std::move(result).get(field)) return Malformed(error);
    if (node->count == limits_.max_members) {
      return Fail(ErrorCode::kLimitExceeded,
                  "a JSON object has more members than this format allows");
    }
    FLORIN_TRY(JsonNode * member, NewNode());
    FLORIN_CHECK_OK(ReadName(field.key(), node, member));
    ++node->count;
    FLORIN_CHECK_OK(Walk(field.value(), member, depth + 1));
  }
  return OkStatus();
}

Status JsonParser::Impl::WalkArray(ondemand::value value, JsonNode* node, std::size_t depth) {
  node->kind = JsonKind::kArray;
  ondemand::array array;
  if (const auto error = value.get_array().get(array)) return Malformed(error);
  for (auto result : array) {
    ondemand::value element;
    if (const auto error = std::move(result).get(element)) return Malformed(error);
    FLORIN_TRY(JsonNode * child, NewNode());
    ++node->count;
    FLORIN_CHECK_OK(Walk(element, child, depth + 1));
  }
  return OkStatus();
}

Status JsonParser::Impl::ReadScalar(ondemand::value value, std::string_view token, JsonNode* node) {
  if (token.size() >= 2 && token.front() == '"' && token.back() == '"') {
    node->kind = JsonKind::kString;
    // Consumed here: simdjson takes a string that it has to skip for a name if a colon follows.
    if (const auto error = value.get_raw_json_string().error()) return Malformed(error);
    FLORIN_TRY(const std::string_view text, Unescape(token.data() + 1, token.size() - 2));
    node->text = text.data();
    node->text_size = static_cast<std::uint32_t>(text.size());
    return OkStatus();
  }
  if (token == "null") {
    node->kind = JsonKind::kNull;
    return OkStatus();
  }
  if (token == "true" || token == "false") {
    node->kind = JsonKind::kBool;
    node->truth = token == "true";
    return OkStatus();
  }
  if (!IsJsonNumber(token)) return Malformed(kNotJson);
  node->kind = JsonKind::kNumber;
  node->text = token.data();
  node->text_size = static_cast<std::uint32_t>(token.size());
  return OkStatus();
}

Status JsonParser::Impl::ReadName(ondemand::raw_json_string raw, const JsonNode* object,
                                  JsonNode* member) {
  const char* begin = raw.raw();
  const std::string_view input = AsText(input_.Read(SecretAccess{})).substr(0, input_size_);
  at_ = static_cast<std::size_t>(begin - input.data());
  const std::size_t size = NameSize(input.substr(at_));
  if (size == std::string_view::npos) return Malformed(simdjson::UNCLOSED_STRING);
  FLORIN_TRY(const std::string_view name, Unescape(begin, size));
  const JsonNode* other = object + 1;
  for (std::uint32_t i = 0; i < object->count; ++i, other += other->span) {
    if (std::string_view(other->name, other->name_size) == name) {
      return Malformed("a JSON object names a member twice");
    }
  }
  member->name = name.data();
  member->name_size = static_cast<std::uint32_t>(name.size());
  return OkStatus();
}

// Text without a backslash is used where it lies.
Result<std::string_view> JsonParser::Impl::Unescape(const char* begin, std::size_t size) {
  if (size == 0 || std::memchr(begin, '\\', size) == nullptr) return std::string_view(begin, size);
  std::uint8_t* out = strings_.Write(SecretAccess{}).data() + strings_size_;
  std::string_view text;
  const ondemand::raw_json_string raw(reinterpret_cast<const std::uint8_t*>(begin));
  // Counted before the call: what a failed one wrote is wiped as well.
  strings_size_ += size;
  if (const auto error = parser_.unescape(raw, out).get(text)) return Malformed(error);
  if (!IsValidUtf8(text)) return Malformed("a JSON string has an escaped lone surrogate");
  return text;
}

JsonParser::JsonParser(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
JsonParser::JsonParser(JsonParser&&) noexcept = default;
JsonParser& JsonParser::operator=(JsonParser&&) noexcept = default;
JsonParser::~JsonParser() = default;

Result<JsonParser> JsonParser::Create(const JsonLimits& limits) {
  FLORIN_TRY(std::unique_ptr<Impl> impl, Impl::Create(limits));
  return JsonParser(std::move(impl));
}

Result<JsonValue> JsonParser::Parse(std::string_view text) {
  FLORIN_INVARIANT(impl_ != nullptr);
  Result<JsonValue> root = impl_->Parse(text);
  if (!root.ok()) {
    const Error error = root.error();
    impl_->Clear();
    return error;
  }
  return root;
}

Result<JsonObject> JsonParser::ParseObject(std::string_view text) {
  FLORIN_TRY(const JsonValue root, Parse(text));
  return root.AsObject();
}

void JsonParser::Clear() {
  FLORIN_INVARIANT(impl_ != nullptr);
  impl_->Clear();
}

}  // namespace florin
