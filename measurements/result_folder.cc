#include "measurements/result_folder.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/file.h"
#include "base/status_macros.h"

namespace attune {
namespace {

namespace fs = std::filesystem;

// When a file's benchmarks ran, as an instant: offsets from UTC differ. A time without one is taken
// as UTC, a date alone as its midnight; any other text comes before all instants, by itself.
std::pair<absl::Time, std::string> DateOf(const NamedResultFile& named) {
  const auto date = named.file.context.find("date");
  if (date == named.file.context.end()) return {absl::InfinitePast(), ""};
  absl::Time time;
  std::string ignored;
  for (const char* format : {absl::RFC3339_full, "%Y-%m-%d%ET%H:%M:%E*S", "%Y-%m-%d"}) {
    if (absl::ParseTime(format, date->second, &time, &ignored)) return {time, ""};
  }
  return {absl::InfinitePast(), date->second};
}

void AddJson(const absl::StatusOr<std::string>& json, const std::string& name,
             ResultFolder& folder) {
  absl::StatusOr<ResultFile> file = json.ok() ? ParseResultFile(*json) : json.status();
  if (file.ok()) {
    folder.files.push_back({name, *std::move(file)});
  } else if (json.ok() && IsGpuTestReport(*json)) {
    folder.reports.push_back(name);
  } else {
    folder.skipped.push_back({name, std::string(file.status().message())});
  }
}

void AddFile(const fs::path& path, const std::string& name, ResultFolder& folder) {
  if (path.extension() == ".log") {
    folder.trial_logs.push_back(name);
  } else if (path.extension() == ".json") {
    AddJson(ReadFile(path.string()), name, folder);
  }
}

absl::Status AddFiles(const std::string& path, ResultFolder& folder) {
  std::error_code error;
  fs::recursive_directory_iterator entries(path, error);
  for (; !error && entries != fs::recursive_directory_iterator(); entries.increment(error)) {
    std::error_code ignored;  // what is no regular file is none of the results
    if (!entries->is_regular_file(ignored)) continue;
    AddFile(entries->path(), entries->path().lexically_relative(path).string(), folder);
  }
  if (error) return absl::UnavailableError(absl::StrCat(path, ": ", error.message()));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<ResultFolder> ReadResultFolder(const std::string& path) {
  ResultFolder folder;
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (!fs::exists(status)) {
    return absl::NotFoundError(absl::StrCat(path, ": there is no such file or folder"));
  }
  if (fs::is_directory(status)) {
    ATTUNE_RETURN_IF_ERROR(AddFiles(path, folder));
  } else {
    AddFile(path, fs::path(path).filename().string(), folder);
  }
  std::sort(folder.files.begin(), folder.files.end(),
            [](const NamedResultFile& a, const NamedResultFile& b) {
              return std::pair(DateOf(a), a.path) < std::pair(DateOf(b), b.path);
            });
  std::sort(folder.skipped.begin(), folder.skipped.end(),
            [](const SkippedFile& a, const SkippedFile& b) { return a.path < b.path; });
  std::sort(folder.reports.begin(), folder.reports.end());
  std::sort(folder.trial_logs.begin(), folder.trial_logs.end());
  return folder;
}

}  // namespace attune
