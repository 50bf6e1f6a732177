#ifndef ATTUNE_AUTOTUNE_SEARCH_MODEL_SEARCHER_H_
#define ATTUNE_AUTOTUNE_SEARCH_MODEL_SEARCHER_H_

#include <cstdint>
#include <optional>
#include <random>
#include <vector>

#include "autotune/search/candidate_pool.h"
#include "autotune/search/regression_forest.h"
#include "autotune/search/searcher.h"

namespace attune {

// Guided by a model of all that was told: a forest of regression trees over the parameters and the
// family's features (SearchProblem::features) predicts the logarithm of each untried candidate's
// time, and the spread of its trees says how sure that is. The next proposal is the candidate whose
// expected improvement on the best is the greatest. Hutter, Hoos and Leyton-Brown, "Sequential
// Model-Based Optimization for General Algorithm Configuration", LION 2011.
class ModelSearcher : public Searcher {
 public:
  explicit ModelSearcher(SearchProblem problem);

  std::optional<Configuration> Ask() override;
  void Tell(const Configuration& configuration, const Evaluation& evaluation) override;

 private:
  size_t Initial();
  size_t MostPromising();
  void Fit();

  CandidatePool pool_;
  const int64_t parallelism_;
  std::mt19937_64 generator_;
  FeatureTable table_;
  size_t initial_ = 0;
  size_t fitted_ = 0;
  std::vector<std::vector<float>> predictions_;  // [candidate][tree]
  double best_ = 0;
};

}  // namespace attune

#endif  // ATTUNE_AUTOTUNE_SEARCH_MODEL_SEARCHER_H_
