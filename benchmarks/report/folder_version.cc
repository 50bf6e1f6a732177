#include "benchmarks/report/folder_version.h"

#include <filesystem>
#include <functional>
#include <set>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace attune {
namespace {

namespace fs = std::filesystem;

}  // namespace

std::string FolderVersion(const std::vector<std::string>& folders) {
  std::set<std::string> files;  // a folder lists its files in any order
  for (const std::string& folder : folders) {
    std::error_code error;
    fs::recursive_directory_iterator entries(folder, error);
    for (; !error && entries != fs::recursive_directory_iterator(); entries.increment(error)) {
      std::error_code gone;  // between being listed and being asked
      if (!entries->is_regular_file(gone)) continue;
      const auto size = entries->file_size(gone);
      const auto time = entries->last_write_time(gone).time_since_epoch().count();
      files.insert(absl::StrCat(entries->path().string(), " ", size, " ", time));
    }
  }
  return absl::StrCat(absl::Hex(std::hash<std::string>()(absl::StrJoin(files, "\n"))));
}

}  // namespace attune
