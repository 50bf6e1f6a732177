#include "autotune/explain/trial_export.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/time/time.h"
#include "autotune/statistics.h"

namespace attune {
namespace {

using Json = nlohmann::ordered_json;

constexpr char kT4Version[] = "1.0.0";
constexpr double kNanosecondsPerMillisecond = 1e6;

const char* InvalidityOf(Trial::Outcome outcome) {
  switch (outcome) {
    case Trial::OK:
      return "correct";
    case Trial::COMPILE_ERROR:
      return "compile";
    case Trial::TIMEOUT:
      return "timeout";
    case Trial::WRONG_RESULT:
      return "correctness";
    default:
      return "runtime";
  }
}

bool HasTime(const Trial& trial) {
  return trial.outcome() == Trial::OK && !trial.nanoseconds().empty();
}

std::map<std::string, int64_t> ResourcesOf(const Trial& trial) {
  return {trial.resources().begin(), trial.resources().end()};
}

Json T4Times(const Trial& trial) {
  Json runtimes = Json::array();
  for (const double sample : trial.nanoseconds()) {
    runtimes.push_back(sample / kNanosecondsPerMillisecond);
  }
  // Logs of before have no turn.
  const double known = trial.wait_seconds() + trial.verify_seconds() + trial.sample_seconds();
  return {{"compilation_time", 1000 * trial.prepare_seconds()},
          {"framework", 1000 * std::max(0.0, trial.turn_seconds() - known)},
          {"search_algorithm", 0},
          {"validation", 1000 * trial.verify_seconds()},
          {"runtimes", std::move(runtimes)}};
}

Json T4Result(const Trial& trial) {
  Json configuration = Json::object();
  for (const ConfigurationProto::Entry& entry : trial.configuration().entry()) {
    configuration[entry.name()] = entry.value();
  }
  Json measurements = Json::array();
  if (HasTime(trial)) {
    measurements.push_back({{"name", "time"},
                            {"value", Median(trial.nanoseconds()) / kNanosecondsPerMillisecond},
                            {"unit", "ms"}});
    for (const auto& [name, amount] : ResourcesOf(trial)) {
      measurements.push_back({{"name", name}, {"value", amount}, {"unit", ""}});
    }
  }
  return {{"timestamp",
           absl::FormatTime("%Y-%m-%dT%H:%M:%E6S+00:00",
                            absl::FromUnixMicros(trial.unix_microseconds()), absl::UTCTimeZone())},
          {"configuration", std::move(configuration)},
          {"times", T4Times(trial)},
          {"invalidity", InvalidityOf(trial.outcome())},
          {"correctness", trial.outcome() == Trial::WRONG_RESULT ? 0 : 1},
          {"measurements", std::move(measurements)},
          {"objectives", Json::array({"time"})}};
}

std::string Quoted(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  return absl::StrCat("\"", absl::StrReplaceAll(text, {{"\"", "\"\""}}), "\"");
}

void AppendLine(const std::vector<std::string>& cells, std::string& text) {
  absl::StrAppend(&text,
                  absl::StrJoin(cells, ",",
                                [](std::string* out, const std::string& cell) {
                                  absl::StrAppend(out, Quoted(cell));
                                }),
                  "\r\n");
}

}  // namespace

std::string FormatT4(const TrialHistory& history) {
  Json results = Json::array();
  for (const Trial& trial : history.trials) results.push_back(T4Result(trial));
  const Json json = {{"schema_version", kT4Version}, {"results", std::move(results)}};
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string FormatCsv(const TrialHistory& history) {
  std::set<std::string> resources;
  for (const Trial& trial : history.trials) {
    for (const auto& [name, amount] : trial.resources()) resources.insert(name);
  }
  std::vector<std::string> titles = {"outcome", "unix_microseconds", "prepare_seconds",
                                     "nanoseconds", "samples"};
  if (!history.trials.empty()) {
    for (const ConfigurationProto::Entry& entry : history.trials.front().configuration().entry()) {
      titles.push_back(entry.name());
    }
  }
  titles.insert(titles.end(), resources.begin(), resources.end());
  titles.push_back("message");
  std::string text;
  AppendLine(titles, text);
  for (const Trial& trial : history.trials) {
    std::vector<std::string> cells = {
        Trial::Outcome_Name(trial.outcome()), absl::StrCat(trial.unix_microseconds()),
        absl::StrFormat("%.6f", trial.prepare_seconds()),
        HasTime(trial) ? absl::StrFormat("%.1f", Median(trial.nanoseconds())) : "",
        absl::StrCat(trial.nanoseconds_size())};
    for (const ConfigurationProto::Entry& entry : trial.configuration().entry()) {
      cells.push_back(absl::StrCat(entry.value()));
    }
    const std::map<std::string, int64_t> amounts = ResourcesOf(trial);
    for (const std::string& name : resources) {
      const auto amount = amounts.find(name);
      cells.push_back(amount == amounts.end() ? "" : absl::StrCat(amount->second));
    }
    cells.push_back(trial.message());
    AppendLine(cells, text);
  }
  return text;
}

}  // namespace attune
