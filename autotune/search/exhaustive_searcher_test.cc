#include "autotune/search/exhaustive_searcher.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Configuration Value(int64_t value) { return Configuration({{"x", value}}); }

std::vector<Configuration> AskAll(Searcher& searcher) {
  std::vector<Configuration> asked;
  while (std::optional<Configuration> next = searcher.Ask()) asked.push_back(*next);
  return asked;
}

TEST(ExhaustiveSearcherTest, AsksForTheDefaultThenForAllOthersInOrder) {
  ExhaustiveSearcher searcher({{Value(1), Value(2), Value(3), Value(4)}, Value(3), 0});
  EXPECT_THAT(AskAll(searcher), ElementsAre(Value(3), Value(1), Value(2), Value(4)));
  EXPECT_EQ(searcher.Ask(), std::nullopt);
}

TEST(ExhaustiveSearcherTest, DefaultThatIsNotAdmittedIsNotAskedFor) {
  ExhaustiveSearcher searcher({{Value(1), Value(2)}, Value(3), 0});
  EXPECT_THAT(AskAll(searcher), ElementsAre(Value(1), Value(2)));
}

TEST(ExhaustiveSearcherTest, EmptyProblemIsDoneAtOnce) {
  ExhaustiveSearcher searcher({});
  EXPECT_THAT(AskAll(searcher), IsEmpty());
}

}  // namespace
}  // namespace attune
