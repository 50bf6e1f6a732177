#ifndef ATTUNE_AUTOTUNE_SEARCH_HALVING_SEARCHER_H_
#define ATTUNE_AUTOTUNE_SEARCH_HALVING_SEARCHER_H_

#include <optional>
#include <random>
#include <vector>

#include "autotune/search/candidate_pool.h"
#include "autotune/search/searcher.h"

namespace attune {

struct HalvingOptions {
  // The samples of a trial on each rung but the last, which takes as many as the median needs.
  std::vector<int> rung_samples = {3, 9};
  // One in so many of a rung's trials goes on to the next.
  size_t reduction = 3;
};

// Asynchronous successive halving on samples: random candidates are timed with few samples, the
// fastest third of them with more, the fastest third of those with all. A candidate goes up as soon
// as it is among its rung's fastest third so far, so that the strategy needs to know no budget and
// never waits. Li et al., "A System for Massively Parallel Hyperparameter Tuning", MLSys 2020,
// algorithm 2. What it saves is time on the device; a candidate is compiled on its first rung
// whatever it is worth.
class HalvingSearcher : public Searcher {
 public:
  explicit HalvingSearcher(SearchProblem problem, HalvingOptions options = {});

  std::optional<Configuration> Ask() override;
  void Tell(const Configuration& configuration, const Evaluation& evaluation) override;
  std::optional<int> MaxSamples(const Configuration& configuration) const override;

 private:
  struct Timed {
    size_t candidate = 0;
    double nanoseconds = 0;
    bool promoted = false;
  };

  // A candidate that deserves the next rung, the highest first; moves it there.
  std::optional<size_t> Promote();
  // The rung of an earlier search's trial with so many samples.
  size_t RungWith(int samples) const;
  void Insert(size_t rung, const Timed& timed);

  CandidatePool pool_;
  const HalvingOptions options_;
  std::mt19937_64 generator_;
  std::vector<size_t> rung_of_;            // of each candidate, of its latest trial
  std::vector<std::vector<Timed>> rungs_;  // of each rung what was told, the fastest first
};

}  // namespace attune

#endif  // ATTUNE_AUTOTUNE_SEARCH_HALVING_SEARCHER_H_
