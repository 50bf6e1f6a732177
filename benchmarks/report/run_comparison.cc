#include "benchmarks/report/run_comparison.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/text_table.h"
#include "numerics/statistics.h"

namespace attune {
namespace {

using Json = nlohmann::json;

std::map<std::string, const Series*> ByName(const ResultFile& file) {
  std::map<std::string, const Series*> series;
  for (const Series& s : file.series) series[s.name] = &s;
  return series;
}

std::string IntervalText(const Interval& interval) {
  if (std::isinf(interval.upper)) return "too few samples";
  return absl::StrFormat("%.4f to %.4f", interval.lower, interval.upper);
}

std::string Names(absl::string_view title, const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) absl::StrAppend(&text, title, name, "\n");
  return text;
}

Json Finite(double value) { return std::isfinite(value) ? Json(value) : Json(); }

}  // namespace

RunComparison CompareRuns(const ResultFile& old_file, const ResultFile& new_file,
                          const VerdictOptions& options) {
  RunComparison result;
  const std::map<std::string, const Series*> old_series = ByName(old_file);
  std::map<std::string, const Series*> new_series = ByName(new_file);
  for (const Series& now : new_file.series) {
    const auto before = old_series.find(now.name);
    if (before == old_series.end()) {
      result.only_new.push_back(now.name);
      continue;
    }
    result.compared.push_back(
        {.name = now.name,
         .old_median = Median(before->second->seconds),
         .new_median = Median(now.seconds),
         .comparison = CompareSpeed(now.seconds, before->second->seconds, options)});
  }
  for (const FailedBenchmark& failed : new_file.failed) {
    if (old_series.count(failed.name) > 0) result.failed_now.push_back(failed);
    new_series[failed.name] = nullptr;
  }
  for (const Series& before : old_file.series) {
    if (new_series.count(before.name) == 0) result.only_old.push_back(before.name);
  }
  return result;
}

bool HasRegression(const RunComparison& comparison) {
  return !comparison.failed_now.empty() ||
         std::any_of(comparison.compared.begin(), comparison.compared.end(),
                     [](const ComparedBenchmark& benchmark) {
                       return benchmark.comparison.verdict == SpeedVerdict::kSlower;
                     });
}

std::string ComparisonTable(const RunComparison& comparison) {
  std::map<SpeedVerdict, int> counts;
  std::vector<std::vector<std::string>> rows;
  for (const ComparedBenchmark& benchmark : comparison.compared) {
    const SpeedComparison& speed = benchmark.comparison;
    ++counts[speed.verdict];
    rows.push_back({benchmark.name, absl::StrFormat("%.4g ms", benchmark.old_median * 1e3),
                    absl::StrFormat("%.4g ms", benchmark.new_median * 1e3),
                    absl::StrFormat("%.4f", speed.ratio.estimate),
                    IntervalText(speed.ratio.interval),
                    std::string(SpeedVerdictName(speed.verdict))});
  }
  std::string text = FormatTable({{"benchmark"},
                                  {"old", Align::kRight},
                                  {"new", Align::kRight},
                                  {"new / old", Align::kRight},
                                  {"interval", Align::kRight},
                                  {"verdict"}},
                                 rows);
  absl::StrAppend(&text, "\n", Names("only in the old file: ", comparison.only_old),
                  Names("only in the new file: ", comparison.only_new));
  for (const FailedBenchmark& failed : comparison.failed_now) {
    absl::StrAppend(&text, "failed in the new file: ", failed.name, ": ", failed.message, "\n");
  }
  absl::StrAppendFormat(&text, "%d FASTER, %d SLOWER, %d SAME, %d AMBIGUOUS, %d failed\n",
                        counts[SpeedVerdict::kFaster], counts[SpeedVerdict::kSlower],
                        counts[SpeedVerdict::kSame], counts[SpeedVerdict::kAmbiguous],
                        comparison.failed_now.size());
  return text;
}

std::string ComparisonJson(const RunComparison& comparison) {
  Json benchmarks = Json::array();
  for (const ComparedBenchmark& benchmark : comparison.compared) {
    const SpeedComparison& speed = benchmark.comparison;
    benchmarks.push_back({{"name", benchmark.name},
                          {"verdict", std::string(SpeedVerdictName(speed.verdict))},
                          {"ratio", speed.ratio.estimate},
                          {"ratio_low", speed.ratio.interval.lower},
                          {"ratio_high", Finite(speed.ratio.interval.upper)},
                          {"old_seconds", benchmark.old_median},
                          {"new_seconds", benchmark.new_median}});
    if (std::isinf(speed.ratio.interval.upper)) benchmarks.back()["ratio_low"] = nullptr;
  }
  Json failed = Json::array();
  for (const FailedBenchmark& f : comparison.failed_now) {
    failed.push_back({{"name", f.name}, {"message", f.message}});
  }
  const Json root = {{"regression", HasRegression(comparison)},
                     {"benchmarks", benchmarks},
                     {"only_old", comparison.only_old},
                     {"only_new", comparison.only_new},
                     {"failed", failed}};
  return root.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace attune
