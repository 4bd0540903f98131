// Fuzzes the strict JSON reader: no input may crash it, what it accepts can be read and written
// again to the same document, and what it accepts another reader accepts too.
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "crypto/base/json.h"
#include "crypto/base/json_writer.h"

namespace {

using florin::JsonArray;
using florin::JsonKind;
using florin::JsonMember;
using florin::JsonObject;
using florin::JsonValue;
using florin::JsonWriter;

void Require(bool condition) {
  if (!condition) std::abort();
}

bool AnotherReaderAccepts(std::string_view text) {
  try {
    return !nlohmann::json::parse(text).is_discarded();
  } catch (const nlohmann::json::out_of_range&) {
    return true;  // a number beyond a double, which Florin keeps as text
  } catch (const nlohmann::json::parse_error&) {
    return false;
  }
}

// Writes `value` again, and reads it as every type on the way.
void Copy(const JsonValue& value, JsonWriter& writer) {
  const JsonKind kind = value.kind();
  Require(value.AsString().ok() == (kind == JsonKind::kString));
  Require(value.AsBool().ok() == (kind == JsonKind::kBool));
  Require(value.AsNumberText().ok() == (kind == JsonKind::kNumber));
  Require(value.AsObject().ok() == (kind == JsonKind::kObject));
  Require(value.AsArray().ok() == (kind == JsonKind::kArray));
  if (const auto number = value.AsInt64(); number.ok() && *number >= 0) {
    const bool minus_zero = value.AsNumberText()->front() == '-';
    Require(minus_zero || *value.AsUint64() == static_cast<std::uint64_t>(*number));
  }
  switch (kind) {
    case JsonKind::kNull: writer.Null(); return;
    case JsonKind::kBool: writer.Bool(*value.AsBool()); return;
    case JsonKind::kNumber: writer.NumberText(*value.AsNumberText()); return;
    case JsonKind::kString: writer.String(*value.AsString()); return;
    case JsonKind::kArray: {
      const JsonArray array = *value.AsArray();
      writer.BeginArray();
      for (const JsonValue element : array) Copy(element, writer);
      writer.EndArray();
      return;
    }
    case JsonKind::kObject: {
      const JsonObject object = *value.AsObject();
      writer.BeginObject();
      for (const JsonMember member : object) {
        Require(object.Find(member.name).has_value());
        writer.Name(member.name);
        Copy(member.value, writer);
      }
      writer.EndObject();
      return;
    }
  }
}

std::string Written(const JsonValue& value) {
  std::string text;
  JsonWriter writer(&text);
  Copy(value, writer);
  Require(writer.Finish().ok());
  return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // Both live for the whole run: what one input leaves behind must not disturb the next.
  static auto* const parser = new florin::JsonParser(*florin::JsonParser::Create());
  static auto* const again = new florin::JsonParser(*florin::JsonParser::Create());

  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto root = parser->Parse(text);
  if (!root.ok()) {
    Require(root.error().detail() <= size);
    return 0;
  }
  Require(AnotherReaderAccepts(text));
  const std::string once = Written(*root);
  const auto reread = again->Parse(once);
  // Escapes may grow the text beyond the limit; nothing else may stand in the way.
  if (!reread.ok()) {
    Require(reread.code() == florin::ErrorCode::kLimitExceeded);
    return 0;
  }
  Require(Written(*reread) == once);
  return 0;
}
