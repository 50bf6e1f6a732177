#include "attention/tuning/suites.h"

#include "absl/strings/string_view.h"
#include "attention/workload.h"
#include "autotune/workload/suite.h"
#include "base/file.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

void ExpectProblems(absl::string_view text) {
  const auto suite = ParseSuite(text, "suite");
  ASSERT_TRUE(suite.ok()) << suite.status();
  EXPECT_FALSE(suite->empty());
  for (const NamedWorkload& named : *suite) {
    const auto attention = ProblemOf(named.workload);
    ASSERT_TRUE(attention.ok()) << named.name << ": " << attention.status();
    EXPECT_EQ(WorkloadOf(attention->problem, attention->direction), named.workload) << named.name;
  }
}

class SuitesTest : public testing::TestWithParam<const char*> {};

TEST_P(SuitesTest, EveryWorkloadIsAProblemThatGivesItBack) { ExpectProblems(GetParam()); }

// The suite that the H200's preset is tuned with is a file that people name.
TEST(SuiteFilesTest, EveryWorkloadOfTheH200IsAProblemThatGivesItBack) {
  const auto text = ReadFile("attention/tuning/h200.suite.textproto");
  ASSERT_TRUE(text.ok()) << text.status();
  ExpectProblems(*text);
}

INSTANTIATE_TEST_SUITE_P(Suites, SuitesTest, testing::Values(kCpuSuite, kCudaSuite),
                         [](const auto& info) { return info.index == 0 ? "Cpu" : "Cuda"; });

}  // namespace
}  // namespace attune
