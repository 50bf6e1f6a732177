#include "autotune/space/configuration.h"

#include <algorithm>
#include <cassert>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

namespace attune {
namespace {

// Expects "name=value".
absl::StatusOr<Configuration::Entry> ParseEntry(absl::string_view text) {
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(text, absl::MaxSplits('=', 1));
  int64_t value = 0;
  if (parts.first.empty() || !absl::SimpleAtoi(parts.second, &value)) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", text, "\" is no parameter: expected name=integer, as in block_m=128"));
  }
  return Configuration::Entry(parts.first, value);
}

bool HasName(const std::vector<Configuration::Entry>& entries, absl::string_view name) {
  return std::any_of(entries.begin(), entries.end(),
                     [name](const Configuration::Entry& entry) { return entry.first == name; });
}

}  // namespace

int64_t Configuration::Get(absl::string_view name) const {
  const auto entry = std::find_if(entries_.begin(), entries_.end(),
                                  [name](const Entry& e) { return e.first == name; });
  assert(entry != entries_.end() && "the configuration has no parameter of this name");
  return entry->second;
}

std::string Configuration::ToString() const {
  return absl::StrJoin(entries_, ",", absl::PairFormatter("="));
}

absl::StatusOr<Configuration> Configuration::Parse(absl::string_view text) {
  std::vector<Entry> entries;
  if (text.empty()) return Configuration();
  for (absl::string_view part : absl::StrSplit(text, ',')) {
    absl::StatusOr<Entry> entry = ParseEntry(part);
    if (!entry.ok()) return entry.status();
    if (HasName(entries, entry->first)) {
      return absl::InvalidArgumentError(
          absl::StrCat("parameter ", entry->first, " stands twice in \"", text, "\""));
    }
    entries.push_back(*std::move(entry));
  }
  return Configuration(std::move(entries));
}

}  // namespace attune
