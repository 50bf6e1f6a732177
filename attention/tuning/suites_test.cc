#include "attention/tuning/suites.h"

#include "attention/workload.h"
#include "autotune/suite.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

class SuitesTest : public testing::TestWithParam<const char*> {};

TEST_P(SuitesTest, EveryWorkloadIsAProblemThatGivesItBack) {
  const auto suite = ParseSuite(GetParam(), "suite");
  ASSERT_TRUE(suite.ok()) << suite.status();
  EXPECT_FALSE(suite->empty());
  for (const NamedWorkload& named : *suite) {
    const auto attention = ProblemOf(named.workload);
    ASSERT_TRUE(attention.ok()) << named.name << ": " << attention.status();
    EXPECT_EQ(WorkloadOf(attention->problem, attention->direction), named.workload) << named.name;
  }
}

INSTANTIATE_TEST_SUITE_P(Suites, SuitesTest, testing::Values(kCpuSuite, kCudaSuite),
                         [](const auto& info) { return info.index == 0 ? "Cpu" : "Cuda"; });

}  // namespace
}  // namespace attune
