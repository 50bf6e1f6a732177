#include "autotune/trial.h"

namespace attune {

absl::string_view TrialOutcomeName(TrialOutcome outcome) {
  switch (outcome) {
    case TrialOutcome::kOk:
      return "ok";
    case TrialOutcome::kCompileError:
      return "compile_error";
    case TrialOutcome::kWrongResult:
      return "wrong_result";
    case TrialOutcome::kLaunchError:
      return "launch_error";
    case TrialOutcome::kTimeout:
      return "timeout";
    case TrialOutcome::kCrash:
      return "crash";
  }
  return "unknown";
}

}  // namespace attune
