#include "autotune/cli/replay_command.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "autotune/family/registry.h"
#include "autotune/replay/record.h"
#include "autotune/replay/recorded_search.h"
#include "autotune/replay/report.h"
#include "autotune/search/searcher_factory.h"
#include "autotune/space/variables.h"
#include "autotune/trial_log/trial_log.h"
#include "autotune/workload/stored_workload.h"
#include "base/file.h"
#include "base/status_macros.h"
#include "device/discovery.h"

namespace attune {
namespace {

absl::StatusOr<std::vector<std::string>> FilesOf(const std::vector<std::string>& paths) {
  std::vector<std::string> files;
  for (const std::string& path : paths) {
    if (absl::EndsWith(path, kRecordedSearchSuffix)) {
      files.push_back(path);
      continue;
    }
    ATTUNE_ASSIGN_OR_RETURN(const auto found, ListFiles(path, kRecordedSearchSuffix));
    files.insert(files.end(), found.begin(), found.end());
  }
  if (!files.empty()) return files;
  return absl::NotFoundError(absl::StrCat(
      "no recorded search (*", kRecordedSearchSuffix, ") in ", absl::StrJoin(paths, ", "),
      "; name files or directories, or write one with: autotune record LOG FILE"));
}

std::string NameOf(absl::string_view path) {
  const size_t slash = path.rfind('/');
  if (slash != absl::string_view::npos) path.remove_prefix(slash + 1);
  return std::string(absl::StripSuffix(path, kRecordedSearchSuffix));
}

absl::StatusOr<const KernelFamily*> FindFamily(absl::string_view name) {
  for (const KernelFamily* family : RegisteredKernelFamilies()) {
    if (family->name() == name) return family;
  }
  return absl::NotFoundError(
      absl::StrCat("the log is of the family '", name, "', which this program does not have"));
}

DeviceInfo DeviceOf(const CacheKey& key) {
  for (DeviceInfo& info : ListDevices().devices) {
    if (info.model == key.device_model()) return std::move(info);
  }
  DeviceInfo info;
  info.model = key.device_model();
  info.architecture = key.architecture();
  info.environment = key.environment();
  return info;
}

}  // namespace

absl::Status RunReplayCommand(const ReplayCommandOptions& options, std::ostream& out) {
  ATTUNE_ASSIGN_OR_RETURN(const std::vector<std::string> files, FilesOf(options.paths));
  std::vector<std::string> strategies = SearcherNames();
  if (!options.strategy.empty()) strategies = {options.strategy};
  std::vector<ReplayResult> results;
  for (const std::string& file : files) {
    ReplayResult result;
    result.name = NameOf(file);
    ATTUNE_ASSIGN_OR_RETURN(result.search, ReadRecordedSearch(file));
    for (const std::string& strategy : strategies) {
      ATTUNE_ASSIGN_OR_RETURN(result.assessments.emplace_back(),
                              Assess(result.search, strategy, options.assessment));
    }
    if (!options.json) out << FormatReplay(result) << "\n" << std::flush;
    results.push_back(std::move(result));
  }
  if (options.json) out << ReplayJson(results, options.assessment);
  return absl::OkStatus();
}

absl::Status RunRecordCommand(const std::string& log_path, const std::string& path,
                              std::ostream& out) {
  if (!absl::EndsWith(path, kRecordedSearchSuffix)) {
    return absl::InvalidArgumentError(absl::StrCat("the name of a recorded search ends in ",
                                                   kRecordedSearchSuffix, "; '", path,
                                                   "' does not"));
  }
  ATTUNE_ASSIGN_OR_RETURN(const TrialLog log, ReadTrialLog(log_path));
  ATTUNE_ASSIGN_OR_RETURN(const KernelFamily* family, FindFamily(log.header.key().family()));
  const DeviceInfo device = DeviceOf(log.header.key());
  const Workload workload = FromProto(log.header.key().workload());
  const auto model = [&](const Configuration& configuration) -> absl::StatusOr<Variables> {
    // The model takes configurations of its space for granted, and the log may be of an older one.
    if (const absl::Status valid = family->space().Validate(configuration); !valid.ok()) {
      return absl::FailedPreconditionError(absl::StrCat(
          log_path, " is the log of another space of ", family->name(), ": ", valid.message()));
    }
    return family->Model(workload, configuration, device);
  };
  ATTUNE_ASSIGN_OR_RETURN(const RecordedSearch search, RecordSearch(log, model));
  ATTUNE_RETURN_IF_ERROR(WriteFileAtomically(path, SerializeRecordedSearch(search)));
  const auto ran = std::count_if(search.candidates.begin(), search.candidates.end(),
                                 [](const auto& each) { return each.outcome == Trial::OK; });
  out << "wrote " << search.candidates.size() << " candidates, of which " << ran << " ran, to "
      << path << "\n";
  return absl::OkStatus();
}

}  // namespace attune
