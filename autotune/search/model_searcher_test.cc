#include "autotune/search/model_searcher.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "autotune/search/random_draws.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

Configuration At(int64_t x, int64_t y, int64_t z) {
  return Configuration({{"x", x}, {"y", y}, {"z", z}});
}

// 1000 candidates. What decides is x * y, which `with_features` gives as a feature.
SearchProblem Problem(uint64_t seed, bool with_features) {
  SearchProblem problem;
  for (int64_t x = 1; x <= 10; ++x) {
    for (int64_t y = 1; y <= 10; ++y) {
      for (int64_t z = 0; z < 10; ++z) {
        problem.candidates.push_back(At(x, y, z));
        if (with_features) problem.features.push_back({static_cast<double>(x * y)});
      }
    }
  }
  problem.default_configuration = At(1, 1, 0);
  problem.seed = seed;
  return problem;
}

double Time(const Configuration& c) {
  const double product = static_cast<double>(c.Get("x") * c.Get("y"));
  return 1000 * std::exp(0.05 * std::abs(product - 42) + 0.02 * std::pow(c.Get("z") - 6, 2));
}

// The median over seeds of the trials to the fastest candidate.
int MedianTrials(bool with_features) {
  std::vector<int> trials;
  for (uint64_t seed = 1; seed <= 9; ++seed) {
    ModelSearcher searcher(Problem(seed, with_features));
    for (int trial = 1; trial <= 1000; ++trial) {
      const Configuration next = searcher.Ask().value();
      searcher.Tell(next, {Time(next)});
      if (Time(next) > 1000) continue;
      trials.push_back(trial);
      break;
    }
  }
  std::nth_element(trials.begin(), trials.begin() + 4, trials.end());
  return trials[4];
}

TEST(ModelSearcherTest, FindsTheFastestInATenthOfTheTrials) {
  EXPECT_LT(MedianTrials(/*with_features=*/false), 100) << "random search takes a third";
}

TEST(ModelSearcherTest, FeaturesMakeItFaster) {
  EXPECT_LT(MedianTrials(/*with_features=*/true), MedianTrials(/*with_features=*/false));
}

TEST(ModelSearcherTest, KeepsToTheParallelismAndGoesOnAfterTell) {
  SearchProblem problem = Problem(1, true);
  problem.parallelism = 5;
  ModelSearcher searcher(problem);
  std::vector<Configuration> asked;
  while (const std::optional<Configuration> next = searcher.Ask()) asked.push_back(*next);
  EXPECT_EQ(asked.size(), 5u);
  searcher.Tell(asked.back(), {Time(asked.back())});
  EXPECT_TRUE(searcher.Ask().has_value());
  EXPECT_FALSE(searcher.Ask().has_value());
}

TEST(ModelSearcherTest, LearnsToAvoidWhatFails) {
  SearchProblem problem = Problem(2, false);
  ModelSearcher searcher(problem);
  int failed = 0;
  for (int trial = 0; trial < 100; ++trial) {
    const Configuration next = searcher.Ask().value();
    const bool fails = next.Get("z") < 5;
    failed += fails;
    searcher.Tell(next, fails ? Evaluation{} : Evaluation{Time(next)});
  }
  EXPECT_LT(failed, 25) << "half of the candidates fail";
}

TEST(ModelSearcherTest, GoesOnFromAnEarlierSearchWithoutRandomProposals) {
  const SearchProblem problem = Problem(3, true);
  ModelSearcher searcher(problem);
  std::mt19937_64 generator(3);
  for (int i = 0; i < 200; ++i) {
    const Configuration& known = problem.candidates[UniformBelow(1000, generator)];
    searcher.Tell(known, {Time(known)});
  }
  std::vector<double> times;
  for (int i = 0; i < 11; ++i) {
    const Configuration next = searcher.Ask().value();
    times.push_back(Time(next));
    searcher.Tell(next, {times.back()});
  }
  std::nth_element(times.begin(), times.begin() + 5, times.end());
  EXPECT_LT(times[5], 2000) << "the median of all takes 5000";
}

}  // namespace
}  // namespace attune
