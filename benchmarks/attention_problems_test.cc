#include "benchmarks/attention_problems.h"

#include <set>
#include <string>

#include "benchmarks/attention_case.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

// Also that no two would be one benchmark.
std::set<std::string> NamesOfValid(const std::vector<Problem>& problems) {
  std::set<std::string> names;
  for (const Problem& problem : problems) {
    EXPECT_TRUE(Validate(problem).ok()) << problem.ToString();
    EXPECT_TRUE(names.insert(ProblemName(problem, Direction::kForward)).second)
        << problem.ToString();
  }
  return names;
}

TEST(AttentionProblemsTest, ModestOnesAreValidAndHaveMediumAndLargeInEveryDtype) {
  const std::set<std::string> names = NamesOfValid(ModestProblems());
  for (const std::string dtype : {"fp32", "fp16", "bf16"}) {
    EXPECT_EQ(names.count("forward/" + dtype + "/64/full/512/2x8"), 1u);
    EXPECT_EQ(names.count("forward/" + dtype + "/64/causal/1024/4x16"), 1u);
  }
}

TEST(AttentionProblemsTest, LargeOnesAreValidAndHaveWhatIsComparedWithPeers) {
  const std::set<std::string> names = NamesOfValid(LargeProblems());
  for (const std::string name :
       {"forward/bf16/128/full/4096/4x16", "forward/bf16/128/causal/4096/4x16",
        "forward/fp32/64/causal/2048/4x32", "forward/bf16/128/window:4096:0/8192/2x32_8"}) {
    EXPECT_EQ(names.count(name), 1u) << name;
  }
}

}  // namespace
}  // namespace attune
