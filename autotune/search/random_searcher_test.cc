#include "autotune/search/random_searcher.h"

#include <map>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

using ::testing::UnorderedElementsAreArray;

Configuration Value(int64_t value) { return Configuration({{"x", value}}); }

SearchProblem Problem(int64_t count, int64_t default_value, uint64_t seed) {
  SearchProblem problem = {{}, Value(default_value), seed};
  for (int64_t i = 0; i < count; ++i) problem.candidates.push_back(Value(i));
  return problem;
}

std::vector<Configuration> AskAll(const SearchProblem& problem) {
  RandomSearcher searcher(problem);
  std::vector<Configuration> asked;
  while (std::optional<Configuration> next = searcher.Ask()) asked.push_back(*next);
  return asked;
}

TEST(RandomSearcherTest, SeedDecidesTheSequence) {
  EXPECT_EQ(AskAll(Problem(50, 0, 1)), AskAll(Problem(50, 0, 1)));
  EXPECT_NE(AskAll(Problem(50, 0, 1)), AskAll(Problem(50, 0, 2)));
}

TEST(RandomSearcherTest, DrawsUniformly) {
  std::map<Configuration, int> first;
  constexpr int kSeeds = 4000;
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    RandomSearcher searcher(Problem(4, -1, seed));
    ++first[*searcher.Ask()];
  }
  // 1000 each; five standard deviations are 137.
  for (int64_t value = 0; value < 4; ++value) EXPECT_NEAR(first[Value(value)], 1000, 137) << value;
}

TEST(RandomSearcherTest, EmptyProblemIsDoneAtOnce) {
  RandomSearcher searcher({});
  EXPECT_EQ(searcher.Ask(), std::nullopt);
}

}  // namespace
}  // namespace attune
