#include "autotune/explain/parameter_importance.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "autotune/explain/box_tree.h"
#include "numerics/random.h"

namespace attune {
namespace {

constexpr size_t kTrees = 32;
constexpr size_t kMinSplit = 5;
// Rows that a tree is grown on, at most: the decomposition takes time by the square of the leaves.
constexpr size_t kMaxSample = 2000;
constexpr uint64_t kSeed = 1;

struct Columns {
  GridRows grid;
  std::vector<std::string> names;
  std::vector<std::string> constant;
};

Columns ColumnsOf(absl::Span<const TimedConfiguration> trials) {
  Columns columns;
  std::vector<std::map<int64_t, int>> levels;
  std::vector<size_t> places;
  const std::vector<Configuration::Entry>& first = trials.front().configuration.entries();
  for (size_t p = 0; p < first.size(); ++p) {
    std::map<int64_t, int> seen;
    for (const TimedConfiguration& trial : trials) {
      seen.emplace(trial.configuration.entries()[p].second, 0);
    }
    if (seen.size() == 1) {
      columns.constant.push_back(first[p].first);
      continue;
    }
    int level = 0;
    for (auto& [value, place] : seen) place = level++;
    columns.names.push_back(first[p].first);
    columns.grid.level_counts.push_back(level);
    levels.push_back(std::move(seen));
    places.push_back(p);
  }
  for (const TimedConfiguration& trial : trials) {
    for (size_t c = 0; c < places.size(); ++c) {
      columns.grid.levels.push_back(levels[c].at(trial.configuration.entries()[places[c]].second));
    }
  }
  return columns;
}

// As many draws with replacement as there are rows, or kMaxSample.
std::vector<size_t> Bootstrap(size_t rows, size_t tree) {
  std::vector<size_t> sample;
  for (size_t i = 0; i < std::min(rows, kMaxSample); ++i) {
    sample.push_back(RandomBits(kSeed + tree, i) % rows);
  }
  return sample;
}

// Predictions of each row by the trees that have not seen it.
class OutOfBag {
 public:
  explicit OutOfBag(size_t rows) : sums_(rows, 0), counts_(rows, 0) {}

  void Add(const GridRows& grid, const std::vector<Box>& tree, const std::vector<size_t>& sample) {
    const std::set<size_t> seen(sample.begin(), sample.end());
    for (size_t row = 0; row < sums_.size(); ++row) {
      if (seen.count(row) > 0) continue;
      sums_[row] += Predict(tree, grid.row(row));
      ++counts_[row];
    }
  }

  double Explained(absl::Span<const double> targets) const {
    double mean = 0;
    for (const double target : targets) mean += target / static_cast<double>(targets.size());
    double error = 0;
    double variance = 0;
    for (size_t row = 0; row < targets.size(); ++row) {
      if (counts_[row] == 0) continue;
      const double miss = targets[row] - sums_[row] / counts_[row];
      error += miss * miss;
      variance += (targets[row] - mean) * (targets[row] - mean);
    }
    return variance == 0 ? 0 : 1 - error / variance;
  }

 private:
  std::vector<double> sums_;
  std::vector<double> counts_;
};

}  // namespace

ParameterImportance ImportanceOf(absl::Span<const TimedConfiguration> trials) {
  ParameterImportance importance;
  if (static_cast<int64_t>(trials.size()) < kMinTrialsForImportance) return importance;
  Columns columns = ColumnsOf(trials);
  importance.constant = columns.constant;
  if (columns.names.empty()) return importance;
  std::vector<double> targets;
  for (const TimedConfiguration& trial : trials) targets.push_back(std::log(trial.nanoseconds));

  OutOfBag out_of_bag(trials.size());
  VarianceShares sum;
  sum.alone.assign(columns.names.size(), 0);
  sum.total.assign(columns.names.size(), 0);
  for (size_t t = 0; t < kTrees; ++t) {
    const std::vector<size_t> sample = Bootstrap(trials.size(), t);
    const std::vector<Box> tree = GrowTree(columns.grid, targets, sample, kMinSplit);
    out_of_bag.Add(columns.grid, tree, sample);
    const VarianceShares shares = DecomposeVariance(tree, columns.grid.level_counts);
    sum.variance += shares.variance;
    for (size_t c = 0; c < columns.names.size(); ++c) {
      sum.alone[c] += shares.alone[c];
      sum.total[c] += shares.total[c];
    }
  }
  if (sum.variance <= 0) return importance;
  importance.explained = out_of_bag.Explained(targets);
  for (size_t c = 0; c < columns.names.size(); ++c) {
    importance.shares.push_back(
        {columns.names[c], sum.alone[c] / sum.variance, sum.total[c] / sum.variance});
  }
  std::stable_sort(
      importance.shares.begin(), importance.shares.end(),
      [](const ParameterShare& a, const ParameterShare& b) { return a.total > b.total; });
  return importance;
}

}  // namespace attune
