// Search strategies, behind ask and tell.
#ifndef ATTUNE_AUTOTUNE_SEARCH_SEARCHER_H_
#define ATTUNE_AUTOTUNE_SEARCH_SEARCHER_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "autotune/space/configuration.h"

namespace attune {

// What a strategy starts from.
struct SearchProblem {
  // Every admitted configuration, distinct.
  std::vector<Configuration> candidates;
  // What runs untuned. Strategies ask for it first, if it is a candidate, so that all others have
  // something to beat however early the search ends.
  Configuration default_configuration;
  uint64_t seed = 0;
  // What is known of each candidate before it has run (features.h), for strategies that learn: a
  // row for each, all of one length; or no rows.
  std::vector<std::vector<double>> features = {};
  // How many proposals are worth having outstanding, because so many can be compiled at once. A
  // strategy that learns does not go beyond it.
  int parallelism = 1;
};

// What became of a trial.
struct Evaluation {
  // The median time of one run; nullopt where the trial failed (it did not compile, gave wrong
  // results, hung).
  std::optional<double> nanoseconds;
  // How many samples that is of; 0 where that is not known, and of a trial that failed.
  int samples = 0;
};

// Proposes what to try next. Several proposals may be outstanding: Ask does not wait for Tell. Not
// thread-safe.
class Searcher {
 public:
  virtual ~Searcher() = default;
  // The next configuration to try; nullopt when the strategy has nothing to propose. A strategy
  // that learns may say nullopt while proposals are outstanding and go on after they have been
  // told. Never one that was asked for before, unless MaxSamples limited its trial.
  virtual std::optional<Configuration> Ask() = 0;
  // What became of a configuration that was asked for: once for each time, in any order. Or of one
  // that was not, in an earlier search that this one goes on from: it is then not asked for any
  // more, unless its samples were limited. Those are told before the first Ask.
  virtual void Tell(const Configuration& configuration, const Evaluation& evaluation) = 0;
  // The most samples that the outstanding trial of `configuration` is worth; nullopt where it is
  // worth as many as its median takes.
  virtual std::optional<int> MaxSamples(const Configuration& configuration) const {
    static_cast<void>(configuration);
    return std::nullopt;
  }
};

}  // namespace attune

#endif  // ATTUNE_AUTOTUNE_SEARCH_SEARCHER_H_
