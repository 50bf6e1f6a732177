#ifndef ATTUNE_AUTOTUNE_RANDOM_SEARCHER_H_
#define ATTUNE_AUTOTUNE_RANDOM_SEARCHER_H_

#include <optional>
#include <random>
#include <vector>

#include "autotune/searcher.h"

namespace attune {

// Candidates drawn uniformly without replacement, the default first. The same problem and seed give
// the same sequence on every machine.
class RandomSearcher : public Searcher {
 public:
  explicit RandomSearcher(SearchProblem problem);

  std::optional<Configuration> Ask() override;
  void Tell(const Configuration&, const Evaluation&) override {}

 private:
  std::vector<Configuration> candidates_;
  size_t next_ = 0;
  bool default_first_ = false;
  std::mt19937_64 generator_;
};

}  // namespace attune

#endif  // ATTUNE_AUTOTUNE_RANDOM_SEARCHER_H_
