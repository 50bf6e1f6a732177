#include "autotune/search/model_searcher.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "autotune/search/random_draws.h"

namespace attune {
namespace {

FeatureTable MakeTable(const CandidatePool& pool,
                       const std::vector<std::vector<double>>& features) {
  FeatureTable table;
  for (size_t i = 0; i < pool.size(); ++i) {
    table.values.insert(table.values.end(), pool.ranks(i).begin(), pool.ranks(i).end());
    if (!features.empty()) {
      table.values.insert(table.values.end(), features[i].begin(), features[i].end());
    }
  }
  if (pool.size() > 0) table.columns = table.values.size() / pool.size();
  return table;
}

double NormalDensity(double z) { return std::exp(-0.5 * z * z) * 0.3989422804014327; }
double NormalBelow(double z) { return 0.5 * std::erfc(-z * 0.7071067811865476); }

// How much a normal variable is expected to fall below `best`.
double ExpectedImprovement(double mean, double deviation, double best) {
  if (deviation <= 0) return std::max(0.0, best - mean);
  const double z = (best - mean) / deviation;
  return deviation * (z * NormalBelow(z) + NormalDensity(z));
}

}  // namespace

ModelSearcher::ModelSearcher(SearchProblem problem)
    : pool_(std::move(problem.candidates), problem.default_configuration),
      parallelism_(std::max(1, problem.parallelism)),
      generator_(problem.seed),
      table_(MakeTable(pool_, problem.features)) {
  initial_ = std::clamp<size_t>(pool_.size() / 100, 3, 10);
}

std::optional<Configuration> ModelSearcher::Ask() {
  if (std::optional<Configuration> first = pool_.AskForDefault()) return first;
  if (pool_.untried().empty()) return std::nullopt;
  if (pool_.outstanding() >= parallelism_) return std::nullopt;
  const size_t tried = pool_.size() - pool_.untried().size();
  if (tried < initial_ || pool_.told().empty()) {
    return pool_.Ask(pool_.untried()[UniformBelow(pool_.untried().size(), generator_)]);
  }
  return pool_.Ask(MostPromising());
}

void ModelSearcher::Tell(const Configuration& configuration, const Evaluation& evaluation) {
  pool_.Tell(configuration, evaluation);
}

void ModelSearcher::Fit() {
  std::vector<double> targets;
  double worst = -1e300;
  best_ = 1e300;
  for (const size_t i : pool_.told()) {
    if (std::isinf(pool_.nanoseconds(i))) continue;
    const double t = std::log(pool_.nanoseconds(i));
    worst = std::max(worst, t);
    best_ = std::min(best_, t);
  }
  if (worst < best_) worst = best_ = 0;
  for (const size_t i : pool_.told()) {
    targets.push_back(std::isinf(pool_.nanoseconds(i)) ? worst + 0.5
                                                       : std::log(pool_.nanoseconds(i)));
  }
  const RegressionForest forest(table_, pool_.told(), targets, {}, generator_);
  predictions_.assign(pool_.size(), {});
  for (const size_t i : pool_.untried()) {
    for (size_t t = 0; t < forest.trees(); ++t) {
      predictions_[i].push_back(static_cast<float>(forest.Predict(t, table_.row(i))));
    }
  }
  fitted_ = pool_.told().size();
}

size_t ModelSearcher::MostPromising() {
  const size_t grown = pool_.told().size() - fitted_;
  if (fitted_ == 0 || grown * 20 >= fitted_) Fit();
  size_t best = pool_.untried().front();
  double best_gain = -1;
  for (const size_t i : pool_.untried()) {
    double sum = 0, squares = 0;
    for (const float p : predictions_[i]) {
      sum += p;
      squares += static_cast<double>(p) * p;
    }
    const double n = static_cast<double>(predictions_[i].size());
    const double mean = sum / n;
    const double deviation = std::sqrt(std::max(0.0, squares / n - mean * mean)) + 0.003;
    const double gain = ExpectedImprovement(mean, deviation, best_);
    if (gain > best_gain) {
      best_gain = gain;
      best = i;
    }
  }
  return best;
}

}  // namespace attune
