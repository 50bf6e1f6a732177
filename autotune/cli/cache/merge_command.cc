#include "autotune/cli/cache/merge_command.h"

#include <filesystem>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "autotune/cache/cache_directory.h"
#include "autotune/cache/cache_entry.h"
#include "autotune/cli/output/entry_json.h"
#include "autotune/cli/output/report.h"
#include "autotune/explain/evidence.h"
#include "autotune/space/stored_configuration.h"
#include "autotune/workload/stored_workload.h"
#include "base/file.h"
#include "base/status_macros.h"
#include "numerics/statistics.h"

namespace attune {
namespace {

std::map<std::string, CacheEntry> ByName(const CacheDirectory::Contents& contents) {
  std::map<std::string, CacheEntry> entries;
  for (const CacheEntry& entry : contents.entries) entries[CacheFileName(entry.key())] = entry;
  return entries;
}

std::string TimeOf(const CacheEntry& entry) {
  const auto& samples = entry.best_nanoseconds();
  return samples.empty() ? "not measured" : FormatTime(Median(samples));
}

// Copies the logs of the entry called `name`, each to the first name that is free; those whose
// content is there already are left.
absl::Status CopyLogs(const std::string& name, const std::string& from, const std::string& into) {
  ATTUNE_ASSIGN_OR_RETURN(const std::vector<std::string> logs, ListFiles(from + "/trials", ".log"));
  ATTUNE_ASSIGN_OR_RETURN(const std::vector<std::string> present,
                          ListFiles(into + "/trials", ".log"));
  std::set<std::string> contents;
  std::set<std::string> taken(present.begin(), present.end());
  for (const std::string& path : present) {
    if (!absl::StrContains(path, name)) continue;
    ATTUNE_ASSIGN_OR_RETURN(std::string content, ReadFile(path));
    contents.insert(std::move(content));
  }
  for (const std::string& path : logs) {
    if (!absl::StrContains(path, name)) continue;
    ATTUNE_ASSIGN_OR_RETURN(const std::string content, ReadFile(path));
    if (!contents.insert(content).second) continue;
    std::string target = absl::StrCat(into, "/trials/", name, ".log");
    for (int number = 2; !taken.insert(target).second; ++number) {
      target = absl::StrCat(into, "/trials/", name, ".", number, ".log");
    }
    ATTUNE_RETURN_IF_ERROR(CreateDirectories(into + "/trials"));
    ATTUNE_RETURN_IF_ERROR(WriteFileAtomically(target, content));
  }
  return absl::OkStatus();
}

// What becomes of one entry.
struct Decision {
  bool takes = false;
  std::string action;  // "added", "replaced", "kept"
  std::string reason;
};

Decision Decide(const CacheEntry& entry, const std::map<std::string, CacheEntry>& present,
                const CacheDirectory& target) {
  const auto mine = present.find(CacheFileName(entry.key()));
  if (mine == present.end()) {
    const absl::Status unread = target.Read(entry.key()).status();
    if (absl::IsFailedPrecondition(unread)) return {false, "kept", std::string(unread.message())};
    if (absl::IsDataLoss(unread)) return {true, "replaced", std::string(unread.message())};
    return {true, "added", "there was none"};
  }
  if (SerializeCacheFile(mine->second) == SerializeCacheFile(entry)) {
    return {false, "kept", "the same"};
  }
  const EvidenceVerdict verdict = CompareEvidence(mine->second, entry);
  return {verdict.prefers_other, verdict.prefers_other ? "replaced" : "kept", verdict.reason};
}

// A mistyped folder would read as a cache without entries.
absl::Status CheckIsThere(const std::string& directory) {
  std::error_code error;
  if (std::filesystem::is_directory(directory, error)) return absl::OkStatus();
  return absl::NotFoundError(absl::StrCat("there is no cache in ", directory, ": no such folder"));
}

// Both caches' entries by their names; null where one has none of that name.
std::map<std::string, std::pair<const CacheEntry*, const CacheEntry*>> Paired(
    const CacheDirectory::Contents& left, const CacheDirectory::Contents& right) {
  std::map<std::string, std::pair<const CacheEntry*, const CacheEntry*>> pairs;
  for (const CacheEntry& entry : left.entries) pairs[CacheFileName(entry.key())].first = &entry;
  for (const CacheEntry& entry : right.entries) pairs[CacheFileName(entry.key())].second = &entry;
  return pairs;
}

}  // namespace

absl::Status RunMergeCommand(const std::string& from, const std::string& into, bool dry_run,
                             bool json, std::ostream& out) {
  const CacheDirectory::Contents source = CacheDirectory(from).ReadAll();
  if (source.entries.empty() && source.problems.empty()) {
    return absl::NotFoundError(absl::StrCat("no entries in ", from));
  }
  const CacheDirectory target(into);
  const CacheDirectory::Contents found = target.ReadAll();
  const std::map<std::string, CacheEntry> present = ByName(found);
  Json result = {{"from", from}, {"into", into}, {"dry_run", dry_run}, {"entries", Json::array()}};
  for (const CacheEntry& entry : source.entries) {
    const std::string name = CacheFileName(entry.key());
    const Decision decision = Decide(entry, present, target);
    if (decision.takes && !dry_run) {
      ATTUNE_RETURN_IF_ERROR(target.Write(entry));
      ATTUNE_RETURN_IF_ERROR(CopyLogs(name, from, into));
    }
    if (!json) out << decision.action << " " << name << ": " << decision.reason << "\n";
    result["entries"].push_back(
        {{"name", name}, {"action", decision.action}, {"reason", decision.reason}});
  }
  std::vector<std::string> problems = source.problems;
  problems.insert(problems.end(), found.problems.begin(), found.problems.end());
  result["problems"] = ToJson(problems);
  if (json) {
    PrintJson(result, out);
  } else {
    for (const std::string& problem : problems) out << "not an entry: " << problem << "\n";
    if (dry_run) out << "nothing was written: --dry_run\n";
  }
  if (problems.empty()) return absl::OkStatus();
  return absl::DataLossError(absl::StrCat(problems.size(), " files in ", from, " and ", into,
                                          " could not be read: see above; the others are merged"));
}

absl::Status RunDiffCommand(const std::string& left, const std::string& right, bool json,
                            std::ostream& out) {
  ATTUNE_RETURN_IF_ERROR(CheckIsThere(left));
  ATTUNE_RETURN_IF_ERROR(CheckIsThere(right));
  const CacheDirectory::Contents left_contents = CacheDirectory(left).ReadAll();
  const CacheDirectory::Contents right_contents = CacheDirectory(right).ReadAll();
  Json differences = Json::array();
  int64_t same = 0;
  for (const auto& [name, pair] : Paired(left_contents, right_contents)) {
    const auto& [a, b] = pair;
    if (a != nullptr && b != nullptr && SerializeCacheFile(*a) == SerializeCacheFile(*b)) {
      ++same;
      continue;
    }
    Json difference = {{"name", name}};
    if (a != nullptr) difference["left"] = ToJson(*a);
    if (b != nullptr) difference["right"] = ToJson(*b);
    differences.push_back(std::move(difference));
    if (json) continue;
    out << name << "  " << FromProto((a != nullptr ? a : b)->key().workload()).ToString() << "\n";
    for (const auto& [sign, entry] : {std::pair("  - ", a), std::pair("  + ", b)}) {
      if (entry == nullptr) continue;
      out << sign << TimeOf(*entry) << "  " << FromProto(entry->configuration()).ToString() << "\n";
    }
  }
  std::vector<std::string> problems = left_contents.problems;
  problems.insert(problems.end(), right_contents.problems.begin(), right_contents.problems.end());
  if (json) {
    PrintJson({{"left", left},
               {"right", right},
               {"same", same},
               {"differences", std::move(differences)},
               {"problems", ToJson(problems)}},
              out);
    return absl::OkStatus();
  }
  for (const std::string& problem : problems) out << "not an entry: " << problem << "\n";
  out << differences.size() << " entries differ, " << same << " are the same (- " << left << ", + "
      << right << ")\n";
  return absl::OkStatus();
}

}  // namespace attune
