#include "autotune/trial_log/failed_trial.h"

#include <string>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "autotune/space/stored_configuration.h"

namespace attune {

Trial FailedTrial(const Configuration& configuration, Trial::Outcome outcome,
                  absl::string_view message) {
  Trial trial;
  *trial.mutable_configuration() = ToProto(configuration);
  trial.set_outcome(outcome);
  trial.set_message(std::string(message));
  trial.set_unix_microseconds(absl::ToUnixMicros(absl::Now()));
  return trial;
}

}  // namespace attune
