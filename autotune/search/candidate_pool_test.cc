#include "autotune/search/candidate_pool.h"

#include <limits>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

Configuration At(int64_t x, int64_t y) { return Configuration({{"x", x}, {"y", y}}); }

TEST(CandidatePoolTest, RanksCountTheValuesThatOccur) {
  const CandidatePool pool({At(64, 3), At(128, 3), At(16, 9)}, At(0, 0));
  EXPECT_THAT(pool.ranks(0), ElementsAre(1, 0));
  EXPECT_THAT(pool.ranks(1), ElementsAre(2, 0));
  EXPECT_THAT(pool.ranks(2), ElementsAre(0, 1));
}

TEST(CandidatePoolTest, FindsCandidatesAndNothingElse) {
  const CandidatePool pool({At(1, 1), At(2, 2)}, At(1, 1));
  EXPECT_EQ(pool.Find(At(2, 2)), 1u);
  EXPECT_EQ(pool.Find(At(1, 2)), std::nullopt);
  EXPECT_EQ(pool.Find(At(5, 5)), std::nullopt);
  EXPECT_EQ(pool.Find(Configuration({{"x", 1}})), std::nullopt);
  EXPECT_EQ(pool.Find(Configuration({{"x", 1}, {"z", 1}})), std::nullopt);
  EXPECT_EQ(CandidatePool({}, At(1, 1)).Find(At(1, 1)), std::nullopt);
}

TEST(CandidatePoolTest, WhatWasAskedForIsOutstandingUntilItIsTold) {
  CandidatePool pool({At(1, 1), At(2, 2), At(3, 3)}, At(2, 2));
  EXPECT_EQ(pool.AskForDefault(), At(2, 2));
  EXPECT_EQ(pool.AskForDefault(), std::nullopt);
  EXPECT_EQ(pool.Ask(0), At(1, 1));
  EXPECT_THAT(pool.untried(), ElementsAre(2));
  EXPECT_EQ(pool.outstanding(), 2);
  EXPECT_EQ(pool.Tell(At(2, 2), {7.0}), 1u);
  EXPECT_EQ(pool.Tell(At(1, 1), {std::nullopt}), 0u);
  EXPECT_EQ(pool.outstanding(), 0);
  EXPECT_THAT(pool.told(), ElementsAre(1, 0));
  EXPECT_EQ(pool.nanoseconds(1), 7.0);
  EXPECT_EQ(pool.nanoseconds(0), kInfinity);
  EXPECT_EQ(pool.nanoseconds(2), kInfinity);
}

TEST(CandidatePoolTest, WhatAnEarlierSearchTriedIsNotUntried) {
  CandidatePool pool({At(1, 1), At(2, 2)}, At(1, 1));
  EXPECT_EQ(pool.Tell(At(1, 1), {3.0}), 0u);
  EXPECT_EQ(pool.Tell(At(9, 9), {1.0}), std::nullopt);
  EXPECT_EQ(pool.AskForDefault(), std::nullopt);
  EXPECT_THAT(pool.untried(), ElementsAre(1));
  EXPECT_EQ(pool.outstanding(), 0);
}

TEST(CandidatePoolTest, LaterTimeReplacesTheEarlierOne) {
  CandidatePool pool({At(1, 1)}, At(1, 1));
  pool.Ask(0);
  pool.Tell(At(1, 1), {3.0});
  pool.Ask(0);
  pool.Tell(At(1, 1), {4.0});
  EXPECT_EQ(pool.nanoseconds(0), 4.0);
  EXPECT_THAT(pool.told(), ElementsAre(0));
}

TEST(CandidatePoolTest, NeighboursDifferInOneParameter) {
  const CandidatePool pool({At(1, 1), At(2, 1), At(4, 1), At(1, 2), At(2, 2)}, At(1, 1));
  EXPECT_THAT(pool.Neighbours(0), ElementsAre(1, 2, 3));
}

TEST(CandidatePoolTest, NeighboursDifferInTwoParametersThatOnlyChangeTogether) {
  // x == y, as a constraint would have it, but for one.
  const CandidatePool pool({At(1, 1), At(2, 2), At(4, 4), At(4, 1)}, At(1, 1));
  EXPECT_THAT(pool.Neighbours(0), UnorderedElementsAre(1, 3));
  EXPECT_THAT(pool.Neighbours(1), UnorderedElementsAre(0, 2, 3));
}

TEST(CandidatePoolTest, FewAreOutstandingInSmallSpaces) {
  SearchProblem problem;
  problem.parallelism = 32;
  EXPECT_EQ(MaxOutstanding(problem), 4);
  problem.candidates.resize(500);
  EXPECT_EQ(MaxOutstanding(problem), 10);
  problem.candidates.resize(5000);
  EXPECT_EQ(MaxOutstanding(problem), 32);
  problem.parallelism = 1;
  EXPECT_EQ(MaxOutstanding(problem), 1);
}

TEST(CandidatePoolTest, EmptyPoolHasNothingToTry) {
  CandidatePool pool({}, At(1, 1));
  EXPECT_THAT(pool.untried(), IsEmpty());
  EXPECT_EQ(pool.AskForDefault(), std::nullopt);
}

}  // namespace
}  // namespace attune
