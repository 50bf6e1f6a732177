// Whole files, read and replaced.
#ifndef ATTUNE_BASE_FILE_H_
#define ATTUNE_BASE_FILE_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace attune {

// The bytes of the file at `path`, to its end whatever size the system tells: files of /proc have
// none. NotFound if there is no such file.
absl::StatusOr<std::string> ReadFile(const std::string& path);

// Replaces the file at `path` with `content`: readers see the old file or the new one, whole,
// whatever happens to this process. Writes a temporary file in the same directory, syncs it,
// renames it.
absl::Status WriteFileAtomically(const std::string& path, absl::string_view content);

// A name beside `path` for what is to be renamed to it: `path`.tmp. and something random, which may
// exist all the same.
std::string TemporaryName(absl::string_view path);

// Creates `path` and the directories above it that do not exist.
absl::Status CreateDirectories(const std::string& path);

// Paths of the regular files in `directory` whose names end in `suffix`, sorted. Empty if there is
// no directory.
absl::StatusOr<std::vector<std::string>> ListFiles(const std::string& directory,
                                                   absl::string_view suffix);

}  // namespace attune

#endif  // ATTUNE_BASE_FILE_H_
