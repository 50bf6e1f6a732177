#include "autotune/cli/tune/stability_command.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "autotune/cache/cache_directory.h"
#include "autotune/cache/cache_entry.h"
#include "autotune/cli/output/entry_json.h"
#include "autotune/cli/output/report.h"
#include "autotune/space/stored_configuration.h"
#include "autotune/workload/stored_workload.h"
#include "base/status_macros.h"
#include "base/text_table.h"
#include "numerics/statistics.h"

namespace attune {
namespace {

// The entries of one workload and family, by tune.
using Tunes = std::vector<CacheEntry>;

bool IsTied(const ConfigurationProto& configuration, const CacheEntry& entry) {
  return std::any_of(entry.tied().begin(), entry.tied().end(), [&](const ConfigurationProto& tied) {
    return FromProto(tied) == FromProto(configuration);
  });
}

int64_t CountOutside(const std::map<std::string, Tunes>& workloads) {
  int64_t outside = 0;
  for (const auto& [name, tunes] : workloads) {
    outside += std::count_if(tunes.begin(), tunes.end(), [&tunes = tunes](const CacheEntry& entry) {
      return !IsTied(entry.configuration(), tunes.front());
    });
  }
  return outside;
}

void Print(const std::string& name, const Tunes& tunes, std::ostream& out) {
  out << "\n" << name << "\n" << FromProto(tunes.front().key().workload()).ToString() << "\n";
  std::vector<std::vector<std::string>> cells;
  for (const CacheEntry& entry : tunes) {
    cells.push_back({absl::StrCat(cells.size() + 1), FormatTime(Median(entry.best_nanoseconds())),
                     absl::StrCat(entry.tied_size()),
                     IsTied(entry.configuration(), tunes.front()) ? "yes" : "NO",
                     FromProto(entry.configuration()).ToString()});
  }
  out << FormatTable({{"tune", Align::kRight},
                      {"best", Align::kRight},
                      {"tied", Align::kRight},
                      {"in the first's tie set"},
                      {"configuration"}},
                     cells);
}

Json JsonOf(const std::map<std::string, Tunes>& workloads) {
  Json json = {{"workloads", Json::array()}, {"outside", CountOutside(workloads)}};
  for (const auto& [name, tunes] : workloads) {
    Json entries = Json::array();
    for (const CacheEntry& entry : tunes) {
      entries.push_back({{"in_first_tie_set", IsTied(entry.configuration(), tunes.front())},
                         {"entry", ToJson(entry)}});
    }
    json["workloads"].push_back({{"name", name}, {"tunes", std::move(entries)}});
  }
  return json;
}

}  // namespace

absl::Status RunStabilityCommand(const StabilityCommandOptions& options, std::ostream& out) {
  if (options.times < 2) return absl::InvalidArgumentError("--times is at least 2");
  if (options.tune.missing_only) {
    return absl::InvalidArgumentError(
        "--missing_only leaves nothing to stability after the first tune: every tune is to be "
        "made");
  }
  // A new one each time: nothing of an earlier run is an incumbent, and nothing is deleted.
  const std::string root =
      absl::StrCat(options.tune.cache_directory, "/stability/",
                   absl::FormatTime("%Y%m%d-%H%M%E3S", absl::Now(), absl::UTCTimeZone()));
  std::ostream nowhere(nullptr);
  std::map<std::string, Tunes> workloads;
  for (int i = 0; i < options.times; ++i) {
    TuneCommandOptions tune = options.tune;
    tune.seed += static_cast<uint64_t>(i);
    tune.json = false;
    tune.cache_directory = options.fresh ? absl::StrCat(root, "/", i + 1) : root;
    ATTUNE_RETURN_IF_ERROR(RunTuneCommand(tune, options.tune.json ? nowhere : out));
    for (CacheEntry& entry : CacheDirectory(tune.cache_directory).ReadAll().entries) {
      workloads[CacheFileName(entry.key())].push_back(std::move(entry));
    }
  }
  if (options.tune.json) PrintJson(JsonOf(workloads), out);
  for (const auto& [name, tunes] : workloads) {
    if (!options.tune.json) Print(name, tunes, out);
  }
  const int64_t outside = CountOutside(workloads);
  if (outside == 0) return absl::OkStatus();
  return absl::InternalError(absl::StrCat(outside, " of ", options.times * workloads.size(),
                                          " tunes have a winner outside the first one's tie set"));
}

}  // namespace attune
