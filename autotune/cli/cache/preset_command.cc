#include "autotune/cli/cache/preset_command.h"

#include <set>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "autotune/cache/cache_directory.h"
#include "autotune/cache/cache_entry.h"
#include "autotune/cache/preset.h"
#include "autotune/family/registry.h"
#include "base/file.h"
#include "base/status_macros.h"

namespace attune {
namespace {

// Why nobody who has this program's code could use `key`, or OK.
absl::Status CheckCurrent(const CacheKey& key) {
  for (const KernelFamily* family : RegisteredKernelFamilies()) {
    if (family->name() != key.family()) continue;
    if (family->fingerprint() == key.fingerprint()) return absl::OkStatus();
    return absl::FailedPreconditionError(absl::StrCat("tuned for another build of ", key.family()));
  }
  return absl::NotFoundError(absl::StrCat("no family is called ", key.family()));
}

absl::Status NothingToExport(const std::string& directory, absl::string_view model) {
  return absl::NotFoundError(
      absl::StrCat("no entry in ", directory, " can be exported",
                   model.empty() ? "" : absl::StrCat(" for the device model '", model, "'"),
                   "; tune first, with --cache_dir=", directory));
}

}  // namespace

absl::Status RunExportPresetCommand(const std::string& directory, absl::string_view model,
                                    const std::string& path, std::ostream& out) {
  CacheDirectory::Contents contents = CacheDirectory(directory).ReadAll();
  for (const std::string& problem : contents.problems) out << "not an entry: " << problem << "\n";
  std::vector<CacheEntry> entries;
  std::set<std::string> models;
  for (CacheEntry& entry : contents.entries) {
    if (!model.empty() && entry.key().device_model() != model) continue;
    if (const absl::Status current = CheckCurrent(entry.key()); !current.ok()) {
      out << "left out: " << CacheFileName(entry.key()) << ": " << current.message() << "\n";
      continue;
    }
    models.insert(entry.key().device_model());
    entries.push_back(std::move(entry));
  }
  if (entries.empty()) return NothingToExport(directory, model);
  if (models.size() > 1) {
    return absl::InvalidArgumentError(
        absl::StrCat("a preset is of one device model, and ", directory,
                     " holds entries of several: choose one with --model=\"",
                     absl::StrJoin(models, "\" or --model=\""), "\""));
  }
  ATTUNE_ASSIGN_OR_RETURN(const std::string text, FormatPreset(entries));
  ATTUNE_RETURN_IF_ERROR(WriteFileAtomically(path, text));
  ATTUNE_ASSIGN_OR_RETURN(const Preset written, ParsePreset(text, path));
  out << "wrote " << written.entries.size() << " entries of " << *models.begin() << " to " << path
      << "\n";
  return absl::OkStatus();
}

}  // namespace attune
