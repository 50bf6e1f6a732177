// What a search that was cut short leaves to the one that goes on from its log.
#ifndef ATTUNE_AUTOTUNE_EARLIER_TRIALS_H_
#define ATTUNE_AUTOTUNE_EARLIER_TRIALS_H_

#include <optional>
#include <utility>
#include <vector>

#include "autotune/configuration.h"
#include "autotune/trial_log.pb.h"

namespace attune {

struct EarlierTrials {
  // To be run again, because the final needs them ready to run: the default and the fastest.
  std::vector<Configuration> again;
  // All others, with their median times; nullopt where the trial failed.
  std::vector<std::pair<Configuration, std::optional<double>>> known;
};

// Of several trials of a configuration the last counts. `again` are those within `margin` of the
// fastest, at most `max_again`, and the default before them if it was tried.
EarlierTrials SortEarlierTrials(const std::vector<Trial>& trials,
                                const Configuration& default_configuration, double margin,
                                int max_again);

}  // namespace attune

#endif  // ATTUNE_AUTOTUNE_EARLIER_TRIALS_H_
