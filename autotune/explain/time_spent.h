// Where the seconds of a tune went.
#ifndef ATTUNE_AUTOTUNE_EXPLAIN_TIME_SPENT_H_
#define ATTUNE_AUTOTUNE_EXPLAIN_TIME_SPENT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "autotune/explain/trial_history.h"

namespace attune {

// What the search's seconds went to on one device; they add up to them.
struct DeviceSeconds {
  std::string device;
  int64_t trials = 0;
  double waiting = 0;    // for compilations to end
  double verifying = 0;  // with the runs that are verified
  double sampling = 0;   // warm-up, flushes, samples, and pauses while throttled
  double reference = 0;  // timing what drift is read from
  double other = 0;      // loading, unloading, messages, new workers
  double idle = 0;       // nothing was asked of it
};

struct TimeSpent {
  // Wall-clock seconds: opening the benches, trials, the final.
  double open = 0;
  double search = 0;
  double final = 0;
  // Of all compilations together, which run side by side, with what they waited for a processor.
  double compiling = 0;
  std::vector<DeviceSeconds> devices;  // by name
};

// Of the last tune in `history` that came to its end; nullopt where there is none, or its log does
// not say.
std::optional<TimeSpent> TimeSpentIn(const TrialHistory& history);

}  // namespace attune

#endif  // ATTUNE_AUTOTUNE_EXPLAIN_TIME_SPENT_H_
