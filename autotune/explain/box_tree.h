// Regression trees over parameters with few values, as boxes: what an analysis of variance needs.
#ifndef ATTUNE_AUTOTUNE_EXPLAIN_BOX_TREE_H_
#define ATTUNE_AUTOTUNE_EXPLAIN_BOX_TREE_H_

#include <cstddef>
#include <vector>

#include "absl/types/span.h"

namespace attune {

// Points of a grid: row r has level levels[r * columns + c], below level_counts[c], in column c.
struct GridRows {
  std::vector<int> level_counts;
  std::vector<int> levels;

  size_t columns() const { return level_counts.size(); }
  size_t rows() const { return columns() == 0 ? 0 : levels.size() / columns(); }
  absl::Span<const int> row(size_t r) const {
    return absl::MakeConstSpan(levels).subspan(r * columns(), columns());
  }
};

// Levels begin[c] <= l < end[c] of every column c, and what the tree says of them.
struct Box {
  std::vector<int> begin;
  std::vector<int> end;
  double mean = 0;
};

// A regression tree on the rows of `grid` that `sample` names (one may stand several times):
// repeatedly the cut that leaves the least squared error, until a part has fewer than `min_split`
// rows or all of one target. The boxes share out the whole grid. `targets` has one for each row of
// `grid`, `sample` at least one.
std::vector<Box> GrowTree(const GridRows& grid, absl::Span<const double> targets,
                          std::vector<size_t> sample, size_t min_split);

// What the tree says of a point.
double Predict(absl::Span<const Box> tree, absl::Span<const int> point);

// Of a tree's function over the grid, each column uniform over its levels.
struct VarianceShares {
  double variance = 0;
  // For each column: the variance of the mean over all other columns, and what is lost of the
  // variance by the mean over this column.
  std::vector<double> alone;
  std::vector<double> total;
};
VarianceShares DecomposeVariance(absl::Span<const Box> tree, absl::Span<const int> level_counts);

}  // namespace attune

#endif  // ATTUNE_AUTOTUNE_EXPLAIN_BOX_TREE_H_
