#include "autotune/cli/cache/verify_command.h"

#include <filesystem>
#include <system_error>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "autotune/cache/cache_directory.h"
#include "autotune/cache/cache_entry.h"
#include "autotune/cli/cache/entry_check.h"
#include "autotune/cli/output/entry_json.h"
#include "autotune/trial_log/trial_log.h"
#include "base/file.h"
#include "base/status_macros.h"
#include "device/cuda/kernel_image.h"

namespace attune {
namespace {

constexpr absl::string_view kKernelSuffix = ".kernel";

struct Finding {
  std::string path;
  std::string what;
};

absl::Status CheckLogs(const std::string& directory, int64_t& checked,
                       std::vector<Finding>& findings) {
  ATTUNE_ASSIGN_OR_RETURN(const auto paths, ListFiles(directory + "/trials", ".log"));
  for (const std::string& path : paths) {
    ++checked;
    const absl::StatusOr<TrialLog> log = ReadTrialLog(path);
    if (!log.ok()) findings.push_back({path, std::string(log.status().message())});
  }
  return absl::OkStatus();
}

absl::Status CheckKernels(const std::string& directory, int64_t& checked,
                          std::vector<Finding>& findings) {
  ATTUNE_ASSIGN_OR_RETURN(const auto paths,
                          ListFiles(directory + "/kernels", std::string(kKernelSuffix)));
  for (const std::string& path : paths) {
    ++checked;
    const std::string name = path.substr(path.rfind('/') + 1);
    const absl::StatusOr<std::string> content = ReadFile(path);
    const absl::Status status =
        content.ok() ? ParseImage(*content, absl::StripSuffix(name, kKernelSuffix)).status()
                     : content.status();
    if (!status.ok()) findings.push_back({path, std::string(status.message())});
  }
  return absl::OkStatus();
}

// Why `entry` is to go, or "".
std::string ReasonToGo(const CacheEntry& entry, const PruneCommandOptions& options) {
  if (absl::FromUnixSeconds(entry.measured_unix_seconds()) < options.measured_before) {
    return absl::StrCat(
        "measured on ",
        absl::FormatTime("%Y-%m-%d", absl::FromUnixSeconds(entry.measured_unix_seconds()),
                         absl::UTCTimeZone()));
  }
  const KernelFamily* const family = FindFamily(entry.key().family());
  if (family == nullptr) {
    return options.unknown_family ? absl::StrCat("no family is called ", entry.key().family()) : "";
  }
  if (!options.other_build || family->fingerprint() == entry.key().fingerprint()) return "";
  return absl::StrCat("tuned for another build of ", entry.key().family());
}

absl::Status Remove(const std::string& path) {
  std::error_code error;
  std::filesystem::remove(path, error);
  if (!error) return absl::OkStatus();
  return absl::InternalError(absl::StrCat("cannot remove ", path, ": ", error.message()));
}

absl::Status RemoveWithLogs(const std::string& directory, const std::string& name) {
  ATTUNE_RETURN_IF_ERROR(Remove(absl::StrCat(directory, "/", name)));
  ATTUNE_ASSIGN_OR_RETURN(const auto logs, ListFiles(directory + "/trials", ".log"));
  for (const std::string& log : logs) {
    if (absl::StartsWith(log.substr(log.rfind('/') + 1), name + ".")) {
      ATTUNE_RETURN_IF_ERROR(Remove(log));
    }
  }
  return absl::OkStatus();
}

std::string Count(const std::vector<Finding>& findings) {
  return absl::StrCat(findings.size(), findings.size() == 1 ? " finding" : " findings");
}

}  // namespace

absl::Status RunVerifyCommand(const std::string& directory, const std::vector<DeviceInfo>& devices,
                              bool json, std::ostream& out) {
  const CacheDirectory::Contents contents = CacheDirectory(directory).ReadAll();
  std::vector<Finding> findings;
  for (const std::string& problem : contents.problems) findings.push_back({"", problem});
  for (const CacheEntry& entry : contents.entries) {
    const std::string path = absl::StrCat(directory, "/", CacheFileName(entry.key()));
    for (const std::string& what : CheckEntry(entry, devices)) findings.push_back({path, what});
  }
  int64_t logs = 0;
  int64_t kernels = 0;
  ATTUNE_RETURN_IF_ERROR(CheckLogs(directory, logs, findings));
  ATTUNE_RETURN_IF_ERROR(CheckKernels(directory, kernels, findings));
  const size_t entries = contents.entries.size() + contents.problems.size();
  if (json) {
    Json result = {{"entries", entries},
                   {"trial_logs", logs},
                   {"kernels", kernels},
                   {"findings", Json::array()}};
    for (const Finding& finding : findings) {
      result["findings"].push_back({{"path", finding.path}, {"what", finding.what}});
    }
    PrintJson(result, out);
  } else {
    for (const Finding& finding : findings) {
      out << finding.path << (finding.path.empty() ? "" : ": ") << finding.what << "\n";
    }
    out << "checked " << entries << " entries, " << logs << " trial logs and " << kernels
        << " compiled kernels in " << directory << ": " << Count(findings) << "\n";
  }
  if (findings.empty()) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(
      Count(findings), " in ", directory, "; `prune` removes entries that do not apply any more"));
}

absl::Status RunPruneCommand(const PruneCommandOptions& options, std::ostream& out) {
  if (options.measured_before == absl::InfinitePast() && !options.unknown_family &&
      !options.other_build) {
    return absl::InvalidArgumentError(
        "prune what? choose with --older_than_days=N, --unknown_family, --other_build");
  }
  const CacheDirectory::Contents contents = CacheDirectory(options.cache_directory).ReadAll();
  Json removed = Json::array();
  for (const CacheEntry& entry : contents.entries) {
    const std::string reason = ReasonToGo(entry, options);
    if (reason.empty()) continue;
    const std::string name = CacheFileName(entry.key());
    if (!options.dry_run) ATTUNE_RETURN_IF_ERROR(RemoveWithLogs(options.cache_directory, name));
    removed.push_back({{"name", name}, {"reason", reason}});
    if (!options.json) {
      out << (options.dry_run ? "would remove " : "removed ") << name << ": " << reason << "\n";
    }
  }
  if (options.json) {
    PrintJson({{"dry_run", options.dry_run},
               {"removed", removed},
               {"kept", contents.entries.size() - removed.size()},
               {"problems", ToJson(contents.problems)}},
              out);
    return absl::OkStatus();
  }
  for (const std::string& problem : contents.problems) {
    out << "not an entry, left alone: " << problem << "\n";
  }
  out << removed.size() << " of " << contents.entries.size() << " entries "
      << (options.dry_run ? "would go\n" : "removed\n");
  return absl::OkStatus();
}

}  // namespace attune
