#include "tools/vectors/vector_file.h"

#include <fstream>
#include <limits>
#include <set>
#include <utility>

#include <nlohmann/json.hpp>

#include "florin/base/hex.h"

namespace florin::vectors {

using Json = nlohmann::json;

bool Fields::Has(std::string_view name) const { return values_.count(std::string(name)) != 0; }

void Fields::Complain(std::string_view name, const char* what) const {
  problems_.push_back(place_ + ": field '" + std::string(name) + "' " + what);
}

template <class T>
const T* Fields::Find(std::string_view name, const char* form) const {
  const auto found = values_.find(std::string(name));
  if (found == values_.end()) {
    Complain(name, "is missing");
    return nullptr;
  }
  used_[std::string(name)] = true;
  const T* value = std::get_if<T>(&found->second);
  if (value == nullptr) Complain(name, form);
  return value;
}

Bytes Fields::Hex(std::string_view name) const {
  const auto* text = Find<std::string>(name, "is no hex string");
  if (text == nullptr) return {};
  auto bytes = HexDecode(*text);
  if (!bytes.ok()) {
    Complain(name, "is no hex string");
    return {};
  }
  return std::move(bytes).value();
}

std::string Fields::Text(std::string_view name) const {
  const auto* text = Find<std::string>(name, "is no string");
  return text == nullptr ? std::string() : *text;
}

std::int64_t Fields::Number(std::string_view name) const {
  const auto* number = Find<std::int64_t>(name, "is no whole number");
  return number == nullptr ? 0 : *number;
}

bool Fields::Flag(std::string_view name) const {
  const auto* flag = Find<bool>(name, "is neither true nor false");
  return flag != nullptr && *flag;
}

std::vector<std::string> Fields::List(std::string_view name) const {
  const auto* list = Find<std::vector<std::string>>(name, "is no list of strings");
  return list == nullptr ? std::vector<std::string>{} : *list;
}

void Fields::IgnoreRest() const {
  for (const auto& [name, value] : values_) used_[name] = true;
}

void Fields::AppendProblems(std::vector<std::string>& problems) const {
  problems.insert(problems.end(), problems_.begin(), problems_.end());
  for (const auto& [name, value] : values_) {
    if (used_.find(name) == used_.end()) {
      problems.push_back(place_ + ": field '" + name + "' was never read");
    }
  }
}

// Turns JSON into a VectorFile. Lives for one load.
class Loader {
 public:
  Loader(VectorFile& file, std::string name) : file_(file), name_(std::move(name)) {}

  // The parser keeps the last of several members with one name; its events tell of all.
  Json Parse(std::istream& stream) {
    std::vector<std::set<std::string>> open_objects;
    const auto watch = [&](int, Json::parse_event_t event, Json& parsed) {
      if (event == Json::parse_event_t::object_start) open_objects.emplace_back();
      if (event == Json::parse_event_t::object_end) open_objects.pop_back();
      if (event == Json::parse_event_t::key) {
        const auto& member = parsed.get_ref<const std::string&>();
        if (!open_objects.back().insert(member).second) Problem("repeats member '" + member + "'");
      }
      return true;
    };
    return Json::parse(stream, watch, /*allow_exceptions=*/false);
  }

  void Load(const Json& root) {
    if (!root.is_object()) return Problem("is no JSON object");
    static const std::set<std::string> kMembers = {"schema", "algorithm", "source", "notes",
                                                   "groups"};
    for (const auto& [key, value] : root.items()) {
      if (kMembers.count(key) == 0) Problem("has the unknown member '" + key + "'");
    }
    if (root.value("schema", Json()) != "florin-vectors/1") Problem("is not florin-vectors/1");
    if (!root.contains("source") || root["source"].empty()) Problem("names no source");
    file_.algorithm_ = StringOf(root, "algorithm");
    if (file_.algorithm_.empty()) Problem("names no algorithm");
    if (root.contains("notes") && root["notes"].is_object()) {
      for (const auto& [flag, text] : root["notes"].items()) notes_.insert(flag);
    }
    if (!root.contains("groups") || !root["groups"].is_array()) return Problem("has no groups");
    for (const Json& group : root["groups"]) LoadGroup(group);
    if (ids_.empty()) Problem("has no tests");
  }

 private:
  void Problem(const std::string& what) { file_.problems_.push_back(name_ + ": " + what); }

