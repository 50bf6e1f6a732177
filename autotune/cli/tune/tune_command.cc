#include "autotune/cli/tune/tune_command.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "autotune/cache/cache_directory.h"
#include "autotune/cache/tuning_cache.h"
#include "autotune/cli/output/entry_json.h"
#include "autotune/cli/output/progress.h"
#include "autotune/cli/output/report.h"
#include "autotune/cli/tune/device_choice.h"
#include "autotune/cli/tune/tune_task.h"
#include "autotune/family/registry.h"
#include "autotune/search/searcher_factory.h"
#include "base/file.h"
#include "base/status_macros.h"
#include "numerics/statistics.h"

namespace attune {
namespace {

// What the command works on, and what it has found.
struct Session {
  std::vector<DeviceGroup> devices;
  std::vector<TuneTask> tasks;
  // Workloads to tune, on all devices.
  int64_t workloads = 0;
  // "workload on device: reason" for what none of the chosen families can run.
  std::vector<std::string> unsupported;
  // How many of those no registered family can run, chosen or not, on any of the devices.
  int64_t unserved = 0;
  // What the cache holds already, where only the missing was asked for.
  int64_t kept = 0;
  std::vector<TunedRow> tuned;
  // "workload, family on device: reason".
  std::vector<std::string> failed;
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

absl::Status FindDevices(const TuneCommandOptions& options, std::ostream& out, Session& session) {
  const DeviceListing listing = options.list_devices();
  ATTUNE_ASSIGN_OR_RETURN(session.devices, ChooseDevices(listing, options.device));
  for (const DeviceGroup& group : session.devices) {
    out << group.info.ToString() << "\n";
    if (group.ids.size() > 1) out << "  with others of its model: " << NamesOf(group) << "\n";
  }
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

// "a, b: why; c: another why": families that say the same are named together.
std::string JoinReasons(const std::vector<std::pair<std::string, std::string>>& reasons) {
  std::vector<std::pair<std::string, std::string>> joined;
  for (const auto& [family, reason] : reasons) {
    const auto same =
        std::find_if(joined.begin(), joined.end(),
                     [&reason = reason](const auto& other) { return other.second == reason; });
    if (same == joined.end()) {
      joined.emplace_back(family, reason);
    } else {
      absl::StrAppend(&same->first, ", ", family);
    }
  }
  return absl::StrJoin(joined, "; ", absl::PairFormatter(": "));
}

// Adds a task for every family that supports `workload`, or a line of reasons if none does.
void AddTasks(const DeviceGroup& devices, const std::vector<const KernelFamily*>& families,
              const NamedWorkload& workload, Session& session) {
  std::vector<std::pair<std::string, std::string>> reasons;
  const size_t before = session.tasks.size();
  for (const KernelFamily* family : families) {
    if (family->operator_name() != workload.workload.operator_name) continue;
    const absl::Status supported = family->Supports(workload.workload, devices.info);
    if (supported.ok()) {
      session.tasks.push_back({&devices, family, workload});
    } else {
      reasons.emplace_back(family->name(), supported.message());
    }
  }
  if (session.tasks.size() > before) return;
  session.unsupported.push_back(absl::StrCat(
      workload.name, " on ", NamesOf(devices), ": ",
      reasons.empty() ? absl::StrCat("no family computes ", workload.workload.operator_name)
                      : JoinReasons(reasons)));
}

// Whether any family at all runs `workload` on one of the devices.
bool IsServed(const NamedWorkload& workload, const Session& session) {
  for (const KernelFamily* family : RegisteredKernelFamilies()) {
    if (family->operator_name() != workload.workload.operator_name) continue;
    for (const DeviceGroup& devices : session.devices) {
      if (family->Supports(workload.workload, devices.info).ok()) return true;
    }
  }
  return false;
}

// Takes away the tasks that `directory` has an entry for, and says how many.
int64_t RemoveKept(const std::string& directory, std::vector<TuneTask>& tasks) {
  const CacheDirectory cache(directory);
  return static_cast<int64_t>(
      std::erase_if(tasks, [&](const TuneTask& task) { return cache.Read(KeyOf(task)).ok(); }));
}

absl::StatusOr<Session> Prepare(const TuneCommandOptions& options, std::ostream& out) {
  ATTUNE_RETURN_IF_ERROR(CheckStrategy(options.strategy));
  ATTUNE_ASSIGN_OR_RETURN(const auto families, ChooseFamilies(options.family));
  ATTUNE_RETURN_IF_ERROR(CheckWritable(options.cache_directory));
  Session session;
  ATTUNE_RETURN_IF_ERROR(FindDevices(options, out, session));
  for (const DeviceGroup& devices : session.devices) {
    ATTUNE_ASSIGN_OR_RETURN(const std::vector<NamedWorkload> workloads,
                            WorkloadsFor(options, devices.info));
    for (const NamedWorkload& workload : workloads) {
      ++session.workloads;
      AddTasks(devices, families, workload, session);
      session.unserved += IsServed(workload, session) ? 0 : 1;
    }
  }
  if (options.missing_only) session.kept = RemoveKept(options.cache_directory, session.tasks);
  if (session.tasks.empty() && session.kept == 0) {
    return absl::FailedPreconditionError(
        absl::StrCat("nothing to tune: ", session.unsupported.empty()
                                              ? "there is no default suite for this device"
                                              : absl::StrJoin(session.unsupported, "; ")));
  }
  return session;
}

void RunTasks(const TuneCommandOptions& options, std::ostream& out, Session& session) {
  TuningCache cache({.user_directory = options.cache_directory});
  Progress progress(out, options.is_terminal);
  const absl::Time deadline = absl::Now() + options.budget;
  const int64_t count = static_cast<int64_t>(session.tasks.size());
  TuneTaskOptions task_options = {.strategy = options.strategy,
                                  .seed = options.seed,
                                  .evaluations = options.evaluations,
                                  .share = options.share.value_or(DefaultShare(options.strategy)),
                                  .cache_directory = options.cache_directory,
                                  .open_bench = options.open_bench,
                                  .cancelled = options.cancelled};
  for (int64_t i = 0; i < count && !IsCancelled(options); ++i) {
    const TuneTask& task = session.tasks[i];
    const std::string stage =
        absl::StrCat(task.workload.name, ", ", task.family->name(), " on ", NamesOf(*task.devices));
    progress.Start(absl::StrFormat("[%d/%d] %s", i + 1, count, stage));
    // What is left of the time is shared evenly by what is left to do.
    task_options.budget = (deadline - absl::Now()) / (count - i);
    const absl::StatusOr<CacheEntry> entry = RunTuneTask(task, task_options, progress, cache);
    if (!entry.ok()) {
      if (!absl::IsCancelled(entry.status())) {
        session.failed.push_back(absl::StrCat(stage, ": ", entry.status().message()));
      }
      progress.Finish(entry.status().message());
      continue;
    }
    progress.Finish(absl::StrFormat("%s after %d trials in %.1f s",
                                    FormatTime(Median(entry->best_nanoseconds())),
                                    entry->evaluations(), entry->seconds()));
    session.tuned.push_back({task.workload.name, *entry});
  }
}

void Report(const TuneCommandOptions& options, const Session& session, std::ostream& out) {
  if (session.kept > 0) out << "tuned before, and left: " << session.kept << "\n";
  for (const std::string& reason : session.unsupported) out << "not tuned: " << reason << "\n";
  if (!session.tuned.empty()) out << "\n" << FormatTuned(session.tuned);
  out << "\ncache: " << options.cache_directory << "\n";
}

Json JsonOf(const TuneCommandOptions& options, const Session& session) {
  Json json = {{"cache", options.cache_directory}, {"devices", Json::array()}};
  for (const DeviceGroup& group : session.devices) {
    json["devices"].push_back({{"model", group.info.model}, {"ids", ToJson(group.ids)}});
  }
  json["tuned"] = Json::array();
  for (const auto& [name, entry] : session.tuned) {
    json["tuned"].push_back({{"workload", name}, {"entry", ToJson(entry)}});
  }
  json["kept"] = session.kept;
  json["not_tuned"] = ToJson(session.unsupported);
  json["failed"] = ToJson(session.failed);
  return json;
}

}  // namespace

absl::Status RunTuneCommand(const TuneCommandOptions& options, std::ostream& out) {
  std::ostream nowhere(nullptr);
  std::ostream& text = options.json ? nowhere : out;
  ATTUNE_ASSIGN_OR_RETURN(Session session, Prepare(options, text));
  RunTasks(options, text, session);
  if (options.json) {
    PrintJson(JsonOf(options, session), out);
  } else {
    Report(options, session, text);
  }
  if (IsCancelled(options)) {
    return absl::CancelledError(absl::StrCat("interrupted: ", session.tuned.size(), " of ",
                                             session.tasks.size(),
                                             " workloads and families were tuned and kept"));
  }
  if (!session.failed.empty()) {
    return absl::InternalError(
        absl::StrCat(session.failed.size(), " of ", session.tasks.size(),
                     " workloads and families could not be tuned: see above"));
  }
  if (session.unserved > 0) {
    return absl::UnimplementedError(absl::StrCat("no family can run ", session.unserved, " of ",
                                                 session.workloads, " workloads: see above"));
  }
  return absl::OkStatus();
}

}  // namespace attune
