#include "benchmarks/report/dashboard_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "absl/strings/str_cat.h"
#include "base/file.h"

namespace attune {
namespace {

using ::testing::HasSubstr;

struct Outcome {
  int code = 0;
  std::string out;
  std::string err;
};

Outcome RunDashboard(const std::vector<std::string>& arguments) {
  std::ostringstream out;
  std::ostringstream err;
  const int code = RunDashboardCommand(arguments, {.html = "data: {{data}}"}, out, err);
  return {code, out.str(), err.str()};
}

TEST(DashboardCommandTest, ThePageHasWhatCouldBeReadAndNamesTheRest) {
  const std::string folder = absl::StrCat(::testing::TempDir(), "/dashboard_results");
  ASSERT_TRUE(CreateDirectories(folder).ok());
  for (const auto& [name, content] :
       {std::pair("/a.json", R"({"benchmarks": [{"name": "</script>", "real_time": 1}]})"),
        std::pair("/empty.json", ""), std::pair("/torn.log", "torn")}) {
    ASSERT_TRUE(WriteFileAtomically(absl::StrCat(folder, name), content).ok());
  }
  const std::string page = absl::StrCat(::testing::TempDir(), "/page.html");
  const Outcome outcome = RunDashboard({folder, "-o", page});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("skipped empty.json: the file is empty"));
  EXPECT_THAT(outcome.out, HasSubstr("skipped torn.log"));
  EXPECT_THAT(outcome.out, HasSubstr("1 result files, 0 trial logs, 2 skipped"));
  const auto html = ReadFile(page);
  ASSERT_TRUE(html.ok()) << html.status();
  EXPECT_THAT(*html, HasSubstr("\\u003c/script>"));
  EXPECT_THAT(*html, HasSubstr("empty.json"));
}

TEST(DashboardCommandTest, WithoutAFolderOrAFileThereIsNoPage) {
  EXPECT_EQ(RunDashboard({}).code, 2);
  EXPECT_EQ(RunDashboard({"/tmp"}).code, 2);
  EXPECT_EQ(RunDashboard({"/tmp", "-o"}).code, 2);
  EXPECT_EQ(RunDashboard({"/nowhere/at/all", "-o", "x.html"}).code, 2);
  EXPECT_EQ(RunDashboard({"/tmp", "/tmp", "-o", "x.html"}).code, 2);
  EXPECT_EQ(RunDashboard({"/tmp", "--serve=x"}).code, 2);
  EXPECT_EQ(RunDashboard({"/tmp", "--serve", "-o", "x.html"}).code, 2);
  EXPECT_EQ(RunDashboard({"/nowhere/at/all", "--serve=0"}).code, 2);
  EXPECT_EQ(RunDashboard({"--help"}).code, 0);
}

}  // namespace
}  // namespace attune
