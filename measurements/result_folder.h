// All result files under a folder.
#ifndef ATTUNE_MEASUREMENTS_RESULT_FOLDER_H_
#define ATTUNE_MEASUREMENTS_RESULT_FOLDER_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "measurements/result_file.h"

namespace attune {

struct NamedResultFile {
  std::string path;  // relative to the folder, "nvidia_h200/peers/2026-11-22_1.json"
  ResultFile file;
};

struct SkippedFile {
  std::string path;
  std::string reason;
};

struct ResultFolder {
  // Sorted by date, whatever its offset from UTC, then by path.
  std::vector<NamedResultFile> files;
  std::vector<SkippedFile> skipped;
  // Paths of the reports of tools/gpu_test, which hold no samples, relative to the folder, sorted.
  std::vector<std::string> reports;
  // Paths of the tuner's trial logs (*.log), relative to the folder, sorted.
  std::vector<std::string> trial_logs;
};

// Reads every *.json below `path`, or `path` itself where it is a file. What cannot be read is
// skipped, with its reason. NotFound where there is nothing at `path`.
absl::StatusOr<ResultFolder> ReadResultFolder(const std::string& path);

}  // namespace attune

#endif  // ATTUNE_MEASUREMENTS_RESULT_FOLDER_H_
