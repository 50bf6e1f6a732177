#include "autotune/search/genetic_searcher.h"

#include <algorithm>
#include <vector>

#include "gtest/gtest.h"

namespace attune {
namespace {

// Eight parameters of three values; a trial takes as long as its values say, each for itself.
SearchProblem Problem(uint64_t seed) {
  SearchProblem problem;
  for (int i = 0; i < 6561; ++i) {
    std::vector<Configuration::Entry> entries;
    for (int p = 0, rest = i; p < 8; ++p, rest /= 3) {
      entries.emplace_back(std::string(1, static_cast<char>('a' + p)), rest % 3);
    }
    problem.candidates.emplace_back(std::move(entries));
  }
  problem.default_configuration = problem.candidates.front();
  problem.seed = seed;
  return problem;
}

double Time(const Configuration& configuration) {
  double time = 100;
  for (const auto& [name, value] : configuration.entries()) {
    time += value == 1 ? 0 : 1 + static_cast<double>(value);
  }
  return time;
}

TEST(GeneticSearcherTest, ChildrenOfTheFastestAreFasterThanRandomOnes) {
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    GeneticSearcher searcher(Problem(seed));
    double first = 0, last = 0;
    for (int trial = 0; trial < 300; ++trial) {
      const Configuration next = searcher.Ask().value();
      searcher.Tell(next, {Time(next)});
      if (trial < 20) first += Time(next) / 20;
      if (trial >= 280) last += Time(next) / 20;
    }
    // Random ones take 110.7 on average, the fastest 100.
    EXPECT_LT(last, first - 4) << "seed " << seed;
  }
}

TEST(GeneticSearcherTest, FindsTheFastestInAShareOfTheTrials) {
  std::vector<int> trials;
  for (uint64_t seed = 1; seed <= 9; ++seed) {
    GeneticSearcher searcher(Problem(seed));
    for (int trial = 1; trial <= 6561; ++trial) {
      const Configuration next = searcher.Ask().value();
      searcher.Tell(next, {Time(next)});
      if (Time(next) > 100) continue;
      trials.push_back(trial);
      break;
    }
  }
  std::nth_element(trials.begin(), trials.begin() + 4, trials.end());
  EXPECT_LT(trials[4], 656) << "a tenth; random search takes half";
}

}  // namespace
}  // namespace attune
