// Which files of a folder gpu_test wrote, so that it can remove those and no others.
#ifndef ATTUNE_TESTING_REPORT_WRITTEN_FILES_H_
#define ATTUNE_TESTING_REPORT_WRITTEN_FILES_H_

#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace attune {

// Keeps the list in the folder itself, in ".gpu_test_files".
class WrittenFiles {
 public:
  // Creates `directory` if need be. What is there now and is not on the list belongs to others.
  static absl::StatusOr<WrittenFiles> Open(const std::string& directory);

  // Puts every file that has appeared since Open on the list: written by this process or by one
  // that it ran.
  absl::Status Record();

 private:
  WrittenFiles(std::string directory, std::set<std::string> of_others, std::set<std::string> listed)
      : directory_(std::move(directory)),
        of_others_(std::move(of_others)),
        listed_(std::move(listed)) {}

  std::string directory_;
  std::set<std::string> of_others_;  // relative to the directory, like all names here
  std::set<std::string> listed_;
};

struct Cleaned {
  int removed = 0;                // files
  std::vector<std::string> left;  // files in the folder that are not on the list
};

// Removes the files on the list of `directory`, the list, and the folders that are empty then,
// `directory` included. Follows no symbolic link. DataLoss if the list names a file outside.
absl::StatusOr<Cleaned> RemoveWrittenFiles(const std::string& directory);

}  // namespace attune

#endif  // ATTUNE_TESTING_REPORT_WRITTEN_FILES_H_
