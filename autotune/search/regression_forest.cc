#include "autotune/search/regression_forest.h"

#include <algorithm>
#include <cassert>
#include <limits>

#include "autotune/search/random_draws.h"

namespace attune {

// Grows one tree after another into the forest's nodes.
class RegressionForest::Grower {
 public:
  Grower(const FeatureTable& table, absl::Span<const size_t> rows, absl::Span<const double> targets,
         const ForestOptions& options, std::mt19937_64& generator, std::vector<Node>& nodes)
      : columns_(table.columns), options_(options), generator_(generator), nodes_(nodes) {
    for (size_t k = 0; k < rows.size(); ++k) cases_.push_back({table.row(rows[k]), targets[k]});
  }

  int32_t Grow() { return GrowNode(0, cases_.size()); }

 private:
  struct Case {
    const float* row = nullptr;
    double target = 0;
  };
  struct Split {
    int32_t column = -1;
    float cut = 0;
    // What is left of the sum of squares, but for a term that all splits of a node share.
    double score = std::numeric_limits<double>::infinity();
  };

  // The node of cases_[begin, end).
  int32_t GrowNode(size_t begin, size_t end) {
    const auto index = static_cast<int32_t>(nodes_.size());
    nodes_.emplace_back();
    double sum = 0;
    for (size_t k = begin; k < end; ++k) sum += cases_[k].target;
    nodes_[index].mean = sum / static_cast<double>(end - begin);
    if (end - begin < options_.min_split) return index;
    const Split split = BestSplit(begin, end, sum);
    if (split.column < 0) return index;
    const auto middle =
        std::partition(cases_.begin() + begin, cases_.begin() + end,
                       [&](const Case& each) { return each.row[split.column] <= split.cut; });
    const size_t at = middle - cases_.begin();
    const int32_t left = GrowNode(begin, at);
    const int32_t right = GrowNode(at, end);
    nodes_[index].column = split.column;
    nodes_[index].cut = split.cut;
    nodes_[index].left = left;
    nodes_[index].right = right;
    return index;
  }

  Split BestSplit(size_t begin, size_t end, double sum) {
    Split best;
    for (size_t column = 0; column < columns_; ++column) {
      float least = std::numeric_limits<float>::infinity();
      float most = -least;
      for (size_t k = begin; k < end; ++k) {
        const float value = cases_[k].row[column];
        least = std::min(least, value);
        most = std::max(most, value);
      }
      if (least == most) continue;
      float cut = least + static_cast<float>(UniformUnit(generator_)) * (most - least);
      if (cut >= most) cut = least;  // rounding
      const double score = Score(begin, end, sum, column, cut);
      if (score < best.score) best = {static_cast<int32_t>(column), cut, score};
    }
    return best;
  }

  // Both sides have rows: `cut` lies in [least, most).
  double Score(size_t begin, size_t end, double sum, size_t column, float cut) const {
    double left_sum = 0;
    size_t left = 0;
    for (size_t k = begin; k < end; ++k) {
      if (cases_[k].row[column] > cut) continue;
      left_sum += cases_[k].target;
      ++left;
    }
    const double right_sum = sum - left_sum;
    return -left_sum * left_sum / static_cast<double>(left) -
           right_sum * right_sum / static_cast<double>(end - begin - left);
  }

  const size_t columns_;
  const ForestOptions& options_;
  std::mt19937_64& generator_;
  std::vector<Node>& nodes_;
  std::vector<Case> cases_;  // those of a node side by side
};

RegressionForest::RegressionForest(const FeatureTable& table, absl::Span<const size_t> rows,
                                   absl::Span<const double> targets, const ForestOptions& options,
                                   std::mt19937_64& generator) {
  assert(!rows.empty() && rows.size() == targets.size());
  Grower grower(table, rows, targets, options, generator, nodes_);
  for (int tree = 0; tree < options.trees; ++tree) roots_.push_back(grower.Grow());
}

double RegressionForest::Predict(size_t tree, const float* row) const {
  const Node* node = &nodes_[roots_[tree]];
  while (node->column >= 0) {
    node = &nodes_[row[node->column] <= node->cut ? node->left : node->right];
  }
  return node->mean;
}

}  // namespace attune
