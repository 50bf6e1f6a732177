#include "attention/ternary/tuning/suites.h"

#include "attention/ternary/matmul_problem.h"
#include "autotune/workload/suite.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

TEST(TernarySuitesTest, EveryWorkloadIsAProblemThatGivesItBack) {
  for (const char* text : {kTernaryCpuSuite, kTernaryCudaSuite}) {
    const auto suite = ParseSuite(text, "suite");
    ASSERT_TRUE(suite.ok()) << suite.status();
    for (const NamedWorkload& named : *suite) {
      const auto problem = TernaryMatmulProblemOf(named.workload);
      ASSERT_TRUE(problem.ok()) << named.name << ": " << problem.status();
      EXPECT_EQ(WorkloadOf(*problem), named.workload) << named.name;
    }
  }
}

}  // namespace
}  // namespace attune
