#include "autotune/cli/explain_command.h"

#include <map>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "autotune/cache/cache_directory.h"
#include "autotune/cache/cache_entry.h"
#include "autotune/cli/explain_report.h"
#include "autotune/cli/output/entry_json.h"
#include "autotune/explain/explanation.h"
#include "autotune/workload/stored_workload.h"

namespace attune {
namespace {

bool IsChosen(const CacheKey& key, const ExplainCommandOptions& options) {
  return absl::StartsWith(CacheFileName(key), options.entry) &&
         (options.family.empty() || key.family() == options.family) &&
         (!options.workload.has_value() || FromProto(key.workload()) == *options.workload);
}

}  // namespace

absl::Status RunExplainCommand(const ExplainCommandOptions& options, std::ostream& out) {
  const CacheDirectory::Contents contents = CacheDirectory(options.cache_directory).ReadAll();
  const TrialHistories logs = ReadTrialHistories(absl::StrCat(options.cache_directory, "/trials"));
  std::map<std::string, const CacheEntry*> subjects;  // by name; null where there is no entry
  std::map<std::string, const TrialHistory*> histories;
  for (const TrialHistory& history : logs.histories) {
    const CacheKey& key = history.header.key();
    if (!IsChosen(key, options)) continue;
    subjects.emplace(CacheFileName(key), nullptr);
    histories[CacheFileName(key)] = LatestHistory(logs.histories, key);
  }
  for (const CacheEntry& entry : contents.entries) {
    if (IsChosen(entry.key(), options)) subjects[CacheFileName(entry.key())] = &entry;
  }
  std::vector<std::string> problems = contents.problems;
  problems.insert(problems.end(), logs.problems.begin(), logs.problems.end());

  Json json = {{"explanations", Json::array()}, {"problems", ToJson(problems)}};
  bool first = true;
  for (const auto& [name, entry] : subjects) {
    const Explanation explanation = Explain(entry, histories[name], options.best);
    if (options.json) {
      json["explanations"].push_back(ToJson(explanation));
    } else {
      out << (first ? "" : "\n\n") << FormatExplanation(explanation);
    }
    first = false;
  }
  if (options.json) {
    PrintJson(json, out);
  } else {
    for (const std::string& problem : problems) out << "not readable: " << problem << "\n";
  }
  if (!subjects.empty()) return absl::OkStatus();
  return absl::NotFoundError(
      absl::StrCat("nothing that was tuned in ", options.cache_directory,
                   " is of that name, workload and family; `list` shows what there is"));
}

}  // namespace attune
