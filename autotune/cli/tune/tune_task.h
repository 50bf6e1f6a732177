// Tunes one workload with one family, and keeps what it finds.
#ifndef ATTUNE_AUTOTUNE_CLI_TUNE_TUNE_TASK_H_
#define ATTUNE_AUTOTUNE_CLI_TUNE_TUNE_TASK_H_

#include <atomic>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "autotune/bench/trial_bench.h"
#include "autotune/cache/tuning_cache.h"
#include "autotune/cli/output/progress.h"
#include "autotune/cli/tune/device_choice.h"
#include "autotune/family/kernel_family.h"
#include "autotune/workload/suite.h"

namespace attune {

// One workload, to be tuned with one family on one device, or several of a model.
struct TuneTask {
  const DeviceGroup* devices = nullptr;
  const KernelFamily* family = nullptr;
  NamedWorkload workload;
};

struct TuneTaskOptions {
  std::string strategy;
  uint64_t seed = 1;
  absl::Duration budget = absl::InfiniteDuration();  // opening the benches among it
  int64_t evaluations = INT64_MAX;
  double share = 1;  // TunerOptions::max_share
  std::string cache_directory;
  BenchOpener open_bench;
  const std::atomic<bool>* cancelled = nullptr;
};

CacheKey KeyOf(const TuneTask& task);

// Logs every trial under <cache_directory>/trials as it happens, goes on from those of a tune that
// did not come to its end, and stores the entry in `cache`. An entry that `cache_directory` holds
// already is the incumbent. Errors: FailedPrecondition where that is of a newer format; those of
// opening the log and the benches, of writing the log, and of Tune. Where candidates failed, the
// next tune tries them again; otherwise it goes on.
absl::StatusOr<CacheEntry> RunTuneTask(const TuneTask& task, const TuneTaskOptions& options,
                                       Progress& progress, TuningCache& cache);

}  // namespace attune

#endif  // ATTUNE_AUTOTUNE_CLI_TUNE_TUNE_TASK_H_
