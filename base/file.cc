#include "base/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <random>
#include <system_error>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace attune {
namespace {

absl::Status FileError(absl::string_view action, const std::string& path) {
  return absl::ErrnoToStatus(errno, absl::StrCat("cannot ", action, " ", path));
}

absl::Status WriteAll(int descriptor, absl::string_view content, const std::string& path) {
  while (!content.empty()) {
    const ssize_t written = write(descriptor, content.data(), content.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      return FileError("write", path);
    }
    content.remove_prefix(static_cast<size_t>(written));
  }
  if (fsync(descriptor) != 0) return FileError("sync", path);
  return absl::OkStatus();
}

absl::StatusOr<std::string> ReadAll(int descriptor, const std::string& path) {
  struct stat status = {};
  if (fstat(descriptor, &status) != 0) return FileError("read", path);
  if (S_ISDIR(status.st_mode)) {
    return absl::FailedPreconditionError(absl::StrCat("cannot read ", path, ": it is a directory"));
  }
  // The size is a hint: a byte more shows the end. Some files of /proc, which have none, give all
  // to the first read or nothing to a second one.
  std::string content(status.st_size > 0 ? static_cast<size_t>(status.st_size) + 1 : 4096, '\0');
  size_t size = 0;
  while (true) {
    if (size == content.size()) content.resize(2 * size);
    const ssize_t count = read(descriptor, content.data() + size, content.size() - size);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return FileError("read", path);
    if (count == 0) break;
    size += static_cast<size_t>(count);
  }
  content.resize(size);
  return content;
}

// A file beside `path`, open for writing, readable by others like any file of this user. mkstemp's
// would be private, and only the system can apply the umask: to read it is to change it, for all
// threads. Negative, with errno, if there can be none.
int CreateTemporary(const std::string& path, std::string& temporary) {
  int descriptor = -1;
  do {
    temporary = TemporaryName(path);
    descriptor = open(temporary.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0666);
  } while (descriptor < 0 && errno == EEXIST);
  return descriptor;
}

}  // namespace

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return FileError("open", path);
  absl::StatusOr<std::string> content = ReadAll(descriptor, path);
  close(descriptor);
  return content;
}

std::string TemporaryName(absl::string_view path) {
  return absl::StrCat(path, ".tmp.", absl::Hex(std::random_device()(), absl::kZeroPad8));
}

absl::Status WriteFileAtomically(const std::string& path, absl::string_view content) {
  std::string temporary;
  const int descriptor = CreateTemporary(path, temporary);
  if (descriptor < 0) return FileError("create a temporary file beside", path);
  absl::Status status = WriteAll(descriptor, content, temporary);
  if (close(descriptor) != 0 && status.ok()) status = FileError("close", temporary);
  if (status.ok() && rename(temporary.c_str(), path.c_str()) != 0) {
    status = FileError("replace", path);
  }
  if (!status.ok()) unlink(temporary.c_str());
  return status;
}

absl::Status CreateDirectories(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) {
    return absl::ErrnoToStatus(error.value(), absl::StrCat("cannot create directory ", path));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::string>> ListFiles(const std::string& directory,
                                                   absl::string_view suffix) {
  std::vector<std::string> paths;
  std::error_code error;
  std::filesystem::directory_iterator entries(directory, error);
  if (error == std::errc::no_such_file_or_directory) return paths;
  for (; !error && entries != std::filesystem::directory_iterator(); entries.increment(error)) {
    const std::string path = entries->path().string();
    if (absl::EndsWith(path, suffix) && entries->is_regular_file(error)) paths.push_back(path);
  }
  if (error) {
    return absl::ErrnoToStatus(error.value(), absl::StrCat("cannot list directory ", directory));
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

}  // namespace attune
