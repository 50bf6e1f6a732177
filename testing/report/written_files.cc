#include "testing/report/written_files.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "base/file.h"
#include "base/status_macros.h"

namespace attune {
namespace {

namespace fs = std::filesystem;

constexpr char kList[] = ".gpu_test_files";

// Everything in `directory` that is no folder, the list left out. Links are files.
absl::StatusOr<std::set<std::string>> FilesIn(const std::string& directory) {
  std::set<std::string> files;
  std::error_code error;
  fs::recursive_directory_iterator entry(directory, error);
  for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    if (fs::is_directory(entry->symlink_status())) continue;
    const std::string name = entry->path().lexically_relative(directory).string();
    if (name != kList) files.insert(name);
  }
  if (!error) return files;
  return absl::UnavailableError(absl::StrCat("cannot list ", directory, ": ", error.message()));
}

absl::StatusOr<std::set<std::string>> ReadList(const std::string& directory) {
  const absl::StatusOr<std::string> text = ReadFile(absl::StrCat(directory, "/", kList));
  if (absl::IsNotFound(text.status())) return std::set<std::string>();
  ATTUNE_RETURN_IF_ERROR(text.status());
  return std::set<std::string>(absl::StrSplit(*text, '\n', absl::SkipEmpty()));
}

// Whether `name` stays inside the folder: relative, and never up.
bool IsInside(const fs::path& name) {
  return !name.empty() && name.is_relative() &&
         std::none_of(name.begin(), name.end(), [](const fs::path& part) { return part == ".."; });
}

// Whether a folder on the way to `name` is a link, which leads elsewhere.
bool PassesALink(const fs::path& directory, const fs::path& name) {
  for (fs::path at = name.parent_path(); !at.empty(); at = at.parent_path()) {
    if (fs::is_symlink(fs::symlink_status(directory / at))) return true;
  }
  return false;
}

// Removes the folders above the removed files that hold nothing any more, the deepest first.
void RemoveEmptyFolders(const fs::path& directory, const std::set<std::string>& removed) {
  std::set<fs::path> folders;
  for (const std::string& name : removed) {
    for (fs::path at = fs::path(name).parent_path(); !at.empty(); at = at.parent_path()) {
      folders.insert(at);
    }
  }
  std::error_code ignored;  // One that is not empty stays, which is what is wanted.
  for (auto folder = folders.rbegin(); folder != folders.rend(); ++folder) {
    fs::remove(directory / *folder, ignored);
  }
  fs::remove(directory, ignored);
}

}  // namespace

absl::StatusOr<WrittenFiles> WrittenFiles::Open(const std::string& directory) {
  ATTUNE_RETURN_IF_ERROR(CreateDirectories(directory));
  ATTUNE_ASSIGN_OR_RETURN(std::set<std::string> listed, ReadList(directory));
  ATTUNE_ASSIGN_OR_RETURN(std::set<std::string> of_others, FilesIn(directory));
  for (const std::string& name : listed) of_others.erase(name);
  return WrittenFiles(directory, std::move(of_others), std::move(listed));
}

absl::Status WrittenFiles::Record() {
  ATTUNE_ASSIGN_OR_RETURN(const std::set<std::string> files, FilesIn(directory_));
  for (const std::string& name : files) {
    // A name that does not fit on a line is not kept, and its file stays.
    if (of_others_.count(name) == 0 && name.find('\n') == std::string::npos) listed_.insert(name);
  }
  return WriteFileAtomically(absl::StrCat(directory_, "/", kList),
                             absl::StrCat(absl::StrJoin(listed_, "\n"), "\n"));
}

absl::StatusOr<Cleaned> RemoveWrittenFiles(const std::string& directory) {
  Cleaned cleaned;
  if (!fs::is_directory(directory)) return cleaned;
  ATTUNE_ASSIGN_OR_RETURN(const std::set<std::string> listed, ReadList(directory));
  for (const std::string& name : listed) {
    if (IsInside(name)) continue;
    return absl::DataLossError(absl::StrCat(directory, "/", kList, " names a file outside: \"",
                                            name, "\"; nothing was removed"));
  }
  for (const std::string& name : listed) {
    const fs::path path = fs::path(directory) / name;
    if (PassesALink(directory, name) || fs::is_directory(fs::symlink_status(path))) continue;
    std::error_code error;
    cleaned.removed += fs::remove(path, error);
    if (error) {
      return absl::UnavailableError(
          absl::StrCat("cannot remove ", path.string(), ": ", error.message()));
    }
  }
  std::error_code ignored;
  fs::remove(fs::path(directory) / kList, ignored);
  RemoveEmptyFolders(directory, listed);
  if (!fs::exists(directory)) return cleaned;
  ATTUNE_ASSIGN_OR_RETURN(const std::set<std::string> left, FilesIn(directory));
  cleaned.left.assign(left.begin(), left.end());
  return cleaned;
}

}  // namespace attune
