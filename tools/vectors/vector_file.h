// VectorFile: reads test vectors in the project's schema, and remembers what was used of them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "florin/base/bytes.h"

namespace florin::vectors {

// Named values of a group or a test. Reading marks a field as used; asking for one that is absent
// or of another form is a problem that VectorFile::Problems reports, and reads as empty.
// One thread at a time.
class Fields {
 public:
  using Value = std::variant<std::string, std::int64_t, bool, std::vector<std::string>>;

  Fields(std::string place, std::map<std::string, Value> values)
      : place_(std::move(place)), values_(std::move(values)) {}

  // Where this stands, for messages: "apple_pay.json: test ap-3".
  const std::string& place() const { return place_; }

  bool Has(std::string_view name) const;

  Bytes Hex(std::string_view name) const;         // a string of hex digits, either case
  std::string Text(std::string_view name) const;  // a string as it stands
  std::int64_t Number(std::string_view name) const;
  bool Flag(std::string_view name) const;
  std::vector<std::string> List(std::string_view name) const;  // of strings

  // Says that the rest of the fields is deliberately not used here.
  void IgnoreRest() const;

  // Wrong reads, and fields that nobody read.
  void AppendProblems(std::vector<std::string>& problems) const;

 private:
  template <class T>
  const T* Find(std::string_view name, const char* form) const;
  void Complain(std::string_view name, const char* what) const;

  std::string place_;
  std::map<std::string, Value> values_;
  mutable std::map<std::string, bool, std::less<>> used_;
  mutable std::vector<std::string> problems_;
};

// One vector. `valid` says what an implementation must do with it: accept or reject.
class TestCase : public Fields {
 public:
  TestCase(std::string place, std::string test_id, bool is_valid,
           std::vector<std::string> test_flags, std::map<std::string, Value> values)
      : Fields(std::move(place), std::move(values)),
        id(std::move(test_id)),
        valid(is_valid),
        flags(std::move(test_flags)) {}

  std::string id;
  bool valid;
  std::vector<std::string> flags;  // each explained in the notes of the file
};

// Vectors of one type; the fields that they share stand in the group.
class TestGroup : public Fields {
 public:
  TestGroup(std::string place, std::string group_type, std::map<std::string, Value> values,
            std::vector<TestCase> cases)
      : Fields(std::move(place), std::move(values)),
        type(std::move(group_type)),
        tests(std::move(cases)) {}

  std::string type;
  std::string source;  // where its values were published; empty: as the file says
  std::vector<TestCase> tests;
};

// A file of the schema "florin-vectors/1" (tests/vectors/README.md). Groups and tests keep their
// order. A test ends with
//   EXPECT_EQ(file.Problems(), std::vector<std::string>{});
// so that a missing file, a field that no test read and a mistake in the form all fail it.
class VectorFile {
 public:
  // Never fails: what is wrong with the file is among Problems().
  static VectorFile Load(const std::filesystem::path& path);

  const std::string& algorithm() const { return algorithm_; }
  const std::vector<TestGroup>& groups() const { return groups_; }

  // The groups of one type.
  std::vector<const TestGroup*> GroupsOf(std::string_view type) const;

  std::vector<std::string> Problems() const;

 private:
  friend class Loader;

  std::string algorithm_;
  std::vector<TestGroup> groups_;
  std::vector<std::string> problems_;
};

}  // namespace florin::vectors
