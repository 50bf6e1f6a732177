// One configuration, tried: what became of it.
#ifndef ATTUNE_AUTOTUNE_TRIAL_H_
#define ATTUNE_AUTOTUNE_TRIAL_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "autotune/configuration.h"
#include "autotune/kernel_family.h"

namespace attune {

enum class TrialOutcome { kOk, kCompileError, kWrongResult, kLaunchError, kTimeout, kCrash };

// "ok", "compile_error", "wrong_result", "launch_error", "timeout", "crash".
absl::string_view TrialOutcomeName(TrialOutcome outcome);

struct Trial {
  Configuration configuration;
  TrialOutcome outcome = TrialOutcome::kOk;
  // Why, where it is not ok.
  std::string message;
  // Nanoseconds a launch, in the order taken; empty unless ok.
  std::vector<double> samples;
  absl::Duration prepare_duration;
  Resources resources;
  // When the trial ended.
  absl::Time time;
};

}  // namespace attune

#endif  // ATTUNE_AUTOTUNE_TRIAL_H_
