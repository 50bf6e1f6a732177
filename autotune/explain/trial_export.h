// Trials in the forms that other programs read.
#ifndef ATTUNE_AUTOTUNE_EXPLAIN_TRIAL_EXPORT_H_
#define ATTUNE_AUTOTUNE_EXPLAIN_TRIAL_EXPORT_H_

#include <string>

#include "autotune/explain/trial_history.h"

namespace attune {

// The T4 results format, version 1.0.0: what Kernel Tuner and KTT exchange. One result for each
// trial:
//   timestamp      when it ended, ISO 8601, UTC
//   configuration  values by parameter
//   times          compilation_time and runtimes (one a sample) in milliseconds; framework,
//                  search_algorithm and validation, which the log does not hold apart, are 0
//   invalidity     "correct", "compile", "runtime", "timeout" or "correctness"
//   correctness    1, or 0 where the results were wrong
//   measurements   "time", the median in milliseconds, and the resources; empty where it did not
//   run objectives     ["time"]
// The schema: https://github.com/odgaard/TuningSchema, branch T4, results-schema.json.
std::string FormatT4(const TrialHistory& history);

// A line of titles, then one for each trial: outcome, when (microseconds since 1970), seconds of
// preparation, median of the samples in nanoseconds and how many there are, a column for each
// parameter and for each resource of any of them, message. RFC 4180, lines ending in "\r\n".
std::string FormatCsv(const TrialHistory& history);

}  // namespace attune

#endif  // ATTUNE_AUTOTUNE_EXPLAIN_TRIAL_EXPORT_H_
