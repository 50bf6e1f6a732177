#include "autotune/workload/suite.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

using ::testing::HasSubstr;

std::string ErrorOf(absl::string_view text) {
  const absl::Status status = ParseSuite(text, "my.suite").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << text;
  EXPECT_THAT(std::string(status.message()), HasSubstr("my.suite"));
  return std::string(status.message());
}

TEST(SuiteTest, ReadsNamedWorkloads) {
  const auto suite = ParseSuite(
      "workload { name: 'a' workload: 'op[dtype=bf16] n=1' }\n"
      "workload { name: 'b' workload: 'op[dtype=fp32] n=2' }\n",
      "my.suite");
  ASSERT_TRUE(suite.ok()) << suite.status();
  ASSERT_EQ(suite->size(), 2);
  EXPECT_EQ((*suite)[0].name, "a");
  EXPECT_EQ((*suite)[1].workload.traits.at("dtype"), "fp32");
  EXPECT_EQ((*suite)[1].workload.sizes.at("n"), 2);
}

TEST(SuiteTest, NamesWhatIsWrong) {
  EXPECT_THAT(ErrorOf("work { }"), HasSubstr(":1:"));
  EXPECT_THAT(ErrorOf(""), HasSubstr("at least one"));
  EXPECT_THAT(ErrorOf("workload { workload: 'op[] n=1' }"), HasSubstr("no name"));
  EXPECT_THAT(ErrorOf("workload { name: 'a' workload: 'op[x' }"), HasSubstr("a: "));
  const std::string one = "workload { name: 'a' workload: 'op[] n=1' }";
  EXPECT_THAT(ErrorOf(one + one), HasSubstr("two workloads are called 'a'"));
}

}  // namespace
}  // namespace attune
