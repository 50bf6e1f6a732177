#include "autotune/cache/cache_directory.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "autotune/cache/cache_entry.h"
#include "autotune/workload/cache_key.h"
#include "base/file.h"
#include "base/status_macros.h"

namespace attune {
namespace {

std::string BaseName(const std::string& path) { return path.substr(path.rfind('/') + 1); }

absl::StatusOr<CacheEntry> ReadEntryFile(const std::string& path) {
  ATTUNE_ASSIGN_OR_RETURN(const std::string content, ReadFile(path));
  absl::StatusOr<CacheEntry> entry = ParseCacheFile(content);
  if (!entry.ok()) {
    return absl::Status(entry.status().code(), absl::StrCat(path, ": ", entry.status().message()));
  }
  if (CacheFileName(entry->key()) != BaseName(path)) {
    return absl::DataLossError(absl::StrCat(path, ": holds the entry of another key, that of ",
                                            CacheFileName(entry->key())));
  }
  return entry;
}

absl::Status WriteError(const std::string& directory, const absl::Status& status) {
  return absl::Status(
      status.code(),
      absl::StrCat("the tuning cache in ", directory, " cannot be written: ", status.message(),
                   "; set ATTUNE_CACHE_DIR to a directory that can be"));
}

}  // namespace

absl::StatusOr<CacheEntry> CacheDirectory::Read(const CacheKey& key) const {
  const std::string path = absl::StrCat(path_, "/", CacheFileName(key));
  ATTUNE_ASSIGN_OR_RETURN(CacheEntry entry, ReadEntryFile(path));
  if (KeyBytes(entry.key()) != KeyBytes(key)) {
    return absl::DataLossError(absl::StrCat(path, ": holds the entry of another key"));
  }
  return entry;
}

CacheDirectory::Contents CacheDirectory::ReadAll() const { return ReadFiles(""); }

CacheDirectory::Contents CacheDirectory::ReadFamily(absl::string_view family) const {
  Contents contents = ReadFiles(CacheFilePrefix(family));
  // Families whose names differ only in characters that no file name has share a prefix.
  std::vector<CacheEntry>& entries = contents.entries;
  entries.erase(
      std::remove_if(entries.begin(), entries.end(),
                     [&](const CacheEntry& entry) { return entry.key().family() != family; }),
      entries.end());
  return contents;
}

CacheDirectory::Contents CacheDirectory::ReadFiles(absl::string_view prefix) const {
  Contents contents;
  const absl::StatusOr<std::vector<std::string>> paths = ListFiles(path_, ".pb");
  if (!paths.ok()) {
    contents.problems.emplace_back(paths.status().message());
    return contents;
  }
  for (const std::string& path : *paths) {
    if (!absl::StartsWith(BaseName(path), prefix)) continue;
    absl::StatusOr<CacheEntry> entry = ReadEntryFile(path);
    if (!entry.ok()) {
      contents.problems.emplace_back(entry.status().message());
    } else {
      contents.entries.push_back(*std::move(entry));
    }
  }
  return contents;
}

absl::Status CacheDirectory::Write(const CacheEntry& entry) const {
  if (absl::Status status = CreateDirectories(path_); !status.ok()) {
    return WriteError(path_, status);
  }
  const std::string path = absl::StrCat(path_, "/", CacheFileName(entry.key()));
  const absl::Status present = ReadEntryFile(path).status();
  if (absl::IsFailedPrecondition(present)) return WriteError(path_, present);
  if (absl::Status status = WriteFileAtomically(path, SerializeCacheFile(entry)); !status.ok()) {
    return WriteError(path_, status);
  }
  return absl::OkStatus();
}

}  // namespace attune
