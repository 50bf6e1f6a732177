// Paths as people type them.
#ifndef ATTUNE_BASE_WORKING_DIRECTORY_H_
#define ATTUNE_BASE_WORKING_DIRECTORY_H_

#include <cstdlib>
#include <string>

namespace attune {

// `bazel run` starts programs in a directory of its own and says in a variable where it was called.
inline std::string FromWorkingDirectory(const std::string& path) {
  const char* directory = std::getenv("BUILD_WORKING_DIRECTORY");
  if (directory == nullptr || path.empty() || path.front() == '/') return path;
  return std::string(directory) + "/" + path;
}

}  // namespace attune

#endif  // ATTUNE_BASE_WORKING_DIRECTORY_H_
