#include "measurements/result_file.h"

#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/status_macros.h"
#include "numerics/statistics.h"

namespace attune {
namespace {

using Json = nlohmann::json;

// What the library itself writes of a run. Every other number is a counter of the benchmark's.
bool IsStandardField(const std::string& key) {
  static const auto* const fields =
      new std::set<std::string>{"family_index", "per_family_instance_index",
                                "repetitions",  "repetition_index",
                                "threads",      "iterations",
                                "real_time",    "cpu_time"};
  return fields->count(key) > 0;
}

// The library writes NaN, Infinity and -Infinity as they are, which JSON does not know: null.
std::string WithoutNonFinite(absl::string_view json) {
  std::string result;
  result.reserve(json.size());
  bool in_string = false;
  for (size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (in_string && c == '\\' && i + 1 < json.size()) {
      result.push_back(c);
      result.push_back(json[++i]);
      continue;
    }
    if (c == '"') in_string = !in_string;
    absl::string_view rest = json.substr(i);
    if (!in_string && (c == '-' || c == 'N' || c == 'I' || c == 'n' || c == 'i')) {
      absl::ConsumePrefix(&rest, "-");
      const bool found = absl::ConsumePrefix(&rest, "NaN") ||
                         absl::ConsumePrefix(&rest, "Infinity") ||
                         absl::ConsumePrefix(&rest, "nan") || absl::ConsumePrefix(&rest, "inf");
      if (found) {
        result.append("null");
        i = json.size() - rest.size() - 1;
        continue;
      }
    }
    result.push_back(c);
  }
  return result;
}

absl::StatusOr<Json> ParseJson(absl::string_view text) {
  if (text.find_first_not_of(" \t\r\n") == absl::string_view::npos) {
    return absl::InvalidArgumentError("the file is empty");
  }
  const std::string clean = WithoutNonFinite(text);
  try {
    return Json::parse(clean);
  } catch (const Json::parse_error& error) {
    if (error.byte > clean.size()) {
      return absl::InvalidArgumentError("the file ends in the middle: it was cut off");
    }
    return absl::InvalidArgumentError(absl::StrCat("no JSON at byte ", error.byte));
  }
}

std::optional<double> SecondsPerUnit(const std::string& unit) {
  if (unit == "s") return 1;
  if (unit == "ms") return 1e-3;
  if (unit == "us") return 1e-6;
  if (unit == "ns") return 1e-9;
  return std::nullopt;
}

std::string StringOr(const Json& object, const char* key, const std::string& fallback) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : fallback;
}

bool IsTrue(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_boolean() && found->get<bool>();
}

// Before 1.5 only the name says that a row is an aggregate.
bool IsAggregate(const Json& row, const std::string& name) {
  if (row.contains("run_type")) return StringOr(row, "run_type", "") != "iteration";
  for (const char* suffix : {"_mean", "_median", "_stddev", "_cv", "_BigO", "_RMS"}) {
    if (absl::EndsWith(name, suffix)) return true;
  }
  return false;
}

// What is wrong with a time in a row, if anything is.
std::optional<std::string> TimeProblem(const Json& time, const char* field) {
  if (!time.is_number()) return absl::StrCat(field, " is no number");
  if (!(time.get<double>() > 0)) {
    return absl::StrCat(field, " is ", time.dump(), "; expected one above 0");
  }
  return std::nullopt;
}

// The same of a row of a benchmark that ran.
std::optional<std::string> Problem(const Json& row) {
  const std::string unit = StringOr(row, "time_unit", "ns");
  if (!SecondsPerUnit(unit).has_value()) {
    return absl::StrCat("time_unit is \"", unit, "\"; expected ns, us, ms or s");
  }
  const auto samples = row.find("samples");
  if (samples == row.end()) return TimeProblem(row.value("real_time", Json()), "real_time");
  if (!samples->is_array() || samples->empty()) return "samples is no list of times";
  for (const Json& sample : *samples) {
    if (std::optional<std::string> problem = TimeProblem(sample, "a sample")) return problem;
  }
  return std::nullopt;
}

class Reader {
 public:
  void Add(const Json& row, size_t position) {
    const std::string name = row.is_object() ? StringOr(row, "name", "") : "";
    if (name.empty()) {
      file_.problems.push_back(absl::StrCat("row ", position, " is no benchmark: it has no name"));
    } else if (IsTrue(row, "error_occurred") || IsTrue(row, "skipped")) {
      const std::string skip = StringOr(row, "skip_message", "no reason was given");
      file_.failed.push_back({name, StringOr(row, "error_message", skip)});
    } else if (IsAggregate(row, name)) {
      ++aggregates_;
    } else if (const std::optional<std::string> problem = Problem(row)) {
      file_.problems.push_back(absl::StrCat(name, ": ", *problem));
    } else {
      AddRepetitions(row, name);
    }
  }

  absl::StatusOr<ResultFile> Finish() && {
    if (file_.series.empty() && file_.failed.empty() && file_.problems.empty()) {
      return absl::InvalidArgumentError(
          aggregates_ > 0 ? "the file has aggregates only; raw samples are expected: run without "
                            "--benchmark_report_aggregates_only"
                          : "the file has no benchmarks");
    }
    for (size_t i = 0; i < file_.series.size(); ++i) {
      for (const auto& [key, values] : counters_[i]) file_.series[i].counters[key] = Median(values);
    }
    return std::move(file_);
  }

  ResultFile& file() { return file_; }

 private:
  // A row's one, or all of its samples.
  void AddRepetitions(const Json& row, const std::string& name) {
    const auto [at, is_new] = index_.emplace(name, file_.series.size());
    if (is_new) {
      file_.series.push_back({.name = name, .label = StringOr(row, "label", "")});
      counters_.emplace_back();
    }
    const double unit = *SecondsPerUnit(StringOr(row, "time_unit", "ns"));
    std::vector<double>& seconds = file_.series[at->second].seconds;
    const auto samples = row.find("samples");
    if (samples == row.end()) {
      seconds.push_back(row["real_time"].get<double>() * unit);
    } else {
      for (const Json& sample : *samples) seconds.push_back(sample.get<double>() * unit);
    }
    for (const auto& [key, value] : row.items()) {
      if (value.is_number() && !IsStandardField(key)) {
        counters_[at->second][key].push_back(value.get<double>());
      }
    }
  }

  ResultFile file_;
  std::map<std::string, size_t> index_;
  std::vector<std::map<std::string, std::vector<double>>> counters_;
  int aggregates_ = 0;
};

}  // namespace

absl::StatusOr<ResultFile> ParseResultFile(absl::string_view json) {
  ATTUNE_ASSIGN_OR_RETURN(const Json root, ParseJson(json));
  if (!root.is_object() || !root.contains("benchmarks") || !root["benchmarks"].is_array()) {
    return absl::InvalidArgumentError(
        "not Google Benchmark's format: an object with a list \"benchmarks\" is expected");
  }
  Reader reader;
  if (root.contains("context") && root["context"].is_object()) {
    for (const auto& [key, value] : root["context"].items()) {
      reader.file().context[key] = value.is_string() ? value.get<std::string>() : value.dump();
    }
  }
  size_t position = 0;
  for (const Json& row : root["benchmarks"]) reader.Add(row, ++position);
  return std::move(reader).Finish();
}

bool IsGpuTestReport(absl::string_view json) {
  const absl::StatusOr<Json> root = ParseJson(json);
  return root.ok() && root->is_object() && root->contains("command") && root->contains("outcome") &&
         !root->contains("benchmarks");
}

}  // namespace attune
