#include "autotune/replay/report.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "autotune/workload/stored_workload.h"
#include "base/text_table.h"

namespace attune {
namespace {

using Json = nlohmann::ordered_json;

// What the table shows of the assessed shares.
constexpr double kShownShares[] = {0.01, 0.05, 0.1, 0.2};

double UntunedFraction(const RecordedSearch& search) {
  const RecordedCandidate& untuned = search.candidates[search.default_candidate];
  return untuned.outcome == Trial::OK ? OptimumNanoseconds(search) / untuned.nanoseconds : 0;
}

std::string FormatEvaluations(const std::optional<double>& evaluations, size_t candidates) {
  if (!evaluations.has_value()) return "-";
  return absl::StrFormat("%.0f (%.1f %%)", *evaluations,
                         100 * *evaluations / static_cast<double>(candidates));
}

std::string FormatSeconds(const std::optional<double>& seconds) {
  return seconds.has_value() ? absl::StrFormat("%.3g", *seconds) : "-";
}

std::vector<std::string> RowOf(const Assessment& assessment, size_t candidates) {
  std::vector<std::string> row = {assessment.strategy};
  for (const double share : kShownShares) {
    const auto& shares = AssessedShares();
    const size_t i = std::find(shares.begin(), shares.end(), share) - shares.begin();
    const auto& curve = assessment.by_evaluations;
    row.push_back(i < curve.size() ? absl::StrFormat("%.4f", curve[i].fraction.median) : "-");
  }
  for (const Reached& reached : assessment.reached) {
    row.push_back(FormatEvaluations(reached.evaluations, candidates));
  }
  for (const Reached& reached : assessment.reached) row.push_back(FormatSeconds(reached.seconds));
  return row;
}

Json Number(const std::optional<double>& number) {
  return number.has_value() ? Json(*number) : Json(nullptr);
}

Json Curve(const std::vector<CurvePoint>& points, const char* unit) {
  Json curve = Json::array();
  for (const CurvePoint& point : points) {
    curve.push_back({{unit, point.at},
                     {"lower", point.fraction.lower},
                     {"median", point.fraction.median},
                     {"upper", point.fraction.upper}});
  }
  return curve;
}

Json AssessmentJson(const Assessment& assessment) {
  Json reached = Json::array();
  for (const Reached& each : assessment.reached) {
    reached.push_back({{"fraction", each.fraction},
                       {"evaluations", Number(each.evaluations)},
                       {"evaluations_upper", Number(each.evaluations_upper)},
                       {"seconds", Number(each.seconds)},
                       {"seconds_upper", Number(each.seconds_upper)}});
  }
  return {{"strategy", assessment.strategy},
          {"fraction_by_evaluations", Curve(assessment.by_evaluations, "evaluations")},
          {"fraction_by_seconds", Curve(assessment.by_seconds, "seconds")},
          {"reached", std::move(reached)}};
}

}  // namespace

std::string FormatReplay(const ReplayResult& result) {
  const RecordedSearch& search = result.search;
  std::string text = absl::StrFormat(
      "%s: %s on %s\n%s\n%d candidates; the fastest takes %.4g us; untuned runs at %.4f of it\n",
      result.name, search.key.family(), search.key.device_model(),
      FromProto(search.key.workload()).ToString(), search.candidates.size(),
      OptimumNanoseconds(search) / 1000, UntunedFraction(search));
  std::vector<Column> columns = {{"strategy"}};
  for (const double share : kShownShares) {
    columns.push_back({absl::StrFormat("at %.0f %%", 100 * share), Align::kRight});
  }
  for (const char* title : {"evaluations to 95 %", "to 99 %", "seconds to 95 %", "to 99 %"}) {
    columns.push_back({title, Align::kRight});
  }
  std::vector<std::vector<std::string>> rows;
  for (const Assessment& assessment : result.assessments) {
    rows.push_back(RowOf(assessment, search.candidates.size()));
  }
  return absl::StrCat(text, FormatTable(columns, rows));
}

std::string ReplayJson(const std::vector<ReplayResult>& results, const AssessmentOptions& options) {
  Json searches = Json::array();
  for (const ReplayResult& result : results) {
    Json strategies = Json::array();
    for (const Assessment& each : result.assessments) strategies.push_back(AssessmentJson(each));
    searches.push_back({{"name", result.name},
                        {"family", result.search.key.family()},
                        {"device", result.search.key.device_model()},
                        {"workload", FromProto(result.search.key.workload()).ToString()},
                        {"candidates", result.search.candidates.size()},
                        {"optimum_nanoseconds", OptimumNanoseconds(result.search)},
                        {"untuned_fraction", UntunedFraction(result.search)},
                        {"strategies", std::move(strategies)}});
  }
  const Json json = {{"seeds", options.seeds},
                     {"compilers", options.compilers},
                     {"max_share", options.max_share},
                     {"cold", options.cold},
                     {"searches", std::move(searches)}};
  return json.dump(2) + "\n";
}

}  // namespace attune
