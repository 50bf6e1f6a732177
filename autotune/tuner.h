// Finds the best configuration of a kernel family for one workload on one device.
#ifndef ATTUNE_AUTOTUNE_TUNER_H_
#define ATTUNE_AUTOTUNE_TUNER_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "autotune/configuration.h"
#include "autotune/judge.h"
#include "autotune/kernel_family.h"
#include "autotune/parameter_space.h"
#include "autotune/sampler.h"
#include "autotune/trial_log.pb.h"
#include "autotune/workload.h"
#include "device/device.h"

namespace attune {

// A space of so many configurations is searched whole: compiled side by side, they take seconds.
inline constexpr int64_t kFewEvaluations = 64;

struct TunerOptions {
  // A name that search/searcher_factory.h knows.
  std::string strategy = "exhaustive";
  // Of the search and of the inputs.
  uint64_t seed = 1;
  // The search ends when either is used up. A quarter of the time is kept for the final.
  int64_t max_evaluations = INT64_MAX;
  // The search also ends after this share of the admitted configurations, but not before
  // kFewEvaluations.
  double max_share = 1;
  absl::Duration max_duration = absl::InfiniteDuration();
  // Candidates compiled side by side, ahead of the one being measured; with 1, none while another
  // is measured.
  int prepare_threads = 1;
  // Of the search. The final takes `final_rounds` samples of each finalist.
  SamplerOptions sampling = {.min_samples = 5, .max_samples = 20, .target_relative_error = 0.03};
  // Finalists: the default, and the fastest found within this fraction of the best, up to so many.
  double finalist_margin = 0.1;
  int max_finalists = 6;
  int final_rounds = 20;
  // Of a search of the same space that this one goes on from: they count as its evaluations. The
  // default and the fastest of them are run again, since the final needs them.
  std::vector<Trial> earlier_trials = {};
  // Level of the judge's test (judge.h).
  double significance = 0.05;
  // Called after every trial, with the number of trials that the search may come to; and once more
  // for a finalist that fails in the final.
  std::function<void(const Trial& trial, int64_t done, int64_t planned)> on_trial;
  // When it becomes true the search ends after the trial in flight, with Cancelled. May be null.
  const std::atomic<bool>* cancelled = nullptr;
};

struct FinalistResult {
  Configuration configuration;
  Resources resources;
  // Nanoseconds a launch; the i-th of all finalists are of one round.
  std::vector<double> rounds;
};

struct TuningResult {
  // How many configurations there are, and how many each constraint removed.
  int64_t space_size = 0;
  Enumeration enumeration;
  // What would run untuned. Finalist 0, unless it failed.
  Configuration default_configuration;
  std::vector<Trial> trials;
  // Those that ran every round of the final.
  std::vector<FinalistResult> finalists;
  // Those that failed in it, with the reason. Not among `trials`.
  std::vector<Trial> dropped;
  // Indices are of `finalists`.
  Verdict verdict;
  absl::Duration duration;
};

// The space of `family` under `workload` on `device`. The errors of Supports;
// FailedPrecondition if nothing is admitted.
absl::StatusOr<Enumeration> EnumerateFor(const KernelFamily& family, const Workload& workload,
                                         const DeviceInfo& device);

// Tries candidates in the order that the strategy asks for: prepares, verifies against the
// reference, samples. Then times the best of them and the default in interleaved rounds, and
// judges. Errors: those of EnumerateFor and of opening the experiment; Internal if every candidate
// failed, or every finalist, with the first one's reason.
absl::StatusOr<TuningResult> Tune(const KernelFamily& family, const Workload& workload,
                                  Device& device, const TunerOptions& options);

}  // namespace attune

#endif  // ATTUNE_AUTOTUNE_TUNER_H_