  static std::string StringOf(const Json& object, const char* name) {
    const auto found = object.find(name);
    return found != object.end() && found->is_string() ? found->get<std::string>() : "";
  }

  void LoadGroup(const Json& group) {
    const std::string place = name_ + ": group " + std::to_string(file_.groups_.size());
    if (!group.is_object() || !group.contains("tests") || !group["tests"].is_array() ||
        group["tests"].empty()) {
      return Problem("a group has no tests");
    }
    std::vector<TestCase> tests;
    for (const Json& test : group["tests"]) LoadTest(test, tests);
    file_.groups_.emplace_back(place, StringOf(group, "type"),
                               FieldsOf(group, place, {"type", "source", "comment", "tests"}),
                               std::move(tests));
    file_.groups_.back().source = StringOf(group, "source");
  }

  void LoadTest(const Json& test, std::vector<TestCase>& tests) {
    if (!test.is_object()) return Problem("a test is no object");
    const std::string id = StringOf(test, "id");
    const std::string place = name_ + ": test " + id;
    if (id.empty() || !ids_.insert(id).second) Problem("test id '" + id + "' is not unique");
    const std::string result = StringOf(test, "result");
    if (result != "valid" && result != "invalid") Problem("test " + id + ": unknown result");
    tests.emplace_back(place, id, result == "valid", FlagsOf(test, id),
                       FieldsOf(test, place, {"id", "comment", "flags", "result", "source"}));
  }

  std::vector<std::string> FlagsOf(const Json& test, const std::string& id) {
    std::vector<std::string> flags;
    const auto found = test.find("flags");
    if (found == test.end()) return flags;
    if (!found->is_array()) {
      Problem("test " + id + ": flags is no array");
      return flags;
    }
    for (const Json& flag : *found) {
      flags.push_back(flag.is_string() ? flag.get<std::string>() : "");
      if (notes_.count(flags.back()) == 0) {
        Problem("test " + id + ": flag '" + flags.back() + "' is not in notes");
      }
    }
    return flags;
  }

  std::map<std::string, Fields::Value> FieldsOf(const Json& object, const std::string& place,
                                                const std::set<std::string>& not_fields) {
    std::map<std::string, Fields::Value> fields;
    for (const auto& [name, value] : object.items()) {
      if (not_fields.count(name) != 0) continue;
      if (value.is_string()) {
        fields[name] = value.get<std::string>();
      } else if (value.is_boolean()) {
        fields[name] = value.get<bool>();
      } else if (value.is_number_integer() && FitsInt64(value)) {
        fields[name] = value.get<std::int64_t>();
      } else if (value.is_array()) {
        fields[name] = ListOf(value, place + ": field '" + name + "'");
      } else {
        file_.problems_.push_back(place + ": field '" + name + "' has no form of the schema");
      }
    }
    return fields;
  }

  static bool FitsInt64(const Json& number) {
    constexpr auto kMost = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    return !number.is_number_unsigned() || number.get<std::uint64_t>() <= kMost;
  }

  std::vector<std::string> ListOf(const Json& array, const std::string& place) {
    std::vector<std::string> list;
    for (const Json& item : array) {
      if (!item.is_string()) {
        file_.problems_.push_back(place + " holds something that is no string");
        continue;
      }
      list.push_back(item.get<std::string>());
    }
    return list;
  }

  VectorFile& file_;
  std::string name_;
  std::set<std::string> notes_;
  std::set<std::string> ids_;
};

VectorFile VectorFile::Load(const std::filesystem::path& path) {
  VectorFile file;
  const std::string name = path.filename().string();
  std::ifstream stream(path);
  if (!stream) {
    file.problems_.push_back(path.string() + ": cannot be opened");
    return file;
  }
  Loader loader(file, name);
  const Json root = loader.Parse(stream);
  if (root.is_discarded()) {
    file.problems_.push_back(name + ": is no JSON");
    return file;
  }
  loader.Load(root);
  return file;
}

std::vector<const TestGroup*> VectorFile::GroupsOf(std::string_view type) const {
  std::vector<const TestGroup*> found;
  for (const TestGroup& group : groups_) {
    if (group.type == type) found.push_back(&group);
  }
  return found;
}

std::vector<std::string> VectorFile::Problems() const {
  std::vector<std::string> problems = problems_;
  for (const TestGroup& group : groups_) {
    group.AppendProblems(problems);
    for (const TestCase& test : group.tests) test.AppendProblems(problems);
  }
  return problems;
}

}  // namespace florin::vectors
