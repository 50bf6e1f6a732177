// Extremely randomised regression trees: Geurts, Ernst and Wehenkel, Machine Learning 63, 2006.
#ifndef ATTUNE_AUTOTUNE_SEARCH_REGRESSION_FOREST_H_
#define ATTUNE_AUTOTUNE_SEARCH_REGRESSION_FOREST_H_

#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

#include "absl/types/span.h"

namespace attune {

// Rows of numbers. Trees only compare a column's numbers with one another, so no column needs
// scaling.
struct FeatureTable {
  size_t columns = 0;
  std::vector<float> values;  // [row][column]

  size_t rows() const { return columns == 0 ? 0 : values.size() / columns; }
  const float* row(size_t i) const { return values.data() + i * columns; }
};

struct ForestOptions {
  int trees = 32;
  // Nodes of fewer rows are leaves.
  size_t min_split = 2;
};

class RegressionForest {
 public:
  // Grows trees on the rows of `table` that `rows` names (at least one), targets[k] being that of
  // rows[k]. At each node, one random cut of each column that is not constant there competes, and
  // the one that leaves the least squared error wins.
  RegressionForest(const FeatureTable& table, absl::Span<const size_t> rows,
                   absl::Span<const double> targets, const ForestOptions& options,
                   std::mt19937_64& generator);

  size_t trees() const { return roots_.size(); }
  // Of one tree: the mean target of the leaf that `row` (of `table`'s columns) falls into.
  double Predict(size_t tree, const float* row) const;

 private:
  struct Node {
    int32_t column = -1;  // -1: a leaf
    float cut = 0;        // up to it: left
    int32_t left = 0;
    int32_t right = 0;
    double mean = 0;
  };
  class Grower;

  std::vector<Node> nodes_;
  std::vector<int32_t> roots_;
};

}  // namespace attune

#endif  // ATTUNE_AUTOTUNE_SEARCH_REGRESSION_FOREST_H_
