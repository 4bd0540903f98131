// The vector reader: what it must notice.
#include "tools/vectors/vector_file.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <limits>
#include <string>

namespace florin::vectors {
namespace {

class VectorFileTest : public ::testing::Test {
 protected:
  ~VectorFileTest() override { std::filesystem::remove(path_); }

  VectorFile Load(const std::string& text) {
    const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
    path_ = std::filesystem::path(::testing::TempDir()) / (std::string(test->name()) + ".json");
    std::ofstream(path_) << text;
    return VectorFile::Load(path_);
  }

  static std::string File(const std::string& tests) {
    return R"({"schema":"florin-vectors/1","algorithm":"x","source":["s"],"notes":{"f":"why"},)"
           R"("groups":[{"type":"t","curve":"P-256","tests":[)" +
           tests + "]}]}";
  }

  std::filesystem::path path_;
};

TEST_F(VectorFileTest, ReadsEveryForm) {
  const VectorFile file =
      Load(File(R"({"id":"a","flags":["f"],"result":"invalid","hex":"00fF","text":"hi","number":7,)"
                R"("flag":true,"list":["a","b"]})"));
  ASSERT_EQ(file.groups().size(), 1U);
  const TestGroup& group = file.groups()[0];
  EXPECT_EQ(group.type, "t");
  EXPECT_EQ(group.Text("curve"), "P-256");
  const TestCase& test = group.tests.at(0);
  EXPECT_FALSE(test.valid);
  EXPECT_EQ(test.flags, std::vector<std::string>{"f"});
  EXPECT_EQ(test.Hex("hex"), (Bytes{0x00, 0xFF}));
  EXPECT_EQ(test.Text("text"), "hi");
  EXPECT_EQ(test.Number("number"), 7);
  EXPECT_TRUE(test.Flag("flag"));
  EXPECT_EQ(test.List("list"), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(file.Problems(), std::vector<std::string>{});
}

TEST_F(VectorFileTest, ReportsUnreadFieldsOfTestsAndGroups) {
  const VectorFile file = Load(File(R"({"id":"a","result":"valid","hex":"00"})"));
  EXPECT_EQ(file.Problems().size(), 2U);
  EXPECT_NE(file.Problems()[1].find("test a: field 'hex' was never read"), std::string::npos);
}

TEST_F(VectorFileTest, ReportsWrongReads) {
  const VectorFile file = Load(File(R"({"id":"a","result":"valid","hex":"0g"})"));
  EXPECT_EQ(file.groups()[0].Text("curve"), "P-256");
  EXPECT_TRUE(file.groups()[0].tests[0].Hex("hex").empty());
  EXPECT_EQ(file.groups()[0].tests[0].Number("absent"), 0);
  EXPECT_EQ(file.Problems().size(), 2U);
}

TEST_F(VectorFileTest, ReportsMistakesOfForm) {
  const char* const kMistakes[] = {
      "",
      "[]",
      "{}",
      R"({"schema":"florin-vectors/2"})",
      R"({"schema":"florin-vectors/1","algorithm":"x","source":["s"],"groups":[]})",
      R"({"schema":"florin-vectors/1","algorithm":"x","source":["s"],"groups":[)"
      R"({"type":"t","tests":[{"id":"a","result":"valid"}]},{"type":"t","tests":[]}]})",
      R"({"schema":"florin-vectors/1","algorithm":"y","algorithm":"x","source":["s"],)"
      R"("groups":[{"type":"t","tests":[{"id":"a","result":"valid"}]}]})"};
  for (const char* text : kMistakes) EXPECT_FALSE(Load(text).Problems().empty()) << text;
  const char* const kTests[] = {R"({"id":"a","result":"maybe"})",
                                R"({"result":"valid"})",
                                R"({"id":"a","result":"valid"},{"id":"a","result":"valid"})",
                                R"({"id":"a","result":"valid","flags":["unexplained"]})",
                                R"({"id":"a","result":"valid","flags":"f"})",
                                R"({"id":"a","result":"valid","result":"invalid"})",
                                R"({"id":"a","result":"valid","hex":"00","hex":"00"})",
                                R"({"id":"a","result":"valid","field":9223372036854775808})",
                                R"({"id":"a","result":"valid","field":null})",
                                R"({"id":"a","result":"valid","field":1.5})"};
  for (const char* tests : kTests) {
    const VectorFile file = Load(File(tests));
    file.groups()[0].IgnoreRest();
    for (const TestCase& test : file.groups()[0].tests) test.IgnoreRest();
    EXPECT_FALSE(file.Problems().empty()) << tests;
  }
}

// The same name in two objects is no repetition, and the limits of a number belong to it.
TEST_F(VectorFileTest, AcceptsWhatIsNext) {
  const VectorFile file =
      Load(File(R"({"id":"a","result":"valid","n":9223372036854775807,"m":-9223372036854775808},)"
                R"({"id":"b","result":"valid","n":0})"));
  ASSERT_EQ(file.groups().size(), 1U);
  const TestGroup& group = file.groups()[0];
  group.IgnoreRest();
  EXPECT_EQ(group.tests.at(0).Number("n"), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(group.tests.at(0).Number("m"), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(group.tests.at(1).Number("n"), 0);
  EXPECT_EQ(file.Problems(), std::vector<std::string>{});
}

TEST_F(VectorFileTest, ReportsAMissingFile) {
  EXPECT_FALSE(VectorFile::Load("/nonexistent/file.json").Problems().empty());
}

}  // namespace
}  // namespace florin::vectors
