#include "testing/report/gtest_results.h"

#include <nlohmann/json.hpp>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace attune {
namespace {

using Json = nlohmann::json;

// The string member `key`; empty if there is none.
std::string Text(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

// Array members that are absent are empty.
const Json& List(const Json& object, const char* key) {
  static const auto* const empty = new Json(Json::array());
  const auto found = object.find(key);
  return found != object.end() && found->is_array() ? *found : *empty;
}

// "0.25s".
double Seconds(absl::string_view text) {
  double seconds = 0;
  absl::ConsumeSuffix(&text, "s");
  return absl::SimpleAtod(text, &seconds) ? seconds : 0;
}

// All texts of `key` in the list `name` of a test case.
std::string Joined(const Json& test, const char* name, const char* key) {
  std::string joined;
  for (const Json& entry : List(test, name)) {
    absl::StrAppend(&joined, joined.empty() ? "" : "\n", Text(entry, key));
  }
  return joined;
}

CaseResult ToCase(absl::string_view program, const std::string& suite, const Json& test) {
  CaseResult result;
  result.program = std::string(program);
  result.name = absl::StrCat(suite, ".", Text(test, "name"));
  result.seconds = Seconds(Text(test, "time"));
  const std::string verdict = Text(test, "result");
  if (!List(test, "failures").empty()) {
    result.outcome = Outcome::kFailed;
    result.message = Joined(test, "failures", "failure");
  } else if (verdict == "SKIPPED" || !List(test, "skipped").empty()) {
    result.outcome = Outcome::kSkipped;
    result.message = Joined(test, "skipped", "message");
    if (result.message.empty()) result.message = "the test skipped itself";
  } else if (verdict == "SUPPRESSED" || Text(test, "status") == "NOTRUN") {
    result.outcome = Outcome::kSkipped;
    result.message = "the test is disabled";
  } else if (verdict != "COMPLETED") {
    result.outcome = Outcome::kFailed;
    result.message = absl::StrCat("the test ended as \"", verdict, "\"");
  }
  return result;
}

}  // namespace

absl::StatusOr<std::vector<CaseResult>> ParseGtestJson(absl::string_view program,
                                                       absl::string_view json) {
  const Json report = Json::parse(json.begin(), json.end(), nullptr, /*allow_exceptions=*/false);
  if (!report.is_object()) {
    return absl::InvalidArgumentError(absl::StrCat(program, " wrote no GoogleTest report"));
  }
  std::vector<CaseResult> results;
  for (const Json& suite : List(report, "testsuites")) {
    for (const Json& test : List(suite, "testsuite")) {
      results.push_back(ToCase(program, Text(suite, "name"), test));
    }
  }
  if (results.empty()) {
    return absl::InvalidArgumentError(absl::StrCat(program, " reports no test"));
  }
  return results;
}

}  // namespace attune
