#include "benchmarks/report/dashboard_data.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/str_cat.h"
#include "benchmarks/report/benchmark_name.h"
#include "benchmarks/report/history.h"
#include "numerics/statistics.h"

namespace attune {
namespace {

using Json = nlohmann::json;

constexpr double kConfidence = 0.95;

// Six significant digits: more than any clock has, and a third of the page.
Json Number(double value) {
  if (!std::isfinite(value)) return Json();
  if (value == 0) return 0;
  const double scale = std::pow(10.0, 5 - std::floor(std::log10(std::abs(value))));
  return std::round(value * scale) / scale;
}

Json Number(const std::optional<double>& value) { return value ? Number(*value) : Json(); }

std::string ContextOf(const ResultFile& file, const std::string& key) {
  const auto found = file.context.find(key);
  return found == file.context.end() ? "" : found->second;
}

// The model of a device that a context describes as DeviceInfo::ToString() does; else the text.
std::string ModelOf(const std::string& device) {
  const size_t colon = device.find(": ");
  const size_t parenthesis = device.find(" (");
  if (colon == std::string::npos || parenthesis == std::string::npos || parenthesis < colon) {
    return device;
  }
  return device.substr(colon + 2, parenthesis - colon - 2);
}

// The folder of machine/program/file, as benchmarks/results has them. Where another folder was
// given, what the file says of its device, its processor or its host: benchmarks of the CPU name it
// as either of the first two.
std::string MachineOf(const NamedResultFile& named) {
  if (std::count(named.path.begin(), named.path.end(), '/') == 2) {
    return named.path.substr(0, named.path.find('/'));
  }
  for (const char* key : {"device", "cpu"}) {
    const std::string device = ContextOf(named.file, key);
    if (!device.empty()) return ModelOf(device);
  }
  return ContextOf(named.file, "host_name");
}

// Texts, each once.
class Strings {
 public:
  size_t Index(const std::string& text) {
    const auto [at, is_new] = index_.emplace(text, texts_.size());
    if (is_new) texts_.push_back(text);
    return at->second;
  }
  const std::vector<std::string>& texts() const { return texts_; }

 private:
  std::map<std::string, size_t> index_;
  std::vector<std::string> texts_;
};

struct RowKey {
  std::string machine;
  std::string name;
  friend auto operator<=>(const RowKey&, const RowKey&) = default;
};

// A row of the page's table: a benchmark of a file.
struct Row {
  size_t file = 0;
  const Series* series = nullptr;
};

std::vector<Row> Rows(const ResultFolder& folder) {
  std::vector<Row> rows;
  for (size_t i = 0; i < folder.files.size(); ++i) {
    for (const Series& series : folder.files[i].file.series) rows.push_back({i, &series});
  }
  return rows;
}

std::optional<double> Counter(const Series& series, const std::string& name) {
  const auto found = series.counters.find(name);
  return found == series.counters.end() ? std::nullopt : std::optional(found->second);
}

// Small numbers for keys, in the order in which they come.
class Numbering {
 public:
  int64_t Of(const std::vector<std::string>& key) {
    return numbers_.emplace(key, static_cast<int64_t>(numbers_.size())).first->second;
  }

