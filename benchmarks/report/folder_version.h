// Whether the files of folders have changed.
#ifndef ATTUNE_BENCHMARKS_REPORT_FOLDER_VERSION_H_
#define ATTUNE_BENCHMARKS_REPORT_FOLDER_VERSION_H_

#include <string>
#include <vector>

namespace attune {

// A text that differs where a file below the folders was added, removed, or written to (by its size
// or time). A file that grows while it is looked at may give any of its versions.
std::string FolderVersion(const std::vector<std::string>& folders);

}  // namespace attune

#endif  // ATTUNE_BENCHMARKS_REPORT_FOLDER_VERSION_H_
