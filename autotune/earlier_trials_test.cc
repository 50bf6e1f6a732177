#include "autotune/earlier_trials.h"

#include "autotune/cache_entry.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

Configuration Block(int64_t block) { return Configuration({{"block", block}}); }

Trial MakeTrial(int64_t block, std::vector<double> nanoseconds) {
  Trial trial;
  *trial.mutable_configuration() = ToProto(Block(block));
  trial.set_outcome(nanoseconds.empty() ? Trial::TIMEOUT : Trial::OK);
  trial.mutable_nanoseconds()->Assign(nanoseconds.begin(), nanoseconds.end());
  return trial;
}

TEST(EarlierTrialsTest, DefaultAndTheFastestRunAgain) {
  const EarlierTrials earlier =
      SortEarlierTrials({MakeTrial(8, {50}), MakeTrial(1, {20}), MakeTrial(2, {10, 11, 12}),
                         MakeTrial(4, {11.5}), MakeTrial(16, {})},
                        Block(8), 0.1, 6);
  EXPECT_THAT(earlier.again, ElementsAre(Block(8), Block(2), Block(4)));
  EXPECT_THAT(earlier.known,
              UnorderedElementsAre(Pair(Block(1), 20.0), Pair(Block(16), std::nullopt)));
}

TEST(EarlierTrialsTest, NoMoreRunAgainThanAsked) {
  const EarlierTrials earlier = SortEarlierTrials(
      {MakeTrial(1, {12}), MakeTrial(2, {11}), MakeTrial(4, {10})}, Block(8), 1, 2);
  EXPECT_THAT(earlier.again, ElementsAre(Block(4), Block(2)));
  EXPECT_THAT(earlier.known, ElementsAre(Pair(Block(1), 12.0)));
}

TEST(EarlierTrialsTest, LastTrialOfAConfigurationCounts) {
  const EarlierTrials earlier = SortEarlierTrials(
      {MakeTrial(1, {10}), MakeTrial(2, {11}), MakeTrial(1, {})}, Block(8), 0.05, 6);
  EXPECT_THAT(earlier.again, ElementsAre(Block(2)));
  EXPECT_THAT(earlier.known, ElementsAre(Pair(Block(1), std::nullopt)));
}

TEST(EarlierTrialsTest, NothingRunsAgainWhereAllFailedButTheDefault) {
  const EarlierTrials earlier =
      SortEarlierTrials({MakeTrial(1, {}), MakeTrial(8, {})}, Block(8), 0.1, 6);
  EXPECT_THAT(earlier.again, ElementsAre(Block(8)));
  EXPECT_THAT(earlier.known, ElementsAre(Pair(Block(1), std::nullopt)));
  EXPECT_THAT(SortEarlierTrials({}, Block(8), 0.1, 6).again, IsEmpty());
}

}  // namespace
}  // namespace attune
