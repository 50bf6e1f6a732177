// Which parameters decide the time, from the trials that there are.
#ifndef ATTUNE_AUTOTUNE_EXPLAIN_PARAMETER_IMPORTANCE_H_
#define ATTUNE_AUTOTUNE_EXPLAIN_PARAMETER_IMPORTANCE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "autotune/space/configuration.h"

namespace attune {

struct TimedConfiguration {
  Configuration configuration;
  double nanoseconds = 0;  // above zero
};

struct ParameterShare {
  std::string name;
  // Shares of the variance of log(time): of the parameter's own effect, whatever the others are,
  // and of all effects that it takes part in. total >= alone, up to rounding.
  double alone = 0;
  double total = 0;
};

struct ParameterImportance {
  // By total share, the largest first. Empty where there is nothing to say: fewer than
  // kMinTrialsForImportance trials, or all equally fast.
  std::vector<ParameterShare> shares;
  // Parameters that have one value in all trials.
  std::vector<std::string> constant;
  // How much of the variance of log(time) the trees explain of trials that they have not seen (R
  // squared, out of bag). Shares are worth what this is.
  double explained = 0;
};

inline constexpr int64_t kMinTrialsForImportance = 10;

// Functional analysis of variance of a bagged ensemble of regression trees fitted to log(time):
// Hutter, Hoos and Leyton-Brown, "An Efficient Approach for Assessing Hyperparameter Importance",
// ICML 2014. Each parameter is uniform over the values that occur in `trials`, independently of the
// others: combinations that the space's constraints remove take part with what the trees say of
// them. All configurations must have the same parameters. Deterministic.
ParameterImportance ImportanceOf(absl::Span<const TimedConfiguration> trials);

}  // namespace attune

#endif  // ATTUNE_AUTOTUNE_EXPLAIN_PARAMETER_IMPORTANCE_H_
