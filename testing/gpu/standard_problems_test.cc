#include "testing/gpu/standard_problems.h"

#include <gtest/gtest.h>

#include <set>

namespace attune {
namespace {

TEST(StandardProblemsTest, AreValidAndHaveNamesOfTheirOwn) {
  std::set<std::string> names;
  for (const auto& problems : {SizedProblems(), FeatureProblems()}) {
    for (const auto& [name, problem] : problems) {
      EXPECT_TRUE(Validate(problem).ok()) << name << ": " << Validate(problem);
      EXPECT_TRUE(names.insert(name).second) << name;
    }
  }
  EXPECT_EQ(SizedProblems().size(), 9u);
}

}  // namespace
}  // namespace attune
