#include "autotune/search/local_searcher.h"

#include <cstdlib>

#include "gtest/gtest.h"

namespace attune {
namespace {

Configuration At(int64_t x, int64_t y) { return Configuration({{"x", x}, {"y", y}}); }

SearchProblem Grid(int64_t side, uint64_t seed) {
  SearchProblem problem;
  for (int64_t x = 0; x < side; ++x) {
    for (int64_t y = 0; y < side; ++y) problem.candidates.push_back(At(x, y));
  }
  problem.default_configuration = At(0, 0);
  problem.seed = seed;
  return problem;
}

double Bowl(const Configuration& c) {
  return 100.0 + static_cast<double>(std::abs(c.Get("x") - 11) + std::abs(c.Get("y") - 5));
}

// Trials until the bottom of the bowl.
int TrialsToBottom(LocalSearcher& searcher) {
  for (int trials = 1;; ++trials) {
    const Configuration next = searcher.Ask().value();
    searcher.Tell(next, {Bowl(next)});
    if (Bowl(next) == 100) return trials;
  }
}

TEST(LocalSearcherTest, DescendsFromTheDefaultInAShareOfTheTrials) {
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    LocalSearcher searcher(Grid(20, seed));
    // Two lines of 19 neighbours, and what first improvement repeats of them.
    EXPECT_LT(TrialsToBottom(searcher), 100) << "seed " << seed << ", of 400";
  }
}

TEST(LocalSearcherTest, GoesOnFromTheBestOfAnEarlierSearch) {
  LocalSearcher searcher(Grid(20, 3));
  searcher.Tell(At(0, 0), {Bowl(At(0, 0))});
  searcher.Tell(At(11, 7), {Bowl(At(11, 7))});
  searcher.Tell(At(3, 3), {Bowl(At(3, 3))});
  const Configuration next = searcher.Ask().value();
  EXPECT_TRUE(next.Get("x") == 11 || next.Get("y") == 7) << next.ToString();
}

TEST(LocalSearcherTest, WaitsForItsNeighboursBeforeItRestarts) {
  SearchProblem problem = Grid(2, 1);
  problem.parallelism = 8;
  LocalSearcher searcher(problem);
  EXPECT_EQ(searcher.Ask(), At(0, 0));
  EXPECT_EQ(searcher.Ask(), std::nullopt);
  searcher.Tell(At(0, 0), {1.0});
  ASSERT_TRUE(searcher.Ask().has_value());
  ASSERT_TRUE(searcher.Ask().has_value());
  EXPECT_EQ(searcher.Ask(), std::nullopt);
  searcher.Tell(At(0, 1), {2.0});
  EXPECT_EQ(searcher.Ask(), std::nullopt);
  searcher.Tell(At(1, 0), {2.0});
  EXPECT_EQ(searcher.Ask(), At(1, 1)) << "the restart";
}

}  // namespace
}  // namespace attune
