// Search strategies, behind ask and tell.
#ifndef ATTUNE_AUTOTUNE_SEARCHER_H_
#define ATTUNE_AUTOTUNE_SEARCHER_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "autotune/configuration.h"

namespace attune {

// What a strategy starts from.
struct SearchProblem {
  // Every admitted configuration, distinct.
  std::vector<Configuration> candidates;
  // What runs untuned. Strategies ask for it first, if it is a candidate, so that all others have
  // something to beat however early the search ends.
  Configuration default_configuration;
  uint64_t seed = 0;
};

// What became of a trial.
struct Evaluation {
  // The median time of one run; nullopt where the trial failed (it did not compile, gave wrong
  // results, hung).
  std::optional<double> nanoseconds;
};

// Proposes what to try next. Several proposals may be outstanding: Ask does not wait for Tell. Not
// thread-safe.
class Searcher {
 public:
  virtual ~Searcher() = default;
  // The next configuration to try, never one asked for before; nullopt when the strategy has
  // nothing to propose. A strategy that learns may say nullopt while proposals are outstanding and
  // go on after they have been told.
  virtual std::optional<Configuration> Ask() = 0;
  // What became of a configuration that was asked for. Once for each, in any order.
  virtual void Tell(const Configuration& configuration, const Evaluation& evaluation) = 0;
};

}  // namespace attune

#endif  // ATTUNE_AUTOTUNE_SEARCHER_H_
