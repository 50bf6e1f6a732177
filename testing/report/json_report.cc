#include "testing/report/json_report.h"

#include <nlohmann/json.hpp>

namespace attune {
namespace {

// Keeps members in the order they are written in.
using Json = nlohmann::ordered_json;

std::string Name(Outcome outcome) { return std::string(OutcomeName(outcome)); }

Json ToObject(const CaseResult& result) {
  Json object = {{"program", result.program},
                 {"name", result.name},
                 {"outcome", Name(result.outcome)},
                 {"seconds", result.seconds}};
  if (!result.message.empty()) object["message"] = result.message;
  return object;
}

Json ToObject(const Measurement& measurement) {
  Json object = {{"program", measurement.program},
                 {"name", measurement.name},
                 {"median_seconds", measurement.median}};
  if (measurement.interval.has_value()) {
    object["median_interval_95"] = {measurement.interval->lower, measurement.interval->upper};
  }
  if (measurement.gflops.has_value()) object["gflops"] = *measurement.gflops;
  for (const auto& [name, value] : measurement.counters) object["counters"][name] = value;
  object["seconds"] = measurement.seconds;
  return object;
}

Json ToObject(const ReportTable& table) {
  return {{"title", table.title}, {"columns", table.columns}, {"rows", table.rows}};
}

template <typename Part>
Json ToArray(const std::vector<Part>& parts) {
  Json array = Json::array();
  for (const Part& part : parts) array.push_back(ToObject(part));
  return array;
}

}  // namespace

std::string ToJson(const Report& report) {
  Json object = {{"command", report.command},       {"target", report.target},
                 {"outcome", Name(report.outcome)}, {"reason", report.reason},
                 {"started", report.started},       {"seconds", report.seconds}};
  object["counts"] = {{"passed", CountCases(report, Outcome::kPassed)},
                      {"failed", CountCases(report, Outcome::kFailed)},
                      {"blocked", CountCases(report, Outcome::kBlocked)},
                      {"skipped", CountCases(report, Outcome::kSkipped)}};
  object["facts"] = Json::object();
  for (const auto& [name, value] : report.facts) object["facts"][name] = value;
  object["notes"] = report.notes;
  object["cases"] = ToArray(report.cases);
  object["measurements"] = ToArray(report.measurements);
  object["tables"] = ToArray(report.tables);
  return object.dump(/*indent=*/2, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace) +
         "\n";
}

}  // namespace attune
