// From the log of an exhaustive search to what is replayed.
#ifndef ATTUNE_AUTOTUNE_REPLAY_RECORD_H_
#define ATTUNE_AUTOTUNE_REPLAY_RECORD_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "autotune/replay/recorded_search.h"
#include "autotune/space/parameter_space.h"
#include "autotune/trial_log/trial_log.h"

namespace attune {

// The candidates are the configurations that `log` tried, sorted; the first that it tried is the
// default, as for every strategy. Of several trials of a configuration the one with the most
// samples counts, then the latest. Times are less the drift that trials state. Features are what
// `model` says of the candidates (features.h).
//
// What a trial takes besides its samples (verification, flushing caches) is estimated as the lower
// tenth of the time between the ends of trials that followed one another, less the later one's
// samples: there the next candidate was compiled already. InvalidArgument for a log of which no
// trial succeeded, and for one that lacks some of the configurations that its header says were
// admitted.
absl::StatusOr<RecordedSearch> RecordSearch(const TrialLog& log, ParameterSpace::Model model);

}  // namespace attune

#endif  // ATTUNE_AUTOTUNE_REPLAY_RECORD_H_
