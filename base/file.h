// Whole files, read and replaced.
#ifndef ATTUNE_BASE_FILE_H_
#define ATTUNE_BASE_FILE_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace attune {

// The bytes of the file at `path`. NotFound if there is none.
absl::StatusOr<std::string> ReadFile(const std::string& path);

// Replaces the file at `path` with `content`: readers see the old file or the new one, whole,
// whatever happens to this process. Writes a temporary file in the same directory, syncs it,
// renames it.
absl::Status WriteFileAtomically(const std::string& path, absl::string_view content);

// Creates `path` and the directories above it that do not exist.
absl::Status CreateDirectories(const std::string& path);

// Paths of the regular files in `directory` whose names end in `suffix`, sorted. Empty if there is
// no directory.
absl::StatusOr<std::vector<std::string>> ListFiles(const std::string& directory,
                                                   absl::string_view suffix);

}  // namespace attune

#endif  // ATTUNE_BASE_FILE_H_
