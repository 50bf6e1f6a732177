#include "testing/report/validation.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"

namespace attune {
namespace {

using Json = nlohmann::ordered_json;
using Row = std::vector<std::string>;

absl::Status Malformed(absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("no report: ", what));
}

absl::StatusOr<Outcome> ParseOutcome(const Json& name) {
  for (const Outcome outcome :
       {Outcome::kPassed, Outcome::kFailed, Outcome::kBlocked, Outcome::kSkipped}) {
    if (name == std::string(OutcomeName(outcome))) return outcome;
  }
  return Malformed("a case without an outcome");
}

std::string Text(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

absl::Status AddCase(const Json& object, Report& report) {
  if (!object.is_object()) return Malformed("a case that is no object");
  ATTUNE_ASSIGN_OR_RETURN(const Outcome outcome, ParseOutcome(object.value("outcome", Json())));
  const Json seconds = object.value("seconds", Json());
  report.cases.push_back({.program = Text(object, "program"),
                          .name = Text(object, "name"),
                          .outcome = outcome,
                          .seconds = seconds.is_number() ? seconds.get<double>() : 0,
                          .message = Text(object, "message")});
  return absl::OkStatus();
}

absl::StatusOr<Row> ParseRow(const Json& cells) {
  if (!cells.is_array()) return Malformed("a row that is no array");
  Row row;
  for (const Json& cell : cells) {
    if (!cell.is_string()) return Malformed("a cell that is no text");
    row.push_back(cell);
  }
  return row;
}

absl::Status AddTable(const Json& object, Report& report) {
  if (!object.is_object()) return Malformed("a table that is no object");
  ReportTable table;
  table.title = Text(object, "title");
  ATTUNE_ASSIGN_OR_RETURN(table.columns, ParseRow(object.value("columns", Json())));
  for (const Json& cells : object.value("rows", Json::array())) {
    ATTUNE_ASSIGN_OR_RETURN(Row row, ParseRow(cells));
    table.rows.push_back(std::move(row));
  }
  report.tables.push_back(std::move(table));
  return absl::OkStatus();
}

}  // namespace

absl::Status AddReport(absl::string_view json, Report& report) {
  const Json object = Json::parse(json.begin(), json.end(), nullptr, /*allow_exceptions=*/false);
  if (!object.is_object()) return Malformed("no JSON object");
  const Json cases = object.value("cases", Json());
  if (!cases.is_array() || cases.empty()) return Malformed("no cases");
  // Named, as items() refers to it.
  const Json facts = object.value("facts", Json::object());
  for (const auto& [name, value] : facts.items()) {
    if (value.is_string()) report.facts.emplace_back(name, value);
  }
  for (const Json& result : cases) ATTUNE_RETURN_IF_ERROR(AddCase(result, report));
  for (const Json& table : object.value("tables", Json::array())) {
    ATTUNE_RETURN_IF_ERROR(AddTable(table, report));
  }
  return absl::OkStatus();
}

}  // namespace attune
