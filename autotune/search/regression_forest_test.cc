#include "autotune/search/regression_forest.h"

#include <cmath>
#include <numeric>

#include "autotune/search/random_draws.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

double Mean(const RegressionForest& forest, const float* row) {
  double sum = 0;
  for (size_t tree = 0; tree < forest.trees(); ++tree) sum += forest.Predict(tree, row);
  return sum / static_cast<double>(forest.trees());
}

double Target(const float* row) { return row[0] > 3 ? 2.0 * row[1] : -1.0 - row[0]; }

// All of an 8 by 8 grid, and a third column that says nothing.
FeatureTable Grid() {
  FeatureTable table;
  table.columns = 3;
  for (int x = 0; x < 8; ++x) {
    for (int y = 0; y < 8; ++y) {
      table.values.insert(table.values.end(), {static_cast<float>(x), static_cast<float>(y), 7});
    }
  }
  return table;
}

TEST(RegressionForestTest, GivesBackWhatItWasGrownOn) {
  const FeatureTable table = Grid();
  std::vector<size_t> rows(table.rows());
  std::iota(rows.begin(), rows.end(), 0);
  std::vector<double> targets;
  for (const size_t row : rows) targets.push_back(Target(table.row(row)));
  std::mt19937_64 generator(1);
  const RegressionForest forest(table, rows, targets, {.trees = 4}, generator);
  for (const size_t row : rows) {
    EXPECT_NEAR(Mean(forest, table.row(row)), targets[row], 1e-9) << row;
  }
}

TEST(RegressionForestTest, PredictsWhatItHasNotSeenBetterThanTheMean) {
  const FeatureTable table = Grid();
  std::mt19937_64 generator(2);
  std::vector<size_t> rows(table.rows());
  std::iota(rows.begin(), rows.end(), 0);
  Shuffle(rows, generator);
  const std::vector<size_t> seen(rows.begin(), rows.begin() + 24);
  std::vector<double> targets;
  for (const size_t row : seen) targets.push_back(Target(table.row(row)));
  const RegressionForest forest(table, seen, targets, {}, generator);
  const double mean = std::accumulate(targets.begin(), targets.end(), 0.0) / 24;
  double error = 0, error_of_mean = 0;
  for (size_t k = 24; k < rows.size(); ++k) {
    const double target = Target(table.row(rows[k]));
    error += std::pow(Mean(forest, table.row(rows[k])) - target, 2);
    error_of_mean += std::pow(mean - target, 2);
  }
  EXPECT_LT(error, 0.2 * error_of_mean);
}

TEST(RegressionForestTest, RowsThatCannotBeToldApartShareTheirMean) {
  FeatureTable table;
  table.columns = 1;
  table.values = {5, 5, 5};
  std::mt19937_64 generator(3);
  const RegressionForest forest(table, {0, 1, 2}, {1.0, 2.0, 6.0}, {.trees = 2}, generator);
  EXPECT_DOUBLE_EQ(forest.Predict(0, table.row(0)), 3);
  EXPECT_DOUBLE_EQ(forest.Predict(1, table.row(0)), 3);
}

TEST(RegressionForestTest, TreesDisagreeMostFarFromWhatTheySaw) {
  FeatureTable table;
  table.columns = 1;
  for (int x = 0; x <= 100; ++x) table.values.push_back(static_cast<float>(x));
  std::mt19937_64 generator(4);
  const RegressionForest forest(table, {0, 100}, {0.0, 1.0}, {.trees = 64}, generator);
  // Halfway, half the trees' cuts lie on either side.
  EXPECT_NEAR(Mean(forest, table.row(50)), 0.5, 0.25);
  EXPECT_DOUBLE_EQ(Mean(forest, table.row(0)), 0);
}

}  // namespace
}  // namespace attune
