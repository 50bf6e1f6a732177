#include "attention/ternary/model/output_folder.h"

#include <sys/stat.h>

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "base/status_macros.h"

namespace attune {

OutputFolder::OutputFolder(std::string path, std::string temporary)
    : path_(std::move(path)), temporary_(std::move(temporary)) {}

OutputFolder::OutputFolder(OutputFolder&& other) noexcept
    : path_(std::move(other.path_)), temporary_(std::exchange(other.temporary_, "")) {}

OutputFolder::~OutputFolder() {
  std::error_code error;
  if (!temporary_.empty()) std::filesystem::remove_all(temporary_, error);
}

absl::StatusOr<OutputFolder> OutputFolder::Create(std::string path) {
  // As completion leaves it behind a folder's name.
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  std::error_code error;
  if (std::filesystem::exists(path, error)) {
    return absl::AlreadyExistsError(
        absl::StrCat(path, " exists; name a folder that does not, or remove it"));
  }
  const std::string parent = std::filesystem::path(path).parent_path();
  if (!parent.empty()) ATTUNE_RETURN_IF_ERROR(CreateDirectories(parent));
  std::string temporary = TemporaryName(path);
  while (mkdir(temporary.c_str(), 0777) != 0) {
    if (errno != EEXIST) {
      return absl::ErrnoToStatus(errno, absl::StrCat("cannot create a folder beside ", path));
    }
    temporary = TemporaryName(path);
  }
  return OutputFolder(std::move(path), std::move(temporary));
}

absl::Status OutputFolder::Write(const std::string& name, absl::string_view content) {
  return WriteFileAtomically(absl::StrCat(temporary_, "/", name), content);
}

absl::Status OutputFolder::Commit() {
  std::error_code error;
  std::filesystem::rename(temporary_, path_, error);
  if (error) {
    return absl::UnknownError(absl::StrCat("cannot create ", path_, ": ", error.message()));
  }
  temporary_.clear();
  return absl::OkStatus();
}

}  // namespace attune
