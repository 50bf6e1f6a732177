// Finds the best configuration of a kernel family for one workload on one model of device.
#ifndef ATTUNE_AUTOTUNE_TUNER_TUNER_H_
#define ATTUNE_AUTOTUNE_TUNER_TUNER_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "autotune/bench/trial_bench.h"
#include "autotune/family/kernel_family.h"
#include "autotune/space/configuration.h"
#include "autotune/space/parameter_space.h"
#include "autotune/timing/judge.h"
#include "autotune/trial_log/trial_log.pb.h"
#include "autotune/tuner/final.h"
#include "autotune/workload/workload.h"
#include "device/device.h"

namespace attune {

// A space of so many configurations is searched whole: compiled side by side, they take seconds.
inline constexpr int64_t kFewEvaluations = 64;

struct TunerOptions {
  // A name that autotune/search/searcher_factory.h knows.
  std::string strategy = "exhaustive";
  // Of the search.
  uint64_t seed = 1;
  // The search ends when either is used up. A quarter of the time is kept for the final.
  int64_t max_evaluations = INT64_MAX;
  // The search also ends after this share of the admitted configurations, but not before
  // kFewEvaluations.
  double max_share = 1;
  absl::Duration max_duration = absl::InfiniteDuration();
  // How many candidates the benches compile side by side, all together (BenchOptions); with 1, none
  // while another is measured.
  int parallelism = 1;
  // How often the default is timed again, to see what the device's speed changed by (drift.h).
  int trials_per_reference = 16;
  // What EnumerateFor gives, where that has been asked already.
  std::optional<Enumeration> enumeration;
  // Trials of a search that did not come to its end, to go on from. They count as evaluations.
  std::vector<Trial> earlier_trials;
  // What an earlier tune found: its winner, the incumbent, and what tied with it. All that are
  // admitted are tried, and are finalists if they run.
  std::vector<Configuration> incumbents;
  // Finalists: the default, the incumbents, and the fastest found within this fraction of the best,
  // up to so many.
  double finalist_margin = 0.06;
  int max_finalists = 16;
  int final_rounds = 20;
  // Level of the judge's test, and the difference that is none to it (judge.h).
  double significance = 0.05;
  double equivalence = 0.005;
  // Called after every trial, with the number of trials that the search may come to; and once more
  // for a finalist that fails in the final.
  std::function<void(const Trial& trial, int64_t done, int64_t planned)> on_trial;
  // When it becomes true the search ends after the trial in flight, with Cancelled. May be null.
  const std::atomic<bool>* cancelled = nullptr;
  // What max_duration is read from.
  std::function<absl::Time()> now = absl::Now;
};

struct TuningResult {
  // How many configurations there are, and how many each constraint removed.
  int64_t space_size = 0;
  Enumeration enumeration;
  // What would run untuned. A finalist, unless it failed.
  Configuration default_configuration;
  // The earlier ones first.
  std::vector<Trial> trials;
  // Those that ran every round of the final.
  std::vector<FinalistResult> finalists;
  // Those that were slower in every one of its first rounds, and left.
  std::vector<FinalistResult> eliminated;
  // Those that failed in it, with the reason. Not among `trials`.
  std::vector<Trial> dropped;
  // Indices are of `finalists`.
  Verdict verdict;
  // What stays inside the noise: an earlier winner, else the default; nullopt where neither ran in
  // the final.
  std::optional<size_t> incumbent;
  // What it was judged with (TunerOptions).
  double significance = 0;
  double equivalence = 0;
  absl::Duration search_duration;
  absl::Duration final_duration;
};

// The space of `family` under `workload` on `device`. The errors of Supports;
// FailedPrecondition if nothing is admitted.
absl::StatusOr<Enumeration> EnumerateFor(const KernelFamily& family, const Workload& workload,
                                         const DeviceInfo& device);

// Tries candidates in the order that the strategy asks for, each on one of `benches`, which are of
// `workload` on devices of one model, `device`. Then times the best of them and the default in
// interleaved rounds on the first bench, and judges. Errors: those of EnumerateFor; Internal if
// every candidate failed, or every finalist, with the first one's reason; Unavailable if a bench
// was lost (trial_bench.h), which ends the search: what on_trial was told of before holds.
absl::StatusOr<TuningResult> Tune(const KernelFamily& family, const Workload& workload,
                                  const DeviceInfo& device, absl::Span<TrialBench* const> benches,
                                  const TunerOptions& options);

}  // namespace attune

#endif  // ATTUNE_AUTOTUNE_TUNER_TUNER_H_
