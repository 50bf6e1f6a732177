// All that cache and trial logs say of one tuned workload.
#ifndef ATTUNE_AUTOTUNE_EXPLAIN_EXPLANATION_H_
#define ATTUNE_AUTOTUNE_EXPLAIN_EXPLANATION_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "autotune/cache/tuning_cache.pb.h"
#include "autotune/explain/parameter_importance.h"
#include "autotune/explain/time_spent.h"
#include "autotune/explain/trial_history.h"
#include "autotune/explain/winner_reason.h"
#include "autotune/space/configuration.h"
#include "numerics/statistics.h"

namespace attune {

// Trials that failed alike: of one outcome, with messages that differ in numbers and in the
// configuration's text at most.
struct FailureGroup {
  Trial::Outcome outcome = Trial::UNSPECIFIED;
  int64_t count = 0;
  // Of the first of them.
  Configuration configuration;
  std::string message;
};

// A configuration that ran.
struct RankedTrial {
  Configuration configuration;
  double nanoseconds = 0;            // the median of its samples, less drift
  std::optional<Interval> interval;  // of the median, at kExplanationConfidence
  int64_t samples = 0;
  std::map<std::string, int64_t, std::less<>> resources;
  bool is_winner = false;
  bool is_default = false;
  bool is_tied = false;
};

// What the trials with one value of a parameter came to.
struct ValueEffect {
  int64_t value = 0;
  int64_t trials = 0;  // that ran
  // The fastest of them over the fastest of all.
  double slowdown = 1;
};

struct Explanation {
  CacheKey key;
  std::optional<CacheEntry> entry;
  std::vector<std::string> logs;
  // As the log's header has them; a space_size of 0 where it has none.
  int64_t space_size = 0;
  int64_t admitted = 0;
  struct Removal {
    std::string constraint;
    int64_t count = 0;
    std::string doc;
  };
  std::vector<Removal> removed;  // in the space's order
  int64_t tried = 0;
  int64_t ran = 0;
  std::vector<FailureGroup> failures;  // the largest first
  std::vector<RankedTrial> best;       // the fastest first
  ParameterImportance importance;
  std::map<std::string, std::vector<ValueEffect>> values;  // by parameter, values ascending
  std::optional<WinnerReason> reason;                      // where there is an entry
  std::optional<TimeSpent> time_spent;                     // where the log says
};

inline constexpr double kExplanationConfidence = 0.95;

// The groups of the trials that failed, the largest first.
std::vector<FailureGroup> GroupFailures(absl::Span<const Trial> trials);

// Of `entry`, of `history`, or of both; one of them must be there, and they of the same key. Keeps
// the `best` fastest trials.
Explanation Explain(const CacheEntry* entry, const TrialHistory* history, size_t best);

}  // namespace attune

#endif  // ATTUNE_AUTOTUNE_EXPLAIN_EXPLANATION_H_
