#include "autotune/explain/box_tree.h"

#include <algorithm>
#include <cassert>
#include <optional>

namespace attune {
namespace {

// Count and sum of targets.
struct Moments {
  double count = 0;
  double sum = 0;
  void Add(double target) {
    count += 1;
    sum += target;
  }
  // What the squared error loses by this part's mean.
  double Gain() const { return count == 0 ? 0 : sum * sum / count; }
};

struct Cut {
  size_t column = 0;
  int level = 0;  // the first on the right
  double gain = 0;
};

class Grower {
 public:
  Grower(const GridRows& grid, absl::Span<const double> targets, size_t min_split)
      : grid_(grid), targets_(targets), min_split_(min_split) {}

  void Grow(Box box, std::vector<size_t> sample) {
    Moments all;
    for (const size_t row : sample) all.Add(targets_[row]);
    box.mean = all.sum / all.count;
    const std::optional<Cut> cut = BestCut(box, sample, all);
    if (!cut.has_value()) {
      boxes.push_back(std::move(box));
      return;
    }
    const auto right_begin = std::partition(sample.begin(), sample.end(), [&](size_t row) {
      return grid_.row(row)[cut->column] < cut->level;
    });
    std::vector<size_t> right(right_begin, sample.end());
    sample.erase(right_begin, sample.end());
    Box right_box = box;
    box.end[cut->column] = cut->level;
    right_box.begin[cut->column] = cut->level;
    Grow(std::move(box), std::move(sample));
    Grow(std::move(right_box), std::move(right));
  }

  std::vector<Box> boxes;

 private:
  std::optional<Cut> BestCut(const Box& box, const std::vector<size_t>& sample,
                             const Moments& all) const {
    if (sample.size() < min_split_) return std::nullopt;
    // Below it, a cut separates nothing but rounding.
    Cut best = {.gain = all.Gain() + 1e-12 * (1 + all.Gain())};
    bool found = false;
    std::vector<Moments> by_level;
    for (size_t column = 0; column < grid_.columns(); ++column) {
      by_level.assign(static_cast<size_t>(grid_.level_counts[column]), Moments());
      for (const size_t row : sample) {
        by_level[static_cast<size_t>(grid_.row(row)[column])].Add(targets_[row]);
      }
      Moments left;
      for (int level = box.begin[column] + 1; level < box.end[column]; ++level) {
        const Moments& next = by_level[static_cast<size_t>(level - 1)];
        left.count += next.count;
        left.sum += next.sum;
        const Moments right = {all.count - left.count, all.sum - left.sum};
        if (left.count == 0 || right.count == 0) continue;
        const double gain = left.Gain() + right.Gain();
        if (gain <= best.gain) continue;
        best = {column, level, gain};
        found = true;
      }
    }
    return found ? std::optional<Cut>(best) : std::nullopt;
  }

  const GridRows& grid_;
  const absl::Span<const double> targets_;
  const size_t min_split_;
};

// The parts of the grid that a box takes, and that two share, column by column.
double Share(const Box& box, size_t column, double levels) {
  return (box.end[column] - box.begin[column]) / levels;
}
double SharedShare(const Box& a, const Box& b, size_t column, double levels) {
  const int begin = std::max(a.begin[column], b.begin[column]);
  const int end = std::min(a.end[column], b.end[column]);
  return std::max(0, end - begin) / levels;
}

double Volume(const Box& box, absl::Span<const int> level_counts) {
  double volume = 1;
  for (size_t c = 0; c < level_counts.size(); ++c) volume *= Share(box, c, level_counts[c]);
  return volume;
}

}  // namespace

std::vector<Box> GrowTree(const GridRows& grid, absl::Span<const double> targets,
                          std::vector<size_t> sample, size_t min_split) {
  assert(!sample.empty() && targets.size() == grid.rows());
  Grower grower(grid, targets, min_split);
  grower.Grow({std::vector<int>(grid.columns(), 0), grid.level_counts, 0}, std::move(sample));
  return std::move(grower.boxes);
}

double Predict(absl::Span<const Box> tree, absl::Span<const int> point) {
  const auto contains = [&](const Box& box) {
    for (size_t c = 0; c < point.size(); ++c) {
      if (point[c] < box.begin[c] || point[c] >= box.end[c]) return false;
    }
    return true;
  };
  const auto box = std::find_if(tree.begin(), tree.end(), contains);
  assert(box != tree.end());
  return box->mean;
}

VarianceShares DecomposeVariance(absl::Span<const Box> tree, absl::Span<const int> level_counts) {
  const size_t columns = level_counts.size();
  double mean = 0;
  for (const Box& box : tree) mean += box.mean * Volume(box, level_counts);
  VarianceShares shares;
  shares.alone.assign(columns, 0);
  shares.total.assign(columns, 0);
  std::vector<double> volumes;
  for (const Box& box : tree) {
    volumes.push_back(Volume(box, level_counts));
    shares.variance += volumes.back() * (box.mean - mean) * (box.mean - mean);
  }
  // The mean over a set of columns, squared and averaged over the others, is a sum over pairs of
  // boxes: what they share of the others, times what each has of the set.
  std::vector<double> averaged(columns, 0);  // over one column, its variance over the others
  for (size_t i = 0; i < tree.size(); ++i) {
    for (size_t j = 0; j < tree.size(); ++j) {
      const double product = (tree[i].mean - mean) * (tree[j].mean - mean);
      size_t apart = 0;  // columns in which they share nothing
      double shared = 1;
      for (size_t c = 0; c < columns; ++c) {
        const double share = SharedShare(tree[i], tree[j], c, level_counts[c]);
        if (share == 0) {
          ++apart;
        } else {
          shared *= share;
        }
      }
      for (size_t c = 0; c < columns; ++c) {
        const double levels = level_counts[c];
        const double share = SharedShare(tree[i], tree[j], c, levels);
        const double own = Share(tree[i], c, levels) * Share(tree[j], c, levels);
        if (apart == 0) averaged[c] += product * shared / share * own;
        if (apart == 1 && share == 0) averaged[c] += product * shared * own;
        shares.alone[c] += product * share * volumes[i] * volumes[j] / own;
      }
    }
  }
  for (size_t c = 0; c < columns; ++c) shares.total[c] = shares.variance - averaged[c];
  return shares;
}

}  // namespace attune