 private:
  std::map<std::vector<std::string>, int64_t> numbers_;
};

Json MeasuredColumns(const std::vector<Row>& rows) {
  Json columns = Json::object();
  for (const Row& row : rows) {
    const std::optional<Interval> interval = MedianInterval(row.series->seconds, kConfidence);
    columns["file"].push_back(row.file);
    columns["median"].push_back(Number(Median(row.series->seconds)));
    columns["low"].push_back(interval ? Number(interval->lower) : Json());
    columns["high"].push_back(interval ? Number(interval->upper) : Json());
    columns["tflops"].push_back(Number(Counter(*row.series, "TFLOP/s")));
    columns["gbs"].push_back(Number(Counter(*row.series, "GB/s")));
    columns["peak_mib"].push_back(Number(Counter(*row.series, "peak_MiB")));
    columns["of_ceiling"].push_back(Number(Counter(*row.series, "of_ceiling")));
    Json samples = Json::array();
    for (const double seconds : row.series->seconds) samples.push_back(Number(seconds));
    columns["samples"].push_back(std::move(samples));
  }
  return columns;
}

void AddNameColumns(const std::vector<Row>& rows, const std::vector<BenchmarkName>& names,
                    Strings& strings, Json& columns) {
  for (size_t i = 0; i < rows.size(); ++i) {
    const auto text = [&](const char* column, const std::string& value) {
      columns[column].push_back(strings.Index(value));
    };
    text("name", rows[i].series->name);
    text("label", rows[i].series->label);
    text("operation", names[i].operation);
    text("dtype", names[i].dtype);
    text("rival", names[i].rival);
    text("variant", names[i].variant);
  }
}

// Which problem each row computes, and which kind of problem that is: -1 where the name says none.
void AddProblems(const ResultFolder& folder, const std::vector<Row>& rows,
                 const std::vector<BenchmarkName>& names, Json& columns) {
  Numbering problems;
  Numbering kinds;
  for (size_t i = 0; i < rows.size(); ++i) {
    const BenchmarkName& name = names[i];
    std::vector<std::string> kind = {MachineOf(folder.files[rows[i].file]), name.operation,
                                     name.dtype};
    std::vector<std::string> problem = kind;
    for (const NameField& field : name.fields) {
      for (auto* key : {&kind, &problem}) {
        if (field.is_size && key == &kind) continue;
        key->push_back(field.name);
        key->push_back(field.value);
      }
    }
    columns["kind"].push_back(name.is_problem() ? kinds.Of(kind) : -1);
    columns["problem"].push_back(name.is_problem() ? problems.Of(problem) : -1);
  }
}

// {"fields": {name: column}, "operations": {operation: {"fields", "sizes"}}}, fields in the order
// of names.
void AddFields(const std::vector<BenchmarkName>& names, Strings& strings, Json& root) {
  const size_t nothing = strings.Index("");
  Json& columns = root["fields"] = Json::object();
  Json& operations = root["operations"] = Json::object();
  const auto add = [](Json& list, const std::string& value) {
    if (std::find(list.begin(), list.end(), value) == list.end()) list.push_back(value);
  };
  for (size_t i = 0; i < names.size(); ++i) {
    if (!names[i].is_problem()) continue;
    Json& operation = operations[names[i].operation];
    if (operation.is_null()) operation = {{"fields", Json::array()}, {"sizes", Json::array()}};
    for (const NameField& field : names[i].fields) {
      add(operation["fields"], field.name);
      if (field.is_size) add(operation["sizes"], field.name);
      Json& column = columns[field.name];
      if (column.is_null()) column = std::vector<size_t>(names.size(), nothing);
      column[i] = strings.Index(field.value);
    }
  }
}

void AddRows(const ResultFolder& folder, const std::vector<Row>& rows, Json& root) {
  std::vector<BenchmarkName> names;
  for (const Row& row : rows) names.push_back(ParseBenchmarkName(row.series->name));
  Strings strings;
  Json columns = MeasuredColumns(rows);
  AddNameColumns(rows, names, strings, columns);
  AddProblems(folder, rows, names, columns);
  AddFields(names, strings, root);
  root["columns"] = std::move(columns);
  root["rows"] = rows.size();
  root["strings"] = strings.texts();
}

Json Files(const ResultFolder& folder) {
  Json files = Json::array();
  for (const NamedResultFile& named : folder.files) {
    Json failed = Json::array();
    for (const FailedBenchmark& f : named.file.failed) {
      failed.push_back({{"name", f.name}, {"message", f.message}});
    }
    files.push_back({{"path", named.path},
                     {"machine", MachineOf(named)},
                     {"date", ContextOf(named.file, "date")},
                     {"commit", ContextOf(named.file, "commit")},
                     {"context", named.file.context},
                     {"benchmarks", named.file.series.size()},
                     {"problems", named.file.problems},
                     {"failed", std::move(failed)}});
  }
  return files;
}

Json VerdictJson(const SpeedComparison& comparison) {
  return {static_cast<int>(comparison.verdict), Number(comparison.ratio.estimate),
          std::isinf(comparison.ratio.interval.upper) ? Json()
                                                      : Number(comparison.ratio.interval.lower),
          Number(comparison.ratio.interval.upper)};
}

// Benchmarks that more than one file of a machine has.
Json Histories(const DashboardInput& input, const std::vector<Row>& rows) {
  std::map<RowKey, std::vector<size_t>> series;
  for (size_t i = 0; i < rows.size(); ++i) {
    series[{MachineOf(input.results.files[rows[i].file]), rows[i].series->name}].push_back(i);
  }
  Json histories = Json::array();
  for (const auto& [key, indices] : series) {
    if (indices.size() < 2) continue;
    std::vector<std::vector<double>> runs;
    for (const size_t i : indices) runs.push_back(rows[i].series->seconds);
    Json changes = Json::array();
    for (const ChangePoint& change : FindChangePoints(runs, input.verdict)) {
      changes.push_back({{"run", change.run},
                         {"verdict", VerdictJson(change.comparison)},
                         {"confirmed", change.confirmed}});
    }
    histories.push_back({{"machine", key.machine},
                         {"name", key.name},
                         {"rows", indices},
                         {"changes", std::move(changes)}});
  }
  return histories;
}

// Rows of each file by name.
std::vector<std::map<std::string, size_t>> RowsByName(size_t files, const std::vector<Row>& rows) {
  std::vector<std::map<std::string, size_t>> by_name(files);
  for (size_t i = 0; i < rows.size(); ++i) by_name[rows[i].file][rows[i].series->name] = i;
  return by_name;
}

struct Comparisons {
  Json pairs = Json::array();
  size_t left_out = 0;
};

Comparisons CompareFiles(const DashboardInput& input, const std::vector<Row>& rows) {
  Comparisons result;
  const auto by_name = RowsByName(input.results.files.size(), rows);
  size_t verdicts = 0;
  // Neighbours in time first.
  for (size_t gap = 1; gap < by_name.size(); ++gap) {
    for (size_t a = 0; a + gap < by_name.size(); ++a) {
      const size_t b = a + gap;
      Json compared = Json::array();
      for (const auto& [name, new_row] : by_name[b]) {
        const auto old_row = by_name[a].find(name);
        if (old_row == by_name[a].end()) continue;
        if (verdicts >= input.most_verdicts) {
          ++result.left_out;
          break;
        }
        ++verdicts;
        const SpeedComparison comparison = CompareSpeed(
            rows[new_row].series->seconds, rows[old_row->second].series->seconds, input.verdict);
        Json entry = {old_row->second, new_row};
        for (Json& value : VerdictJson(comparison)) entry.push_back(std::move(value));
        compared.push_back(std::move(entry));
      }
      if (!compared.empty()) {
        result.pairs.push_back({{"a", a}, {"b", b}, {"rows", std::move(compared)}});
      }
    }
  }
  return result;
}

Json TuningJson(const NamedTuningRun& named) {
  const TuningRun& run = named.run;
  Json trials = Json::array();
  for (const TunedTrial& trial : run.trials) {
    Json values = Json::array();
    for (const std::optional<int64_t>& value : trial.values) {
      values.push_back(value ? Json(*value) : Json());
    }
    trials.push_back({{"values", std::move(values)},
                      {"outcome", trial.outcome},
                      {"message", trial.message},
                      {"median", Number(trial.median)},
                      {"low", trial.interval ? Number(trial.interval->lower) : Json()},
                      {"high", trial.interval ? Number(trial.interval->upper) : Json()},
                      {"samples", trial.samples},
                      {"tied", trial.tied}});
  }
  Json constraints = Json::array();
  for (const TunedConstraint& constraint : run.constraints) {
    constraints.push_back({{"name", constraint.name},
                           {"expression", constraint.expression},
                           {"removed", constraint.removed ? Json(*constraint.removed) : Json()}});
  }
  return {{"path", named.path},
          {"family", run.family},
          {"device", run.device},
          {"workload", run.workload},
          {"parameters", run.parameters},
          {"space_size", run.space_size ? Json(*run.space_size) : Json()},
          {"admitted", run.admitted ? Json(*run.admitted) : Json()},
          {"constraints", std::move(constraints)},
          {"space_problem", run.space_problem},
          {"trials", std::move(trials)}};
}

}  // namespace

std::string DashboardJson(const DashboardInput& input) {
  const std::vector<Row> rows = Rows(input.results);
  Json root;
  AddRows(input.results, rows, root);
  root["files"] = Files(input.results);
  root["skipped"] = Json::array();
  for (const SkippedFile& skipped : input.results.skipped) {
    root["skipped"].push_back({{"path", skipped.path}, {"reason", skipped.reason}});
  }
  root["histories"] = Histories(input, rows);
  Comparisons comparisons = CompareFiles(input, rows);
  root["comparisons"] = std::move(comparisons.pairs);
  root["comparisons_left_out"] = comparisons.left_out;
  root["tuning"] = Json::array();
  for (const NamedTuningRun& run : input.tuning) root["tuning"].push_back(TuningJson(run));
  root["verdict"] = {{"confidence", input.verdict.confidence}, {"bound", input.verdict.bound}};
  return root.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace attune
