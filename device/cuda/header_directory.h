// Where a process that compiles keeps the headers that it has parsed.
#ifndef ATTUNE_DEVICE_CUDA_HEADER_DIRECTORY_H_
#define ATTUNE_DEVICE_CUDA_HEADER_DIRECTORY_H_

#include <filesystem>

namespace attune {

// A directory of this process alone, for precompiled headers, some 60 MB for each family. Gone when
// the process ends in good order; of one that was killed, when the next one looks around. Whether a
// process lives is told by the lock that it holds on a file in its directory: numbers of processes
// are used again, and stand for others in another namespace.
class HeaderDirectory {
 public:
  // In `parent`, from which it removes those of the dead; nowhere if that is empty.
  explicit HeaderDirectory(const std::filesystem::path& parent);
  HeaderDirectory(const HeaderDirectory&) = delete;
  HeaderDirectory& operator=(const HeaderDirectory&) = delete;
  ~HeaderDirectory();

  // Empty if there can be none.
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  int lock_ = -1;
};

}  // namespace attune

#endif  // ATTUNE_DEVICE_CUDA_HEADER_DIRECTORY_H_
