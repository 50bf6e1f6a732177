#include "device/cuda/header_directory.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <system_error>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace attune {
namespace {

constexpr absl::string_view kPrefix = "attune_headers_";
constexpr char kLock[] = "lock";

bool TryToLock(int descriptor) { return flock(descriptor, LOCK_EX | LOCK_NB) == 0; }

// A file called kLock in `directory`, which is locked when it gets that name: nobody finds it
// before. Negative if there can be none.
int MakeLock(const std::filesystem::path& directory) {
  const std::filesystem::path unnamed = directory / "unlocked";
  const int descriptor = open(unnamed.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
  if (descriptor < 0) return descriptor;
  std::error_code error;
  if (TryToLock(descriptor)) {
    std::filesystem::rename(unnamed, directory / kLock, error);
    if (!error) return descriptor;
  }
  close(descriptor);
  return -1;
}

void RemoveOfTheDead(const std::filesystem::path& parent) {
  std::error_code error;
  std::filesystem::directory_iterator entries(parent, error);
  for (; !error && entries != std::filesystem::directory_iterator(); entries.increment(error)) {
    const std::filesystem::path path = entries->path();
    if (!absl::StartsWith(path.filename().string(), kPrefix)) continue;
    // One without a lock belongs to a process that is about to make it.
    const int lock = open((path / kLock).c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (lock < 0) continue;
    std::error_code ignored;
    if (TryToLock(lock)) std::filesystem::remove_all(path, ignored);
    close(lock);
  }
}

}  // namespace

HeaderDirectory::HeaderDirectory(const std::filesystem::path& parent) {
  if (parent.empty()) return;
  RemoveOfTheDead(parent);
  std::string name = parent / absl::StrCat(kPrefix, getpid(), "_XXXXXX");
  if (mkdtemp(name.data()) == nullptr) return;
  lock_ = MakeLock(name);
  if (lock_ >= 0) {
    path_ = name;
  } else {
    std::error_code error;
    std::filesystem::remove_all(name, error);
  }
}

HeaderDirectory::~HeaderDirectory() {
  if (path_.empty()) return;
  std::error_code error;
  std::filesystem::remove_all(path_, error);
  close(lock_);
}

}  // namespace attune
