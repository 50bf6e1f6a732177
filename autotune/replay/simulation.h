// A search strategy run on a recorded search, without the device.
#ifndef ATTUNE_AUTOTUNE_REPLAY_SIMULATION_H_
#define ATTUNE_AUTOTUNE_REPLAY_SIMULATION_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "autotune/replay/recorded_search.h"

namespace attune {

struct SimulationOptions {
  uint64_t seed = 1;
  // Candidates compiled side by side (BenchOptions::prepare_threads).
  int compilers = 1;
  // The search ends after so many evaluations.
  int64_t max_evaluations = INT64_MAX;
  // So does it when what it holds to be the fastest reaches this fraction of the optimum.
  double enough = 1;
  // The strategy is given a candidate drawn by the seed for the one that runs untuned: a family
  // whose untuned choice is good hides how a strategy searches.
  bool cold = false;
};

struct SimulatedStep {
  // Trials so far, and the time that they took with compilation.
  int64_t evaluations = 0;
  double seconds = 0;
  // The recorded optimum's time over the recorded time of the candidate that by what the strategy
  // was told so far is the fastest: at most 1.
  double fraction = 0;
};

// The steps at which the candidate that is held to be the fastest changed, then the end of the
// search.
//
// As in the tuner, candidates are compiled by so many compilers side by side in the order in which
// they are asked for, and then measured one after another in the same order. Each compilation takes
// as long as it did when it was recorded; a second trial of a candidate takes none. A trial that
// ran takes `trial_seconds` and its samples; one limited to few samples is told their median. The
// errors of MakeSearcher.
absl::StatusOr<std::vector<SimulatedStep>> Simulate(const RecordedSearch& search,
                                                    absl::string_view strategy,
                                                    const SimulationOptions& options);

}  // namespace attune

#endif  // ATTUNE_AUTOTUNE_REPLAY_SIMULATION_H_
