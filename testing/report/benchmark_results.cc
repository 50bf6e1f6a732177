#include "testing/report/benchmark_results.h"

#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace attune {
namespace {

using Json = nlohmann::json;

constexpr double kConfidence = 0.95;

// What Google Benchmark itself writes of each run. Every other number is a counter of the
// benchmark's.
bool IsStandardField(const std::string& key) {
  static const auto* const fields =
      new std::set<std::string>{"family_index", "per_family_instance_index",
                                "repetitions",  "repetition_index",
                                "threads",      "iterations",
                                "real_time",    "cpu_time"};
  return fields->count(key) > 0;
}

double SecondsPerUnit(const std::string& unit) {
  if (unit == "s") return 1;
  if (unit == "ms") return 1e-3;
  return unit == "us" ? 1e-6 : 1e-9;
}

// Factor from the counter to GFLOP/s; 0 if it is no such rate.
double GflopsPer(const std::string& counter) {
  if (counter == "TFLOP/s") return 1e3;
  if (counter == "GFLOP/s") return 1;
  return counter == "FLOP/s" ? 1e-9 : 0;
}

// The repetitions of one benchmark.
struct Samples {
  std::vector<double> seconds;
  std::map<std::string, std::vector<double>> counters;
};

void AddRun(const Json& run, Samples& samples) {
  samples.seconds.push_back(run.value("real_time", 0.0) *
                            SecondsPerUnit(run.value("time_unit", "ns")));
  for (const auto& [key, value] : run.items()) {
    if (value.is_number() && !IsStandardField(key)) {
      samples.counters[key].push_back(value.get<double>());
    }
  }
}

Measurement Summarise(absl::string_view program, const std::string& name, const Samples& samples) {
  Measurement measurement;
  measurement.program = std::string(program);
  measurement.name = name;
  measurement.seconds = samples.seconds;
  measurement.median = Median(samples.seconds);
  measurement.interval = MedianInterval(samples.seconds, kConfidence);
  for (const auto& [counter, values] : samples.counters) {
    if (GflopsPer(counter) > 0) {
      measurement.gflops = GflopsPer(counter) * Median(values);
    } else {
      measurement.counters.emplace_back(counter, Median(values));
    }
  }
  return measurement;
}

// Whether the fields that are read have the types they should.
bool IsRun(const Json& run) {
  return run.is_object() && run.value("name", Json()).is_string() &&
         (run.value("error_occurred", Json(false)) == true ||
          (run.value("real_time", Json()).is_number() &&
           run.value("time_unit", Json()).is_string()));
}

}  // namespace

absl::StatusOr<BenchmarkResults> ParseBenchmarkJson(absl::string_view program,
                                                    absl::string_view json) {
  const Json report = Json::parse(json.begin(), json.end(), nullptr, /*allow_exceptions=*/false);
  const Json runs = report.is_object() ? report.value("benchmarks", Json()) : Json();
  if (!runs.is_array() || runs.empty()) {
    return absl::InvalidArgumentError(absl::StrCat(program, " reports no benchmark"));
  }
  BenchmarkResults results;
  std::vector<std::string> names;  // in the order they ran
  std::map<std::string, Samples> samples;
  for (const Json& run : runs) {
    if (!IsRun(run)) {
      return absl::InvalidArgumentError(
          absl::StrCat(program, " reports a run that is none: ", run.dump()));
    }
    // Aggregates over repetitions are computed here, from the runs themselves.
    if (run.value("run_type", Json("iteration")) != "iteration") continue;
    const std::string name = run["name"];
    if (run.value("error_occurred", Json(false)) == true) {
      const Json message = run.value("error_message", Json("no reason was given"));
      results.errors.push_back({.program = std::string(program),
                                .name = name,
                                .outcome = Outcome::kFailed,
                                .message = message.is_string() ? message.get<std::string>() : ""});
      continue;
    }
    if (samples.count(name) == 0) names.push_back(name);
    AddRun(run, samples[name]);
  }
  for (const std::string& name : names) {
    results.measurements.push_back(Summarise(program, name, samples[name]));
  }
  return results;
}

}  // namespace attune
