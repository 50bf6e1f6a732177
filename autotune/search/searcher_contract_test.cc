// What every strategy keeps to, whatever it proposes.
#include <algorithm>
#include <deque>
#include <map>
#include <memory>

#include "autotune/search/searcher.h"
#include "autotune/search/searcher_factory.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

using ::testing::ContainerEq;
using ::testing::Each;
using ::testing::Ge;

Configuration At(int64_t x, int64_t y, int64_t z) {
  return Configuration({{"x", x}, {"y", y}, {"z", z}});
}

// 7 * 5 * 2 combinations less those that a constraint takes.
SearchProblem Problem(uint64_t seed) {
  SearchProblem problem;
  for (int64_t x = 1; x <= 64; x *= 2) {
    for (int64_t y = 0; y < 5; ++y) {
      for (int64_t z = 0; z < 2; ++z) {
        if (x * y > 100) continue;
        problem.candidates.push_back(At(x, y, z));
        problem.features.push_back({static_cast<double>(x * y)});
      }
    }
  }
  problem.default_configuration = At(4, 1, 0);
  problem.seed = seed;
  return problem;
}

// A valley along x * y == 32 that is deepest at z == 1; a few candidates fail.
Evaluation TrialOf(const Configuration& configuration) {
  const int64_t x = configuration.Get("x");
  const int64_t y = configuration.Get("y");
  if ((x + 3 * y) % 11 == 5) return {};
  const auto off = static_cast<double>(std::abs(x * y - 32));
  return {1000 + 10 * off + static_cast<double>(7 * y) - 50.0 * configuration.Get("z")};
}

class SearcherContractTest : public ::testing::TestWithParam<std::string> {
 protected:
  std::unique_ptr<Searcher> Make(SearchProblem problem) {
    return MakeSearcher(GetParam(), std::move(problem)).value();
  }
  // All that `searcher` asks for while up to `parallelism` trials are outstanding.
  static std::vector<Configuration> AskAll(Searcher& searcher, size_t parallelism = 1) {
    std::vector<Configuration> asked;
    std::deque<Configuration> outstanding;
    while (true) {
      while (outstanding.size() < parallelism) {
        const std::optional<Configuration> next = searcher.Ask();
        if (!next.has_value()) break;
        asked.push_back(*next);
        outstanding.push_back(*next);
      }
      if (outstanding.empty()) return asked;
      searcher.Tell(outstanding.front(), TrialOf(outstanding.front()));
      outstanding.pop_front();
    }
  }
  static std::map<Configuration, int> Count(const std::vector<Configuration>& asked) {
    std::map<Configuration, int> counts;
    for (const Configuration& each : asked) ++counts[each];
    return counts;
  }
};

TEST_P(SearcherContractTest, AsksForTheDefaultFirstAndForEveryCandidate) {
  for (const size_t parallelism : {1, 8}) {
    SearchProblem problem = Problem(5);
    problem.parallelism = static_cast<int>(parallelism);
    const auto searcher = Make(problem);
    const std::vector<Configuration> asked = AskAll(*searcher, parallelism);
    ASSERT_FALSE(asked.empty());
    EXPECT_EQ(asked.front(), problem.default_configuration);
    EXPECT_EQ(Count(asked).size(), problem.candidates.size()) << parallelism;
    EXPECT_EQ(searcher->Ask(), std::nullopt);
  }
}

TEST_P(SearcherContractTest, AsksAgainOnlyAfterATrialOfLimitedSamples) {
  const auto searcher = Make(Problem(6));
  std::map<Configuration, bool> was_limited;
  while (const std::optional<Configuration> next = searcher->Ask()) {
    const auto before = was_limited.find(*next);
    EXPECT_TRUE(before == was_limited.end() || before->second) << next->ToString();
    was_limited[*next] = searcher->MaxSamples(*next).has_value();
    searcher->Tell(*next, TrialOf(*next));
  }
}

TEST_P(SearcherContractTest, SeedDecidesTheSequence) {
  EXPECT_THAT(AskAll(*Make(Problem(1)), 4), ContainerEq(AskAll(*Make(Problem(1)), 4)));
  if (GetParam() == "exhaustive") return;
  EXPECT_NE(AskAll(*Make(Problem(1)), 4), AskAll(*Make(Problem(2)), 4));
}

TEST_P(SearcherContractTest, WhatAnEarlierSearchTriedIsNotAskedFor) {
  const SearchProblem problem = Problem(7);
  const auto searcher = Make(problem);
  const auto half = problem.candidates.begin() + problem.candidates.size() / 2;
  for (auto each = problem.candidates.begin(); each != half; ++each) {
    searcher->Tell(*each, TrialOf(*each));
  }
  searcher->Tell(At(1000, 0, 0), {1.0});  // of another space
  const std::map<Configuration, int> counts = Count(AskAll(*searcher, 3));
  EXPECT_EQ(counts.size(), problem.candidates.end() - half);
  for (auto each = problem.candidates.begin(); each != half; ++each) {
    EXPECT_FALSE(counts.contains(*each)) << each->ToString();
  }
}

TEST_P(SearcherContractTest, EndsWhereEveryTrialFails) {
  const auto searcher = Make(Problem(8));
  size_t asked = 0;
  while (const std::optional<Configuration> next = searcher->Ask()) {
    searcher->Tell(*next, {});
    ++asked;
  }
  EXPECT_EQ(asked, Problem(8).candidates.size());
}

TEST_P(SearcherContractTest, DefaultThatIsNotAdmittedIsNotAskedFor) {
  SearchProblem problem = Problem(9);
  problem.default_configuration = At(5, 5, 5);
  const std::vector<Configuration> asked = AskAll(*Make(problem));
  EXPECT_EQ(std::count(asked.begin(), asked.end(), At(5, 5, 5)), 0);
  EXPECT_EQ(Count(asked).size(), problem.candidates.size());
}

TEST_P(SearcherContractTest, ProblemsOfOneAndOfNoCandidateEnd) {
  EXPECT_EQ(Make({})->Ask(), std::nullopt);
  const Configuration only = At(1, 1, 1);
  SearchProblem problem = {{only}, only, 1};
  EXPECT_THAT(Count(AskAll(*Make(problem), 8)),
              ::testing::ElementsAre(::testing::Pair(only, Ge(1))));
}

INSTANTIATE_TEST_SUITE_P(All, SearcherContractTest, ::testing::ValuesIn(SearcherNames()),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace attune
