// What the command line prints of results, for people.
#ifndef ATTUNE_AUTOTUNE_CLI_OUTPUT_REPORT_H_
#define ATTUNE_AUTOTUNE_CLI_OUTPUT_REPORT_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "autotune/cache/tuning_cache.pb.h"

namespace attune {

// "12.3 us", "4.56 ms": three significant digits.
std::string FormatTime(double nanoseconds);

struct TunedRow {
  std::string name;
  CacheEntry entry;
};

// A line a workload: the default's time, the best's, speed-up, how many configurations tied, the
// configuration.
std::string FormatTuned(const std::vector<TunedRow>& rows);

// A line an entry of a cache: family, workload, device, time, age.
std::string FormatEntries(const std::vector<CacheEntry>& entries);

// Everything that one entry holds.
std::string FormatEntry(const CacheEntry& entry);

}  // namespace attune

#endif  // ATTUNE_AUTOTUNE_CLI_OUTPUT_REPORT_H_
