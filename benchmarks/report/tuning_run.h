// What a tuner's trial log shows.
#ifndef ATTUNE_BENCHMARKS_REPORT_TUNING_RUN_H_
#define ATTUNE_BENCHMARKS_REPORT_TUNING_RUN_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "autotune/trial_log/trial_log.h"
#include "benchmarks/report/verdict.h"
#include "numerics/statistics.h"

namespace attune {

struct TunedTrial {
  // In the order of TuningRun::parameters; nullopt where the trial has no such parameter.
  std::vector<std::optional<int64_t>> values;
  std::string outcome;  // "OK", "COMPILE_ERROR", as in trial_log.proto
  std::string message;
  // Seconds; of trials that are OK.
  std::optional<double> median;
  std::optional<Interval> interval;
  size_t samples = 0;
  // Whether it cannot be told from the fastest.
  bool tied = false;
};

// A named constraint of the space that was searched.
struct TunedConstraint {
  std::string name;
  std::string expression;
  // How many combinations it took away; nullopt in logs of before that was written.
  std::optional<int64_t> removed;

  friend bool operator==(const TunedConstraint&, const TunedConstraint&) = default;
};

struct TuningRun {
  std::string family;
  std::string device;
  std::string workload;
  std::vector<std::string> parameters;
  // How many combinations the space has, constraints aside; nullopt where the log has no space.
  std::optional<int64_t> space_size;
  // How many of those its constraints left to try; nullopt in logs of before that was written.
  std::optional<int64_t> admitted;
  // In the space's order.
  std::vector<TunedConstraint> constraints;
  // Why the log's space could not be read, if it could not.
  std::string space_problem;
  std::vector<TunedTrial> trials;
};

// All trials in the log's order, those that failed with their reasons. `options` decide which times
// cannot be told from the fastest.
TuningRun SummariseTrialLog(const TrialLog& log, const VerdictOptions& options);

}  // namespace attune

#endif  // ATTUNE_BENCHMARKS_REPORT_TUNING_RUN_H_
