#include "autotune/cli/tune/tune_task.h"

#include <algorithm>
#include <future>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "autotune/cache/cache_directory.h"
#include "autotune/cache/cache_entry.h"
#include "autotune/cli/output/report.h"
#include "autotune/space/stored_configuration.h"
#include "autotune/trial_log/trial_log.h"
#include "autotune/trial_log/trial_log_header.h"
#include "autotune/tuner/tuner.h"
#include "autotune/tuner/tuning_entry.h"
#include "autotune/workload/cache_key.h"
#include "base/parallel.h"
#include "base/status_macros.h"
#include "numerics/statistics.h"

namespace attune {
namespace {

constexpr int kMaxParallelLogs = 64;

std::string DescribeTrial(const Trial& trial) {
  const std::string configuration = FromProto(trial.configuration()).ToString();
  if (trial.outcome() == Trial::OK) {
    return absl::StrCat(FormatTime(Median(trial.nanoseconds())), "  ", configuration);
  }
  return absl::StrCat(Trial::Outcome_Name(trial.outcome()), "  ", configuration);
}

// A log has one writer at a time and one parameter space: who finds it taken, by another autotune
// on the same cache or by trials in an earlier space, or damaged, writes one beside it.
absl::StatusOr<TrialLogWriter> OpenTrialLog(const std::string& stem, const TrialLogHeader& header) {
  absl::StatusOr<TrialLogWriter> log = TrialLogWriter::Open(absl::StrCat(stem, ".log"), header);
  const auto is_taken = [&] {
    return absl::IsUnavailable(log.status()) || absl::IsFailedPrecondition(log.status()) ||
           absl::IsDataLoss(log.status());
  };
  for (int number = 2; is_taken() && number <= kMaxParallelLogs; ++number) {
    log = TrialLogWriter::Open(absl::StrCat(stem, ".", number, ".log"), header);
  }
  return log;
}

// Candidates compiled side by side for each device.
int CompiledSideBySide(const DeviceGroup& devices) {
  // A CPU that compiles cannot be timed; a GPU can.
  if (devices.info.kind == DeviceKind::kCpu) return 1;
  const int threads = static_cast<int>(AvailableThreads());
  // With two for each processor there is always one that wants it. Several devices share the
  // processors. With half as many two H200s took 29.0 s for 332 trials that one made in 39.5 s (32
  // processors, 2026-11-23).
  const int count = static_cast<int>(devices.ids.size());
  return std::max(2, (2 * threads + count - 1) / count);
}

// A thread waits for a process that compiles, or for another thread that wants the same kernel:
// configurations that differ in how it is launched share it. Of hopper_forward under a causal mask
// four do; with half as many threads eight kernels were compiled at a time on 16 processors (768
// configurations in 34.8 s, 2026-11-23).
constexpr int kThreadsPerCompiled = 2;

absl::StatusOr<std::vector<std::unique_ptr<TrialBench>>> OpenBenches(
    const TuneTask& task, const TuneTaskOptions& options) {
  const int compiled = CompiledSideBySide(*task.devices);
  BenchOptions bench = {.seed = options.seed,
                        .prepare_threads = compiled == 1 ? 1 : kThreadsPerCompiled * compiled,
                        .benches = static_cast<int>(task.devices->ids.size())};
  std::vector<std::future<absl::StatusOr<std::unique_ptr<TrialBench>>>> opening;
  for (const std::string& device : task.devices->ids) {
    opening.push_back(std::async(std::launch::async, [&task, &options, bench, &device] {
      return options.open_bench(device, *task.family, task.workload.workload, bench);
    }));
    ++bench.index;
  }
  absl::Status status;
  std::vector<std::unique_ptr<TrialBench>> benches;
  for (auto& future : opening) {
    absl::StatusOr<std::unique_ptr<TrialBench>> opened = future.get();
    status.Update(opened.status());
    if (opened.ok()) benches.push_back(*std::move(opened));
  }
  if (!status.ok()) return status;
  return benches;
}

// The winner of the entry that the directory holds, and what tied with it.
std::vector<Configuration> IncumbentsIn(const std::string& directory, const CacheKey& key) {
  const absl::StatusOr<CacheEntry> entry = CacheDirectory(directory).Read(key);
  if (!entry.ok()) return {};
  std::vector<Configuration> incumbents = {FromProto(entry->configuration())};
  for (const ConfigurationProto& tied : entry->tied()) incumbents.push_back(FromProto(tied));
  return incumbents;
}

using Benches = std::vector<std::unique_ptr<TrialBench>>;

// `log_status` is the first error of writing the log.
absl::StatusOr<TuningResult> TuneLogged(const TuneTask& task, const TuneTaskOptions& options,
                                        const Enumeration& enumeration, const Benches& benches,
                                        Progress& progress, TrialLogWriter& log,
                                        absl::Status& log_status) {
  TunerOptions tuner;
  tuner.strategy = options.strategy;
  tuner.seed = options.seed;
  tuner.max_evaluations = options.evaluations;
  tuner.max_duration = options.budget;
  tuner.cancelled = options.cancelled;
  tuner.enumeration = enumeration;
  tuner.earlier_trials = log.unfinished_trials();
  tuner.incumbents = IncumbentsIn(options.cache_directory, KeyOf(task));
  tuner.max_share = options.share;
  tuner.parallelism =
      static_cast<int>(task.devices->ids.size()) * CompiledSideBySide(*task.devices);
  tuner.on_trial = [&](const Trial& trial, int64_t done, int64_t planned) {
    if (log_status.ok()) log_status = log.Append(trial);
    progress.Update(done, planned, DescribeTrial(trial));
  };
  std::vector<TrialBench*> pointers;
  for (const auto& bench : benches) pointers.push_back(bench.get());
  return Tune(*task.family, task.workload.workload, task.devices->info, pointers, tuner);
}

// Whether a tune that ended with `status` says nothing against its trials: the next one goes on.
bool IsToBeGoneOnWith(const absl::Status& status) {
  return absl::IsCancelled(status) || absl::IsUnavailable(status);
}

}  // namespace

CacheKey KeyOf(const TuneTask& task) {
  return MakeCacheKey(task.devices->info, task.family->name(), task.family->fingerprint(),
                      task.workload.workload);
}

absl::StatusOr<CacheEntry> RunTuneTask(const TuneTask& task, const TuneTaskOptions& options,
                                       Progress& progress, TuningCache& cache) {
  const CacheKey key = KeyOf(task);
  // One of a newer format is not replaced: what could not be kept is not worth its time.
  const absl::Status present = CacheDirectory(options.cache_directory).Read(key).status();
  if (absl::IsFailedPrecondition(present)) return present;
  const absl::Time start = absl::Now();
  // Opening waits for devices most of the time.
  std::future<absl::StatusOr<Benches>> opening =
      std::async(std::launch::async, [&] { return OpenBenches(task, options); });
  ATTUNE_ASSIGN_OR_RETURN(const Enumeration enumeration,
                          EnumerateFor(*task.family, task.workload.workload, task.devices->info));
  ATTUNE_ASSIGN_OR_RETURN(
      TrialLogWriter log,
      OpenTrialLog(absl::StrCat(options.cache_directory, "/trials/", CacheFileName(key)),
                   MakeTrialLogHeader(key, task.family->space(), enumeration)));
  ATTUNE_ASSIGN_OR_RETURN(const Benches benches, opening.get());
  const absl::Duration open_duration = absl::Now() - start;
  TuneTaskOptions rest = options;
  rest.budget = std::max(options.budget - open_duration, absl::ZeroDuration());
  absl::Status log_status;
  const absl::StatusOr<TuningResult> result =
      TuneLogged(task, rest, enumeration, benches, progress, log, log_status);
  ATTUNE_RETURN_IF_ERROR(log_status);
  if (IsToBeGoneOnWith(result.status())) return result.status();
  FinishedTune finished;
  const absl::Time now = absl::Now();
  finished.set_unix_microseconds(absl::ToUnixMicros(now));
  if (!result.ok()) {
    // What failed is to be tried again, and not to be taken from the log.
    ATTUNE_RETURN_IF_ERROR(log.AppendFinished(finished));
    return result.status();
  }
  finished.set_open_seconds(absl::ToDoubleSeconds(open_duration));
  finished.set_search_seconds(absl::ToDoubleSeconds(result->search_duration));
  finished.set_final_seconds(absl::ToDoubleSeconds(result->final_duration));
  const CacheEntry entry = MakeCacheEntry(key, *result, options.strategy, now);
  ATTUNE_RETURN_IF_ERROR(cache.Store(entry));
  ATTUNE_RETURN_IF_ERROR(log.AppendFinished(finished));
  return entry;
}

}  // namespace attune
