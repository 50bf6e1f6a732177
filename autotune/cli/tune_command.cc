#include "autotune/cli/tune_command.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "autotune/cache_entry.h"
#include "autotune/cli/progress.h"
#include "autotune/cli/report.h"
#include "autotune/registry.h"
#include "autotune/search/searcher_factory.h"
#include "autotune/statistics.h"
#include "autotune/trial_log.h"
#include "autotune/trial_log_header.h"
#include "autotune/tuner.h"
#include "autotune/tuning_cache.h"
#include "autotune/tuning_entry.h"
#include "base/file.h"
#include "base/parallel.h"
#include "base/status_macros.h"
#include "device/discovery.h"

namespace attune {
namespace {

constexpr int kMaxParallelLogs = 64;

// One workload, to be tuned with one family on one device.
struct Task {
  Device* device = nullptr;
  const KernelFamily* family = nullptr;
  NamedWorkload workload;
};

// What the command works on, and what it has found.
struct Session {
  std::vector<std::unique_ptr<Device>> devices;
  std::vector<Task> tasks;
  // Workloads to tune, on all devices.
  int64_t workloads = 0;
  // "workload on device: reason" for what none of the chosen families can run.
  std::vector<std::string> unsupported;
  // How many of those no registered family can run, chosen or not, on any of the devices.
  int64_t unserved = 0;
  std::vector<TunedRow> tuned;
  int64_t failures = 0;
};

bool IsCancelled(const TuneCommandOptions& options) {
  return options.cancelled != nullptr && options.cancelled->load();
}

absl::Status CheckStrategy(absl::string_view strategy) {
  const std::vector<std::string> names = SearcherNames();
  if (std::find(names.begin(), names.end(), strategy) != names.end()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("no strategy is called '", strategy,
                                                 "'; there are ", absl::StrJoin(names, ", ")));
}

absl::StatusOr<std::vector<const KernelFamily*>> ChooseFamilies(absl::string_view wanted) {
  const std::vector<const KernelFamily*> all = RegisteredKernelFamilies();
  if (wanted.empty()) return all;
  for (const KernelFamily* family : all) {
    if (family->name() == wanted) return std::vector<const KernelFamily*>{family};
  }
  return absl::NotFoundError(
      absl::StrCat("no kernel family is called '", wanted, "'; there are ",
                   absl::StrJoin(all, ", ", [](std::string* out, const KernelFamily* family) {
                     absl::StrAppend(out, family->name());
                   })));
}

// Fails now, and not after the first workload has been tuned, if nothing can be kept.
absl::Status CheckWritable(const std::string& directory) {
  const std::string trials = absl::StrCat(directory, "/trials");
  absl::Status status = CreateDirectories(trials);
  const std::string probe = absl::StrCat(trials, "/.writable");
  if (status.ok()) status = WriteFileAtomically(probe, "");
  if (status.ok()) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("the cache directory cannot be written: ", status.message(),
                   "; choose another with --cache_dir or $ATTUNE_CACHE_DIR"));
}

absl::Status OpenDevices(const TuneCommandOptions& options, std::ostream& out, Session& session) {
  const DeviceListing listing = ListDevices();
  if (!options.device.empty()) {
    ATTUNE_ASSIGN_OR_RETURN(session.devices.emplace_back(), OpenDevice(options.device));
  } else {
    for (const DeviceInfo& info : listing.devices) {
      ATTUNE_ASSIGN_OR_RETURN(session.devices.emplace_back(), OpenDevice(info.id));
    }
  }
  for (const auto& device : session.devices) out << device->info().ToString() << "\n";
  for (const std::string& absent : listing.absent) {
    if (options.device.empty()) out << absent << "\n";
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<NamedWorkload>> WorkloadsFor(const TuneCommandOptions& options,
                                                        const DeviceInfo& device) {
  if (!options.workloads.empty()) return options.workloads;
  std::vector<NamedWorkload> workloads;
  for (const DefaultSuite& suite : RegisteredDefaultSuites(device.kind)) {
    ATTUNE_ASSIGN_OR_RETURN(std::vector<NamedWorkload> parsed,
                            ParseSuite(suite.text, suite.source));
    workloads.insert(workloads.end(), parsed.begin(), parsed.end());
  }
  return workloads;
}

// Adds a task for every family that supports `workload`, or a line of reasons if none does.
void AddTasks(Device& device, const std::vector<const KernelFamily*>& families,
              const NamedWorkload& workload, Session& session) {
  std::vector<std::string> reasons;
  const size_t before = session.tasks.size();
  for (const KernelFamily* family : families) {
    if (family->operator_name() != workload.workload.operator_name) continue;
    const absl::Status supported = family->Supports(workload.workload, device.info());
    if (supported.ok()) {
      session.tasks.push_back({&device, family, workload});
    } else {
      reasons.push_back(absl::StrCat(family->name(), ": ", supported.message()));
    }
  }
  if (session.tasks.size() > before) return;
  if (reasons.empty()) {
    reasons.push_back(absl::StrCat("no family computes ", workload.workload.operator_name));
  }
  session.unsupported.push_back(
      absl::StrCat(workload.name, " on ", device.info().id, ": ", absl::StrJoin(reasons, "; ")));
}

// Whether any family at all runs `workload` on one of the devices.
bool IsServed(const NamedWorkload& workload, const Session& session) {
  for (const KernelFamily* family : RegisteredKernelFamilies()) {
    if (family->operator_name() != workload.workload.operator_name) continue;
    for (const auto& device : session.devices) {
      if (family->Supports(workload.workload, device->info()).ok()) return true;
    }
  }
  return false;
}

absl::StatusOr<Session> Prepare(const TuneCommandOptions& options, std::ostream& out) {
  ATTUNE_RETURN_IF_ERROR(CheckStrategy(options.strategy));
  ATTUNE_ASSIGN_OR_RETURN(const auto families, ChooseFamilies(options.family));
  ATTUNE_RETURN_IF_ERROR(CheckWritable(options.cache_directory));
  Session session;
  ATTUNE_RETURN_IF_ERROR(OpenDevices(options, out, session));
  for (const auto& device : session.devices) {
    ATTUNE_ASSIGN_OR_RETURN(const std::vector<NamedWorkload> workloads,
                            WorkloadsFor(options, device->info()));
    for (const NamedWorkload& workload : workloads) {
      ++session.workloads;
      AddTasks(*device, families, workload, session);
      session.unserved += IsServed(workload, session) ? 0 : 1;
    }
  }
  if (session.tasks.empty()) {
    return absl::FailedPreconditionError(
        absl::StrCat("nothing to tune: ", session.unsupported.empty()
                                              ? "there is no default suite for this device"
                                              : absl::StrJoin(session.unsupported, "; ")));
  }
  return session;
}

std::string DescribeTrial(const Trial& trial) {
  const std::string configuration = FromProto(trial.configuration()).ToString();
  if (trial.outcome() == Trial::OK) {
    return absl::StrCat(FormatTime(Median(trial.nanoseconds())), "  ", configuration);
  }
  return absl::StrCat(Trial::Outcome_Name(trial.outcome()), "  ", configuration);
}

// A log has one writer at a time and one parameter space: who finds it taken, by another autotune
// on the same cache or by trials in an earlier space, writes one beside it.
absl::StatusOr<TrialLogWriter> OpenTrialLog(const std::string& stem, const TrialLogHeader& header) {
  absl::StatusOr<TrialLogWriter> log = TrialLogWriter::Open(absl::StrCat(stem, ".log"), header);
  const auto is_taken = [&] {
    return absl::IsUnavailable(log.status()) || absl::IsFailedPrecondition(log.status());
  };
  for (int number = 2; is_taken() && number <= kMaxParallelLogs; ++number) {
    log = TrialLogWriter::Open(absl::StrCat(stem, ".", number, ".log"), header);
  }
  return log;
}

absl::StatusOr<CacheEntry> TuneOne(const Task& task, const TuneCommandOptions& options,
                                   absl::Duration budget, Progress& progress, TuningCache& cache) {
  const CacheKey key = MakeCacheKey(task.device->info(), task.family->name(),
                                    task.family->fingerprint(), task.workload.workload);
  ATTUNE_ASSIGN_OR_RETURN(const Enumeration enumeration,
                          EnumerateFor(*task.family, task.workload.workload, task.device->info()));
  ATTUNE_ASSIGN_OR_RETURN(
      TrialLogWriter log,
      OpenTrialLog(absl::StrCat(options.cache_directory, "/trials/", CacheFileName(key)),
                   MakeTrialLogHeader(key, task.family->space(), enumeration)));
  absl::Status log_status;
  TunerOptions tuner;
  tuner.strategy = options.strategy;
  tuner.seed = options.seed;
  tuner.max_evaluations = options.evaluations;
  tuner.max_share = options.share.value_or(DefaultShare(options.strategy));
  if (options.resume) tuner.earlier_trials = log.earlier_trials();
  tuner.max_duration = budget;
  tuner.cancelled = options.cancelled;
  // A CPU that compiles cannot be timed; a GPU can. A thread waits for a process that compiles:
  // with two for each processor there is always one that wants it.
  if (task.device->info().kind != DeviceKind::kCpu) {
    tuner.prepare_threads = static_cast<int>(2 * AvailableThreads());
  }
  tuner.on_trial = [&](const Trial& trial, int64_t done, int64_t planned) {
    if (log_status.ok()) log_status = log.Append(trial);
    progress.Update(done, planned, DescribeTrial(trial));
  };
  ATTUNE_ASSIGN_OR_RETURN(const TuningResult result,
                          Tune(*task.family, task.workload.workload, *task.device, tuner));
  ATTUNE_RETURN_IF_ERROR(log_status);
  CacheEntry entry = MakeCacheEntry(key, result, options.strategy, absl::Now());
  entry.set_significance(tuner.significance);
  ATTUNE_RETURN_IF_ERROR(cache.Store(entry));
  return entry;
}

void RunTasks(const TuneCommandOptions& options, std::ostream& out, Session& session) {
  TuningCache cache({.user_directory = options.cache_directory});
  Progress progress(out, options.is_terminal);
  const absl::Time deadline = absl::Now() + options.budget;
  const int64_t count = static_cast<int64_t>(session.tasks.size());
  for (int64_t i = 0; i < count && !IsCancelled(options); ++i) {
    const Task& task = session.tasks[i];
    progress.Start(absl::StrFormat("[%d/%d] %s, %s on %s", i + 1, count, task.workload.name,
                                   task.family->name(), task.device->info().id));
    // What is left of the time is shared evenly by what is left to do.
    const absl::Duration budget = (deadline - absl::Now()) / (count - i);
    const absl::StatusOr<CacheEntry> entry = TuneOne(task, options, budget, progress, cache);
    if (!entry.ok()) {
      session.failures += absl::IsCancelled(entry.status()) ? 0 : 1;
      progress.Finish(entry.status().message());
      continue;
    }
    progress.Finish(absl::StrFormat(
        "%s after %d trials", FormatTime(Median(entry->best_nanoseconds())), entry->evaluations()));
    session.tuned.push_back({task.workload.name, *entry});
  }
}

}  // namespace

absl::Status RunTuneCommand(const TuneCommandOptions& options, std::ostream& out) {
  ATTUNE_ASSIGN_OR_RETURN(Session session, Prepare(options, out));
  RunTasks(options, out, session);
  for (const std::string& reason : session.unsupported) out << "not tuned: " << reason << "\n";
  if (!session.tuned.empty()) out << "\n" << FormatTuned(session.tuned);
  out << "\ncache: " << options.cache_directory << "\n";
  if (IsCancelled(options)) {
    return absl::CancelledError(absl::StrCat("interrupted: ", session.tuned.size(), " of ",
                                             session.tasks.size(),
                                             " workloads were tuned and kept"));
  }
  if (session.failures > 0) {
    return absl::InternalError(absl::StrCat(session.failures, " of ", session.tasks.size(),
                                            " workloads could not be tuned: see above"));
  }
  if (session.unserved > 0) {
    return absl::UnimplementedError(absl::StrCat("no family can run ", session.unserved, " of ",
                                                 session.workloads, " workloads: see above"));
  }
  return absl::OkStatus();
}

}  // namespace attune
