#ifndef ATTUNE_AUTOTUNE_TRIAL_LOG_FAILED_TRIAL_H_
#define ATTUNE_AUTOTUNE_TRIAL_LOG_FAILED_TRIAL_H_

#include "absl/strings/string_view.h"
#include "autotune/space/configuration.h"
#include "autotune/trial_log/trial_log.pb.h"

namespace attune {

// A trial of `configuration` that ended now, without a time.
Trial FailedTrial(const Configuration& configuration, Trial::Outcome outcome,
                  absl::string_view message);

}  // namespace attune

#endif  // ATTUNE_AUTOTUNE_TRIAL_LOG_FAILED_TRIAL_H_
