#include "autotune/explain/parameter_importance.h"

#include <cmath>
#include <functional>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "numerics/random.h"

namespace attune {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// Times of a 4 x 4 x 4 space, and of a parameter `fixed` that does not vary.
std::vector<TimedConfiguration> Trials(
    const std::function<double(double a, double b, double c)>& log_time) {
  std::vector<TimedConfiguration> trials;
  for (int64_t a = 0; a < 4; ++a) {
    for (int64_t b = 0; b < 4; ++b) {
      for (int64_t c = 0; c < 4; ++c) {
        trials.push_back({Configuration({{"a", a}, {"b", 8 * b}, {"c", -c}, {"fixed", 3}}),
                          std::exp(log_time(a, b, c))});
      }
    }
  }
  return trials;
}

const ParameterShare& Find(const ParameterImportance& importance, const std::string& name) {
  for (const ParameterShare& share : importance.shares) {
    if (share.name == name) return share;
  }
  ADD_FAILURE() << "no " << name;
  return importance.shares.front();
}

TEST(ParameterImportanceTest, SeparateEffectsHaveTheirSharesOfTheVariance) {
  const ParameterImportance importance =
      ImportanceOf(Trials([](double a, double b, double) { return 2 * a + b; }));
  ASSERT_THAT(importance.shares, SizeIs(3));
  EXPECT_EQ(importance.shares[0].name, "a");
  EXPECT_EQ(importance.shares[1].name, "b");
  EXPECT_THAT(importance.constant, ElementsAre("fixed"));
  // Variances of 4 to 1.
  EXPECT_NEAR(Find(importance, "a").alone, 0.8, 0.08);
  EXPECT_NEAR(Find(importance, "b").alone, 0.2, 0.08);
  EXPECT_LT(Find(importance, "c").total, 0.05);
  EXPECT_GT(importance.explained, 0.8);
}

TEST(ParameterImportanceTest, WhatMattersOnlyWithAnotherHasATotalShareAndNoneAlone) {
  const ParameterImportance importance = ImportanceOf(
      Trials([](double a, double b, double) { return (a < 2) == (b < 2) ? 0.0 : 1.0; }));
  EXPECT_LT(Find(importance, "a").alone, 0.2);
  EXPECT_GT(Find(importance, "a").total, 0.7);
  EXPECT_GT(Find(importance, "b").total, 0.7);
  EXPECT_LT(Find(importance, "c").total, 0.3);
}

TEST(ParameterImportanceTest, OfNoiseAloneLittleIsExplained) {
  constexpr uint64_t kSeed = 3;
  SCOPED_TRACE(testing::Message() << "seed " << kSeed);
  uint64_t draw = 0;
  const ParameterImportance importance =
      ImportanceOf(Trials([&](double, double, double) { return RandomNormal(kSeed, draw++); }));
  EXPECT_LT(importance.explained, 0.3);
}

TEST(ParameterImportanceTest, TooFewOrEqualTimesSayNothing) {
  const std::vector<TimedConfiguration> equal = Trials([](double, double, double) { return 1.0; });
  EXPECT_THAT(ImportanceOf(equal).shares, IsEmpty());
  const std::vector<TimedConfiguration> few(equal.begin(), equal.begin() + 9);
  EXPECT_THAT(ImportanceOf(few).shares, IsEmpty());
  EXPECT_THAT(ImportanceOf({}).shares, IsEmpty());
}

}  // namespace
}  // namespace attune
