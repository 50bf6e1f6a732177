#include "autotune/cli/cache/export_command.h"

#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "autotune/cache/cache_entry.h"
#include "autotune/explain/trial_export.h"
#include "autotune/explain/trial_history.h"
#include "base/file.h"
#include "base/status_macros.h"

namespace attune {

absl::Status RunExportCommand(const ExportCommandOptions& options, std::ostream& out) {
  if (options.format != "t4" && options.format != "csv") {
    return absl::InvalidArgumentError(
        absl::StrCat("no format is called '", options.format, "'; there are t4, csv"));
  }
  const std::string directory = absl::StrCat(options.cache_directory, "/trials");
  const TrialHistories logs = ReadTrialHistories(directory);
  std::set<std::string> names;
  const TrialHistory* chosen = nullptr;
  for (const TrialHistory& history : logs.histories) {
    const std::string name = CacheFileName(history.header.key());
    if (!absl::StartsWith(name, options.entry)) continue;
    names.insert(name);
    chosen = LatestHistory(logs.histories, history.header.key());
  }
  if (names.size() > 1) {
    return absl::InvalidArgumentError(absl::StrCat(
        "several begin with '", options.entry, "': ", absl::StrJoin(names, ", "), "; name one"));
  }
  if (chosen == nullptr) {
    return absl::NotFoundError(absl::StrCat("no trial log in ", directory, " begins with '",
                                            options.entry, "'", logs.problems.empty() ? "" : "; ",
                                            absl::StrJoin(logs.problems, "; ")));
  }
  const std::string text = options.format == "t4" ? FormatT4(*chosen) : FormatCsv(*chosen);
  if (options.path.empty()) {
    out << text;
    return absl::OkStatus();
  }
  ATTUNE_RETURN_IF_ERROR(WriteFileAtomically(options.path, text));
  out << "wrote " << chosen->trials.size() << " trials of " << *names.begin() << " to "
      << options.path << "\n";
  return absl::OkStatus();
}

}  // namespace attune
