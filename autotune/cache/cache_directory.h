// One directory of cache files, one file per entry, shared by any number of processes.
#ifndef ATTUNE_AUTOTUNE_CACHE_CACHE_DIRECTORY_H_
#define ATTUNE_AUTOTUNE_CACHE_CACHE_DIRECTORY_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "autotune/cache/tuning_cache.pb.h"

namespace attune {

// Never deletes a file, and replaces none but that of an entry's own name with it: an earlier entry
// of the same key, or what cannot be read; not one of a newer format. Thread-safe.
class CacheDirectory {
 public:
  explicit CacheDirectory(std::string path) : path_(std::move(path)) {}

  const std::string& path() const { return path_; }

  // The entry of `key`. NotFound where there is no file for it. Where the file is not what it
  // should be: DataLoss (corrupt, or the entry of another key) or FailedPrecondition (newer
  // format), naming its path.
  absl::StatusOr<CacheEntry> Read(const CacheKey& key) const;

  struct Contents {
    std::vector<CacheEntry> entries;
    // "path: reason" for each file that could not be read as an entry.
    std::vector<std::string> problems;
  };
  // All entries, in the order of their files' names. None where there is no directory.
  Contents ReadAll() const;
  // Those of `family`.
  Contents ReadFamily(absl::string_view family) const;

  // Stores `entry` under its key; readers see the file before or after, whole. Creates the
  // directory. An error names the directory and what to do; FailedPrecondition where the file that
  // is there is of a newer format.
  absl::Status Write(const CacheEntry& entry) const;

 private:
  Contents ReadFiles(absl::string_view prefix) const;

  std::string path_;
};

}  // namespace attune

#endif  // ATTUNE_AUTOTUNE_CACHE_CACHE_DIRECTORY_H_
