#include "autotune/search/model_searcher.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "autotune/search/random_draws.h"

namespace attune {
namespace {

// The figures below are of recorded searches on an NVIDIA H200 (autotune/replay/recorded,
// 2026-11-22), from a random start: median evaluations to 99 % of the optimum.

// Nodes of fewer trials are leaves. 2: 12 of 496 and 42 of 1404 candidates; 4: 7 and 51; 8: 6 and
// 48. But on twelve made-up spaces in which parameters interact strongly, leaves of up to three
// trials lost three of the optima that single ones found in a sixth of the evaluations.
constexpr ForestOptions kForest = {.trees = 32, .min_split = 2};
// What trees agree on may still be off by the noise of the trials.
constexpr double kNoise = 0.002;
// The default and random candidates, by the size of the space. Twice as many: 22 of 496 and 69 of
// 1404.
constexpr size_t kCandidatesPerInitial = 100;
constexpr size_t kMinInitial = 2;
constexpr size_t kMaxInitial = 10;
// Once there are many trials, one more changes little: a new model for each twentieth more.
constexpr size_t kRefitShare = 20;
// How much slower than the slowest a trial that failed counts, as a logarithm.
constexpr double kFailure = 0.5;

FeatureTable MakeTable(const CandidatePool& pool,
                       const std::vector<std::vector<double>>& features) {
  FeatureTable table;
  for (size_t i = 0; i < pool.size(); ++i) {
    table.values.insert(table.values.end(), pool.ranks(i).begin(), pool.ranks(i).end());
    if (features.empty()) continue;
    for (const double feature : features[i]) table.values.push_back(static_cast<float>(feature));
  }
  if (pool.size() > 0) table.columns = table.values.size() / pool.size();
  return table;
}

// How far a normal variable is expected to fall below `best`; deviation > 0.
double ExpectedImprovement(double mean, double deviation, double best) {
  constexpr double kSqrtHalf = 0.7071067811865476;
  constexpr double kDensityAtMean = 0.3989422804014327;
  const double z = (best - mean) / deviation;
  const double below = 0.5 * std::erfc(-z * kSqrtHalf);
  return deviation * (z * below + kDensityAtMean * std::exp(-0.5 * z * z));
}

}  // namespace

ModelSearcher::ModelSearcher(SearchProblem problem)
    : max_outstanding_(MaxOutstanding(problem)),
      pool_(std::move(problem.candidates), problem.default_configuration),
      initial_(std::clamp(pool_.size() / kCandidatesPerInitial, kMinInitial, kMaxInitial)),
      generator_(problem.seed),
      table_(MakeTable(pool_, problem.features)) {}

std::optional<Configuration> ModelSearcher::Ask() {
  if (std::optional<Configuration> first = pool_.AskForDefault()) return first;
  if (pool_.untried().empty() || pool_.outstanding() >= max_outstanding_) return std::nullopt;
  const size_t tried = pool_.size() - pool_.untried().size();
  if (tried < initial_ || pool_.told().empty()) {
    return pool_.Ask(pool_.untried()[UniformBelow(pool_.untried().size(), generator_)]);
  }
  return pool_.Ask(MostPromising());
}

void ModelSearcher::Tell(const Configuration& configuration, const Evaluation& evaluation) {
  pool_.Tell(configuration, evaluation);
}

std::vector<double> ModelSearcher::Targets() {
  std::vector<double> targets;
  best_ = std::numeric_limits<double>::infinity();
  double worst = -best_;
  for (const size_t i : pool_.told()) {
    targets.push_back(std::log(pool_.nanoseconds(i)));
    best_ = std::min(best_, targets.back());
    if (std::isfinite(targets.back())) worst = std::max(worst, targets.back());
  }
  // Where nothing ran yet, all are alike.
  if (std::isinf(best_)) best_ = worst = 0;
  for (double& target : targets) {
    if (std::isinf(target)) target = worst + kFailure;
  }
  return targets;
}

void ModelSearcher::Fit() {
  const RegressionForest forest(table_, pool_.told(), Targets(), kForest, generator_);
  const auto trees = static_cast<double>(forest.trees());
  predictions_.assign(pool_.size(), {});
  for (const size_t i : pool_.untried()) {
    double sum = 0;
    double squares = 0;
    for (size_t tree = 0; tree < forest.trees(); ++tree) {
      const double prediction = forest.Predict(tree, table_.row(i)) - best_;
      sum += prediction;
      squares += prediction * prediction;
    }
    const double mean = sum / trees;
    const double variance = std::max(0.0, squares / trees - mean * mean);
    predictions_[i] = {best_ + mean, std::sqrt(variance) + kNoise};
  }
  fitted_ = pool_.told().size();
}

size_t ModelSearcher::MostPromising() {
  const size_t grown = pool_.told().size() - fitted_;
  if (fitted_ == 0 || grown * kRefitShare >= fitted_) Fit();
  size_t best = pool_.untried().front();
  double best_gain = -1;
  for (const size_t i : pool_.untried()) {
    const double gain = ExpectedImprovement(predictions_[i].mean, predictions_[i].deviation, best_);
    if (gain <= best_gain) continue;
    best_gain = gain;
    best = i;
  }
  return best;
}

}  // namespace attune
