#include "autotune/search/random_draws.h"

#include <array>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

using ::testing::Each;
using ::testing::UnorderedElementsAre;

TEST(RandomDrawsTest, UniformBelowDrawsEachNumberAlikeOften) {
  std::mt19937_64 generator(1);
  std::array<int, 4> counts = {};
  for (int i = 0; i < 4000; ++i) ++counts.at(UniformBelow(4, generator));
  // 1000 each; five standard deviations are 137.
  EXPECT_THAT(counts, Each(::testing::AllOf(::testing::Gt(863), ::testing::Lt(1137))));
}

TEST(RandomDrawsTest, UniformUnitStaysBelowOneAndFillsTheInterval) {
  std::mt19937_64 generator(2);
  double sum = 0, least = 1, most = 0;
  for (int i = 0; i < 4000; ++i) {
    const double draw = UniformUnit(generator);
    sum += draw;
    least = std::min(least, draw);
    most = std::max(most, draw);
  }
  EXPECT_GE(least, 0);
  EXPECT_LT(most, 1);
  // Five standard deviations of the mean are 0.023.
  EXPECT_NEAR(sum / 4000, 0.5, 0.023);
  EXPECT_LT(least, 0.01);
  EXPECT_GT(most, 0.99);
}

TEST(RandomDrawsTest, ShuffleReachesEveryOrder) {
  std::mt19937_64 generator(3);
  int first_last = 0;
  for (int i = 0; i < 3000; ++i) {
    std::vector<int> elements = {0, 1, 2};
    Shuffle(elements, generator);
    EXPECT_THAT(elements, UnorderedElementsAre(0, 1, 2));
    first_last += elements.back() == 0;
  }
  // 1000; five standard deviations are 129.
  EXPECT_NEAR(first_last, 1000, 129);
}

}  // namespace
}  // namespace attune
