#include "autotune/cli/cache/cache_commands.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "autotune/cache/cache_directory.h"
#include "autotune/cache/cache_entry.h"
#include "autotune/cli/output/entry_json.h"
#include "autotune/cli/output/report.h"

namespace attune {
namespace {

void PrintProblems(const CacheDirectory::Contents& contents, std::ostream& out) {
  for (const std::string& problem : contents.problems) out << "not an entry: " << problem << "\n";
}

void PrintAsJson(const CacheDirectory::Contents& contents, absl::string_view begin,
                 std::ostream& out) {
  Json entries = Json::array();
  for (const CacheEntry& entry : contents.entries) {
    if (absl::StartsWith(CacheFileName(entry.key()), begin)) entries.push_back(ToJson(entry));
  }
  PrintJson({{"entries", std::move(entries)}, {"problems", ToJson(contents.problems)}}, out);
}

}  // namespace

absl::Status RunListCommand(const std::string& directory, bool json, std::ostream& out) {
  const CacheDirectory::Contents contents = CacheDirectory(directory).ReadAll();
  if (json) {
    PrintAsJson(contents, "", out);
    return absl::OkStatus();
  }
  if (contents.entries.empty()) {
    out << "no entries in " << directory << "\n";
  } else {
    out << FormatEntries(contents.entries);
  }
  PrintProblems(contents, out);
  return absl::OkStatus();
}

absl::Status RunShowCommand(const std::string& directory, absl::string_view entry, bool json,
                            std::ostream& out) {
  const CacheDirectory::Contents contents = CacheDirectory(directory).ReadAll();
  if (json) {
    PrintAsJson(contents, entry, out);
  } else {
    PrintProblems(contents, out);
  }
  bool found = false;
  for (const CacheEntry& candidate : contents.entries) {
    if (!absl::StartsWith(CacheFileName(candidate.key()), entry)) continue;
    if (!json) out << (found ? "\n" : "") << FormatEntry(candidate);
    found = true;
  }
  if (found) return absl::OkStatus();
  if (contents.entries.empty()) {
    return absl::NotFoundError(absl::StrCat("no entries in ", directory));
  }
  return absl::NotFoundError(absl::StrCat("no entry in ", directory,
                                          " has a name that begins with '", entry,
                                          "'; `list` shows the names"));
}

}  // namespace attune
