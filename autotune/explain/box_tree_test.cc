#include "autotune/explain/box_tree.h"

#include <cmath>
#include <numeric>

#include "gtest/gtest.h"
#include "numerics/random.h"

namespace attune {
namespace {

// Every point of a grid.
GridRows FullGrid(std::vector<int> level_counts) {
  GridRows grid = {std::move(level_counts), {}};
  int64_t points = 1;
  for (const int count : grid.level_counts) points *= count;
  for (int64_t point = 0; point < points; ++point) {
    int64_t rest = point;
    for (const int count : grid.level_counts) {
      grid.levels.push_back(static_cast<int>(rest % count));
      rest /= count;
    }
  }
  return grid;
}

std::vector<size_t> EveryRow(const GridRows& grid) {
  std::vector<size_t> rows(grid.rows());
  std::iota(rows.begin(), rows.end(), 0);
  return rows;
}

TEST(BoxTreeTest, AFullTreeSaysWhatItWasShown) {
  constexpr uint64_t kSeed = 7;
  SCOPED_TRACE(testing::Message() << "seed " << kSeed);
  const GridRows grid = FullGrid({3, 2, 4});
  std::vector<double> targets;
  for (size_t i = 0; i < grid.rows(); ++i) targets.push_back(RandomUniform(kSeed, i));
  const std::vector<Box> tree = GrowTree(grid, targets, EveryRow(grid), 2);
  for (size_t i = 0; i < grid.rows(); ++i) {
    EXPECT_DOUBLE_EQ(Predict(tree, grid.row(i)), targets[i]);
  }
}

TEST(BoxTreeTest, SmallPartsAndEqualTargetsAreNotCut) {
  const GridRows grid = FullGrid({4, 4});
  std::vector<double> targets(grid.rows(), 5.0);
  EXPECT_EQ(GrowTree(grid, targets, EveryRow(grid), 2).size(), 1u);
  targets[3] = 9;
  EXPECT_EQ(GrowTree(grid, targets, EveryRow(grid), 17).size(), 1u);
  EXPECT_GT(GrowTree(grid, targets, EveryRow(grid), 2).size(), 1u);
}

// The decomposition from its definition, on every point of the grid.
VarianceShares ByDefinition(const GridRows& grid, const std::vector<double>& values) {
  const auto rows = static_cast<double>(grid.rows());
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / rows;
  VarianceShares shares;
  for (const double value : values) shares.variance += (value - mean) * (value - mean) / rows;
  for (size_t c = 0; c < grid.columns(); ++c) {
    double alone = 0;
    double averaged = 0;
    for (size_t i = 0; i < grid.rows(); ++i) {
      double same_level = 0;
      double others_same = 0;
      for (size_t j = 0; j < grid.rows(); ++j) {
        size_t equal = 0;
        for (size_t k = 0; k < grid.columns(); ++k) equal += grid.row(i)[k] == grid.row(j)[k];
        const bool same = grid.row(i)[c] == grid.row(j)[c];
        if (same) same_level += values[j] * grid.level_counts[c] / rows;
        if (equal - same == grid.columns() - 1) others_same += values[j] / grid.level_counts[c];
      }
      alone += (same_level - mean) * (same_level - mean) / rows;
      averaged += (others_same - mean) * (others_same - mean) / rows;
    }
    shares.alone.push_back(alone);
    shares.total.push_back(shares.variance - averaged);
  }
  return shares;
}

TEST(BoxTreeTest, VarianceDecomposesAsItsDefinitionSays) {
  for (uint64_t seed = 0; seed < 10; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    const GridRows grid = FullGrid({3, 2, 4});
    std::vector<double> targets;
    for (size_t i = 0; i < grid.rows(); ++i) targets.push_back(RandomNormal(seed, i));
    for (const size_t min_split : {2, 8}) {
      const std::vector<Box> tree = GrowTree(grid, targets, EveryRow(grid), min_split);
      std::vector<double> values;
      for (size_t i = 0; i < grid.rows(); ++i) values.push_back(Predict(tree, grid.row(i)));
      const VarianceShares expected = ByDefinition(grid, values);
      const VarianceShares shares = DecomposeVariance(tree, grid.level_counts);
      EXPECT_NEAR(shares.variance, expected.variance, 1e-12);
      for (size_t c = 0; c < grid.columns(); ++c) {
        EXPECT_NEAR(shares.alone[c], expected.alone[c], 1e-12);
        EXPECT_NEAR(shares.total[c], expected.total[c], 1e-12);
      }
    }
  }
}

}  // namespace
}  // namespace attune
