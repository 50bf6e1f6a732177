// A folder that appears whole or not at all.
#ifndef ATTUNE_ATTENTION_TERNARY_MODEL_OUTPUT_FOLDER_H_
#define ATTUNE_ATTENTION_TERNARY_MODEL_OUTPUT_FOLDER_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace attune {

// Collects files under a temporary name beside the folder's own. Without Commit, the destructor
// takes them away.
class OutputFolder {
 public:
  // AlreadyExists if there is something at `path`, which may end in slashes.
  static absl::StatusOr<OutputFolder> Create(std::string path);

  OutputFolder(OutputFolder&& other) noexcept;
  OutputFolder& operator=(OutputFolder&&) = delete;
  ~OutputFolder();

  absl::Status Write(const std::string& name, absl::string_view content);
  // Gives the folder its name.
  absl::Status Commit();

 private:
  OutputFolder(std::string path, std::string temporary);

  std::string path_;
  std::string temporary_;  // empty once it is committed
};

}  // namespace attune

#endif  // ATTUNE_ATTENTION_TERNARY_MODEL_OUTPUT_FOLDER_H_
