#include "autotune/cli/output/report.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/time.h"
#include "autotune/cache/cache_entry.h"
#include "autotune/space/stored_configuration.h"
#include "autotune/workload/stored_workload.h"
#include "base/text_table.h"
#include "numerics/statistics.h"

namespace attune {
namespace {

constexpr double kConfidence = 0.95;

std::string FormatSamples(const google::protobuf::RepeatedField<double>& nanoseconds) {
  if (nanoseconds.empty()) return "not measured";
  std::string text = FormatTime(Median(nanoseconds));
  if (const auto interval = MedianInterval(nanoseconds, kConfidence)) {
    absl::StrAppend(&text, " (", FormatTime(interval->lower), " to ", FormatTime(interval->upper),
                    " at ", 100 * kConfidence, " %, ", nanoseconds.size(), " samples)");
  }
  return text;
}

// The median over rounds of default over best: what the judge compared. Medians of each side alone
// would let a slow stretch of the machine that met one more than the other decide.
std::string FormatSpeedUp(const CacheEntry& entry) {
  std::vector<double> ratios;
  for (int i = 0; i < entry.default_nanoseconds_size(); ++i) {
    ratios.push_back(entry.default_nanoseconds(i) / entry.best_nanoseconds(i));
  }
  return ratios.empty() ? "" : absl::StrFormat("%.2fx", Median(ratios));
}

std::string FormatDate(int64_t unix_seconds) {
  return absl::FormatTime("%Y-%m-%d", absl::FromUnixSeconds(unix_seconds), absl::UTCTimeZone());
}

}  // namespace

std::string FormatTime(double nanoseconds) {
  constexpr const char* kUnits[] = {"ns", "us", "ms", "s"};
  int unit = 0;
  while (unit < 3 && nanoseconds >= 999.5) {
    nanoseconds /= 1000;
    ++unit;
  }
  const int digits = nanoseconds >= 99.95 ? 0 : nanoseconds >= 9.995 ? 1 : 2;
  return absl::StrFormat("%.*f %s", digits, nanoseconds, kUnits[unit]);
}

std::string FormatTuned(const std::vector<TunedRow>& rows) {
  std::vector<std::vector<std::string>> cells;
  for (const auto& [name, entry] : rows) {
    const auto& untuned = entry.default_nanoseconds();
    cells.push_back({name, entry.key().family(),
                     untuned.empty() ? "failed" : FormatTime(Median(untuned)),
                     FormatTime(Median(entry.best_nanoseconds())), FormatSpeedUp(entry),
                     absl::StrCat(entry.tied_size()), FromProto(entry.configuration()).ToString()});
  }
  return FormatTable({{"workload"},
                      {"family"},
                      {"default", Align::kRight},
                      {"best", Align::kRight},
                      {"speed-up", Align::kRight},
                      {"tied", Align::kRight},
                      {"configuration"}},
                     cells);
}

std::string FormatEntries(const std::vector<CacheEntry>& entries) {
  std::vector<std::vector<std::string>> cells;
  for (const CacheEntry& entry : entries) {
    const auto& best = entry.best_nanoseconds();
    cells.push_back({CacheFileName(entry.key()), entry.key().device_model(),
                     best.empty() ? "not measured" : FormatTime(Median(best)),
                     FormatDate(entry.measured_unix_seconds()),
                     FromProto(entry.key().workload()).ToString()});
  }
  return FormatTable({{"entry"}, {"device"}, {"time", Align::kRight}, {"measured"}, {"workload"}},
                     cells);
}

std::string FormatEntry(const CacheEntry& entry) {
  const CacheKey& key = entry.key();
  std::string text = absl::StrCat(
      "entry          ", CacheFileName(key), "\nfamily         ", key.family(), "\nworkload       ",
      FromProto(key.workload()).ToString(), "\ndevice         ", key.device_model(), " (",
      key.architecture(), ")\nenvironment    ", key.environment(), "\nfingerprint    ",
      key.fingerprint(), "\nconfiguration  ", FromProto(entry.configuration()).ToString(),
      "\ntime           ", FormatSamples(entry.best_nanoseconds()), "\ndefault        ",
      FormatSamples(entry.default_nanoseconds()), "\n");
  if (entry.has_runner_up_margin()) {
    absl::StrAppendFormat(&text, "runner-up      %+.2f %%\n", 100 * entry.runner_up_margin());
  }
  for (const ConfigurationProto& tied : entry.tied()) {
    absl::StrAppend(&text, "tied           ", FromProto(tied).ToString(), "\n");
  }
  for (const auto& [name, amount] : entry.resources()) {
    absl::StrAppend(&text, "uses           ", name, " ", amount, "\n");
  }
  absl::StrAppendFormat(&text, "found by       %s, %d evaluations in %.1f s, on %s\n",
                        entry.strategy(), entry.evaluations(), entry.seconds(),
                        FormatDate(entry.measured_unix_seconds()));
  return text;
}

}  // namespace attune
