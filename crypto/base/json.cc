#include "crypto/base/json.h"

#include <algorithm>
#include <charconv>
#include <system_error>

#include "crypto/base/json_node.h"

namespace florin {
namespace {

std::string_view TextOf(const JsonNode* node) { return {node->text, node->text_size}; }
std::string_view NameOf(const JsonNode* node) { return {node->name, node->name_size}; }

template <class Integer>
Result<Integer> IntegerOf(const JsonNode* node) {
  if (node->kind != JsonKind::kNumber) {
    return Error(ErrorCode::kMalformed, "a JSON value has the wrong type: a number is expected");
  }
  const std::string_view text = TextOf(node);
  Integer value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc::result_out_of_range) {
    return Error(ErrorCode::kMalformed, "a JSON integer is out of range");
  }
  if (error != std::errc() || end != text.data() + text.size()) {
    return Error(ErrorCode::kMalformed,
                 "a JSON number is not a plain integer: write it without fraction, exponent or, "
                 "where it counts, sign");
  }
  return value;
}

bool Contains(std::initializer_list<std::string_view> names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

JsonKind JsonValue::kind() const { return node_->kind; }

Result<std::string_view> JsonValue::AsString() const {
  if (node_->kind != JsonKind::kString) {
    return Error(ErrorCode::kMalformed, "a JSON value has the wrong type: a string is expected");
  }
  return TextOf(node_);
}

Result<bool> JsonValue::AsBool() const {
  if (node_->kind != JsonKind::kBool) {
    return Error(ErrorCode::kMalformed,
                 "a JSON value has the wrong type: true or false is expected");
  }
  return bool{node_->truth};
}

Result<std::int64_t> JsonValue::AsInt64() const { return IntegerOf<std::int64_t>(node_); }

Result<std::uint64_t> JsonValue::AsUint64() const { return IntegerOf<std::uint64_t>(node_); }

Result<std::string_view> JsonValue::AsNumberText() const {
  if (node_->kind != JsonKind::kNumber) {
    return Error(ErrorCode::kMalformed, "a JSON value has the wrong type: a number is expected");
  }
  return TextOf(node_);
}

Result<JsonObject> JsonValue::AsObject() const {
  if (node_->kind != JsonKind::kObject) {
    return Error(ErrorCode::kMalformed, "a JSON value has the wrong type: an object is expected");
  }
  return JsonObject(node_);
}

Result<JsonArray> JsonValue::AsArray() const {
  if (node_->kind != JsonKind::kArray) {
    return Error(ErrorCode::kMalformed, "a JSON value has the wrong type: an array is expected");
  }
  return JsonArray(node_);
}

JsonMember JsonObject::Iterator::operator*() const { return {NameOf(node_), JsonValue(node_)}; }

JsonObject::Iterator& JsonObject::Iterator::operator++() {
  node_ += node_->span;
  return *this;
}

std::size_t JsonObject::size() const { return node_->count; }
JsonObject::Iterator JsonObject::begin() const { return Iterator(node_ + 1); }
JsonObject::Iterator JsonObject::end() const { return Iterator(node_ + node_->span); }

std::optional<JsonValue> JsonObject::Find(std::string_view name) const {
  for (const JsonMember member : *this) {
    if (member.name == name) return member.value;
  }
  return std::nullopt;
}

Status JsonObject::CheckMembers(std::initializer_list<std::string_view> required,
                                std::initializer_list<std::string_view> optional) const {
  std::size_t found = 0;
  for (const JsonMember member : *this) {
    if (Contains(required, member.name)) {
      ++found;  // names are unique within an object
    } else if (!Contains(optional, member.name)) {
      return Error(ErrorCode::kMalformed,
                   "a JSON object has a member that its format does not know; remove it");
    }
  }
  if (found == required.size()) return OkStatus();
  return Error(ErrorCode::kMalformed, "a JSON object lacks a member that its format requires");
}

Result<JsonValue> JsonObject::Get(std::string_view name) const {
  const std::optional<JsonValue> value = Find(name);
  if (value.has_value()) return *value;
  return Error(ErrorCode::kMalformed, "a JSON object lacks a member that its format requires");
}

Result<std::string_view> JsonObject::GetString(std::string_view name) const {
  FLORIN_TRY(const JsonValue value, Get(name));
  return value.AsString();
}

Result<bool> JsonObject::GetBool(std::string_view name) const {
  FLORIN_TRY(const JsonValue value, Get(name));
  return value.AsBool();
}

Result<std::int64_t> JsonObject::GetInt64(std::string_view name) const {
  FLORIN_TRY(const JsonValue value, Get(name));
  return value.AsInt64();
}

Result<std::uint64_t> JsonObject::GetUint64(std::string_view name) const {
  FLORIN_TRY(const JsonValue value, Get(name));
  return value.AsUint64();
}

Result<std::string_view> JsonObject::GetNumberText(std::string_view name) const {
  FLORIN_TRY(const JsonValue value, Get(name));
  return value.AsNumberText();
}

Result<JsonObject> JsonObject::GetObject(std::string_view name) const {
  FLORIN_TRY(const JsonValue value, Get(name));
  return value.AsObject();
}

Result<JsonArray> JsonObject::GetArray(std::string_view name) const {
  FLORIN_TRY(const JsonValue value, Get(name));
  return value.AsArray();
}

JsonArray::Iterator& JsonArray::Iterator::operator++() {
  node_ += node_->span;
  return *this;
}

std::size_t JsonArray::size() const { return node_->count; }
JsonArray::Iterator JsonArray::begin() const { return Iterator(node_ + 1); }
JsonArray::Iterator JsonArray::end() const { return Iterator(node_ + node_->span); }

}  // namespace florin
