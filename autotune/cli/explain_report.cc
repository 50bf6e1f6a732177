#include "autotune/cli/explain_report.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "autotune/cache/cache_entry.h"
#include "autotune/cli/output/report.h"
#include "autotune/space/stored_configuration.h"
#include "autotune/workload/stored_workload.h"
#include "base/text_table.h"

namespace attune {
namespace {

using Cells = std::vector<std::vector<std::string>>;

// Below it, most of what the trees saw was noise to them.
constexpr double kTrustedExplained = 0.5;

std::string Percent(double share) { return absl::StrFormat("%.1f %%", 100 * share); }

std::string FirstLine(const std::string& text) {
  return std::vector<std::string>(absl::StrSplit(text, absl::MaxSplits('\n', 1))).front();
}

std::string FormatRemoved(const Explanation& explanation) {
  if (explanation.space_size == 0) {
    return "not recorded in the trial log: tune again to see it\n";
  }
  Cells cells;
  for (const Explanation::Removal& removal : explanation.removed) {
    cells.push_back(
        {removal.constraint, absl::StrCat(removal.count),
         Percent(static_cast<double>(removal.count) / static_cast<double>(explanation.space_size)),
         removal.doc});
  }
  return absl::StrCat(
      "of ", explanation.space_size, " combinations ", explanation.admitted, " are admitted\n",
      cells.empty()
          ? ""
          : FormatTable(
                {{"constraint"}, {"removed", Align::kRight}, {"share", Align::kRight}, {"because"}},
                cells));
}

std::string FormatFailures(const Explanation& explanation) {
  std::string text = absl::StrCat(explanation.tried, " tried, ", explanation.ran, " ran, ",
                                  explanation.tried - explanation.ran, " failed\n");
  for (const FailureGroup& group : explanation.failures) {
    absl::StrAppend(&text, "  ", group.count, " x ", Trial::Outcome_Name(group.outcome), ": ",
                    FirstLine(group.message), "\n    for example ", group.configuration.ToString(),
                    "\n");
  }
  return text;
}

// The parameters that differ between `trials`, and the text of the others.
struct Columns {
  std::vector<std::string> parameters;
  std::string common;
  std::vector<std::string> resources;
};

Columns ColumnsOf(const std::vector<RankedTrial>& trials) {
  Columns columns;
  std::vector<std::string> common;
  for (const auto& [name, value] : trials.front().configuration.entries()) {
    const bool same =
        std::all_of(trials.begin(), trials.end(), [&name = name, value = value](const auto& trial) {
          return trial.configuration.Get(name) == value;
        });
    if (same) {
      common.push_back(absl::StrCat(name, "=", value));
    } else {
      columns.parameters.push_back(name);
    }
  }
  columns.common = absl::StrJoin(common, ",");
  std::set<std::string> resources;
  for (const RankedTrial& trial : trials) {
    for (const auto& [name, amount] : trial.resources) resources.insert(name);
  }
  columns.resources.assign(resources.begin(), resources.end());
  return columns;
}

std::string MarksOf(const RankedTrial& trial) {
  std::vector<std::string> marks;
  if (trial.is_winner) marks.push_back("winner");
  if (trial.is_tied && !trial.is_winner) marks.push_back("tied");
  if (trial.is_default) marks.push_back("default");
  return absl::StrJoin(marks, ", ");
}

std::string FormatBest(const Explanation& explanation) {
  if (explanation.best.empty()) return "nothing ran\n";
  const Columns names = ColumnsOf(explanation.best);
  std::vector<Column> columns = {
      {"", Align::kRight}, {"time", Align::kRight}, {"95 % interval"}, {"slower", Align::kRight}};
  for (const std::string& name : names.resources) columns.push_back({name, Align::kRight});
  for (const std::string& name : names.parameters) columns.push_back({name, Align::kRight});
  columns.push_back({"is"});
  Cells cells;
  for (const RankedTrial& trial : explanation.best) {
    std::vector<std::string>& row = cells.emplace_back();
    row = {absl::StrCat(cells.size()), FormatTime(trial.nanoseconds),
           trial.interval.has_value() ? absl::StrCat(FormatTime(trial.interval->lower), " to ",
                                                     FormatTime(trial.interval->upper))
                                      : absl::StrCat("of ", trial.samples, " samples: none"),
           Percent(trial.nanoseconds / explanation.best.front().nanoseconds - 1)};
    for (const std::string& name : names.resources) {
      const auto amount = trial.resources.find(name);
      row.push_back(amount == trial.resources.end() ? "" : absl::StrCat(amount->second));
    }
    for (const std::string& name : names.parameters) {
      row.push_back(absl::StrCat(trial.configuration.Get(name)));
    }
    row.push_back(MarksOf(trial));
  }
  return absl::StrCat(FormatTable(columns, cells),
                      names.common.empty() ? "" : absl::StrCat("all: ", names.common, "\n"));
}

std::string FormatValues(const std::vector<ValueEffect>& values) {
  std::vector<std::string> texts;
  for (const ValueEffect& effect : values) {
    texts.push_back(absl::StrFormat("%d: +%.1f %%", effect.value, 100 * (effect.slowdown - 1)));
  }
  return absl::StrJoin(texts, ", ");
}

std::string FormatImportance(const Explanation& explanation) {
  const ParameterImportance& importance = explanation.importance;
  if (importance.shares.empty()) {
    return absl::StrCat("nothing can be said of ", explanation.ran, " times: fewer than ",
                        kMinTrialsForImportance, ", or all equal\n");
  }
  Cells cells;
  for (const ParameterShare& share : importance.shares) {
    cells.push_back({share.name, Percent(share.total), Percent(share.alone),
                     FormatValues(explanation.values.at(share.name))});
  }
  std::string text = absl::StrFormat(
      "share of the variance of log(time), by functional analysis of variance of regression trees\n"
      "that explain %.0f %% of it in trials that they have not seen\n",
      100 * std::max(0.0, importance.explained));
  if (importance.explained < kTrustedExplained) {
    absl::StrAppend(&text, "which is little: noise, or too few trials; the shares say no more\n");
  }
  absl::StrAppend(&text, FormatTable({{"parameter"},
                                      {"with others", Align::kRight},
                                      {"alone", Align::kRight},
                                      {"the best with each value, over the best of all"}},
                                     cells));
  if (!importance.constant.empty()) {
    absl::StrAppend(&text, "never varied: ", absl::StrJoin(importance.constant, ", "), "\n");
  }
  return text;
}

std::string FormatFinal(const CacheEntry& entry) {
  Cells cells;
  for (const FinalistProto& finalist : entry.finalist()) {
    const Configuration configuration = FromProto(finalist.configuration());
    std::vector<std::string> uses;
    for (const auto& [name, amount] :
         std::map<std::string, int64_t>(finalist.resources().begin(), finalist.resources().end())) {
      uses.push_back(absl::StrCat(name, " ", amount));
    }
    const auto is_tied = [&](const ConfigurationProto& tied) {
      return FromProto(tied) == configuration;
    };
    RankedTrial marks;
    marks.is_winner = configuration == FromProto(entry.configuration());
    marks.is_default = configuration == FromProto(entry.default_configuration());
    marks.is_tied = std::any_of(entry.tied().begin(), entry.tied().end(), is_tied);
    cells.push_back(
        {FormatTime(Median(finalist.nanoseconds())),
         finalist.is_fastest() ? "fastest" : absl::StrFormat("%.2g", finalist.p_value()),
         MarksOf(marks), absl::StrJoin(uses, ", "), configuration.ToString()});
  }
  return FormatTable({{"time", Align::kRight}, {"p"}, {"is"}, {"uses"}, {"configuration"}}, cells);
}

std::string FormatReason(const Explanation& explanation) {
  if (!explanation.entry.has_value()) {
    return "the cache has no entry for it: the tune did not end, or it was removed\n";
  }
  const CacheEntry& entry = *explanation.entry;
  std::string text = absl::StrCat(FromProto(entry.configuration()).ToString(), "\n",
                                  explanation.reason->text, ".\n");
  if (entry.has_runner_up_margin()) {
    const double margin = entry.runner_up_margin();
    absl::StrAppendFormat(&text, "The best of the others takes %.2f %% %s time.\n",
                          100 * std::abs(margin), margin < 0 ? "less" : "more");
  }
  if (!entry.finalist().empty()) absl::StrAppend(&text, FormatFinal(entry));
  return text;
}

std::string Seconds(double seconds) { return absl::StrFormat("%.2f s", seconds); }

std::string FormatTimeSpent(const TimeSpent& spent) {
  Cells cells;
  for (const DeviceSeconds& device : spent.devices) {
    cells.push_back({device.device, absl::StrCat(device.trials), Seconds(device.waiting),
                     Seconds(device.verifying), Seconds(device.sampling), Seconds(device.reference),
                     Seconds(device.other), Seconds(device.idle)});
  }
  return absl::StrFormat(
      "%.2f s in all: opening %.2f s, search %.2f s, final %.2f s; compilations, side by side, add "
      "up to %.1f s\n%s",
      spent.open + spent.search + spent.final, spent.open, spent.search, spent.final,
      spent.compiling,
      FormatTable({{"search on"},
                   {"trials", Align::kRight},
                   {"compilers", Align::kRight},
                   {"verifying", Align::kRight},
                   {"sampling", Align::kRight},
                   {"reference", Align::kRight},
                   {"loading etc.", Align::kRight},
                   {"idle", Align::kRight}},
                  cells));
}

Json TimeSpentJson(const TimeSpent& spent) {
  Json devices = Json::array();
  for (const DeviceSeconds& device : spent.devices) {
    devices.push_back({{"device", device.device},
                       {"trials", device.trials},
                       {"waiting", device.waiting},
                       {"verifying", device.verifying},
                       {"sampling", device.sampling},
                       {"reference", device.reference},
                       {"other", device.other},
                       {"idle", device.idle}});
  }
  return {{"open", spent.open},
          {"search", spent.search},
          {"final", spent.final},
          {"compiling", spent.compiling},
          {"devices", std::move(devices)}};
}

Json ImportanceJson(const Explanation& explanation) {
  Json json = {{"method", "functional analysis of variance of regression trees on log(time)"},
               {"explained_out_of_bag", explanation.importance.explained},
               {"parameters", Json::array()},
               {"never_varied", ToJson(explanation.importance.constant)}};
  for (const ParameterShare& share : explanation.importance.shares) {
    Json values = Json::array();
    for (const ValueEffect& effect : explanation.values.at(share.name)) {
      values.push_back(
          {{"value", effect.value}, {"trials", effect.trials}, {"slowdown", effect.slowdown}});
    }
    json["parameters"].push_back({{"name", share.name},
                                  {"total", share.total},
                                  {"alone", share.alone},
                                  {"values", std::move(values)}});
  }
  return json;
}

Json RankedJson(const RankedTrial& trial) {
  Json json = {{"configuration", ToJson(ToProto(trial.configuration))},
               {"nanoseconds", trial.nanoseconds},
               {"samples", trial.samples}};
  if (trial.interval.has_value()) {
    json["interval"] = {trial.interval->lower, trial.interval->upper};
  }
  json["resources"] = Json::object();
  for (const auto& [name, amount] : trial.resources) json["resources"][name] = amount;
  json["is_winner"] = trial.is_winner;
  json["is_tied"] = trial.is_tied;
  json["is_default"] = trial.is_default;
  return json;
}

}  // namespace

std::string FormatExplanation(const Explanation& explanation) {
  const CacheKey& key = explanation.key;
  std::string text = absl::StrCat(CacheFileName(key), "\n", key.family(), ", ", key.device_model(),
                                  "\n", FromProto(key.workload()).ToString(), "\n");
  if (explanation.logs.empty()) {
    absl::StrAppend(&text, "\nThere is no trial log of it: what was tried is not known.\n");
  } else {
    absl::StrAppend(&text, "\n== Removed by constraints ==\n", FormatRemoved(explanation),
                    "\n== Tried ==\n", FormatFailures(explanation), "\n== The best ==\n",
                    FormatBest(explanation), "\n== What matters ==\n",
                    FormatImportance(explanation));
  }
  absl::StrAppend(&text, "\n== Why it won ==\n", FormatReason(explanation));
  if (explanation.time_spent.has_value()) {
    absl::StrAppend(&text, "\n== Where the time went ==\n",
                    FormatTimeSpent(*explanation.time_spent));
  }
  return text;
}

Json ToJson(const Explanation& explanation) {
  Json json = {{"name", CacheFileName(explanation.key)}, {"key", ToJson(explanation.key)}};
  json["logs"] = ToJson(explanation.logs);
  if (explanation.space_size > 0) {
    json["space"] = {{"size", explanation.space_size},
                     {"admitted", explanation.admitted},
                     {"removed", Json::array()}};
    for (const Explanation::Removal& removal : explanation.removed) {
      json["space"]["removed"].push_back(
          {{"constraint", removal.constraint}, {"count", removal.count}, {"doc", removal.doc}});
    }
  }
  json["tried"] = explanation.tried;
  json["ran"] = explanation.ran;
  json["failures"] = Json::array();
  for (const FailureGroup& group : explanation.failures) {
    json["failures"].push_back({{"outcome", Trial::Outcome_Name(group.outcome)},
                                {"count", group.count},
                                {"message", group.message},
                                {"configuration", ToJson(ToProto(group.configuration))}});
  }
  json["best"] = Json::array();
  for (const RankedTrial& trial : explanation.best) json["best"].push_back(RankedJson(trial));
  json["importance"] = ImportanceJson(explanation);
  if (explanation.time_spent.has_value()) {
    json["seconds"] = TimeSpentJson(*explanation.time_spent);
  }
  if (explanation.entry.has_value()) {
    json["winner"] = {{"rule", WinningRuleName(explanation.reason->rule)},
                      {"reason", explanation.reason->text},
                      {"entry", ToJson(*explanation.entry)}};
  }
  return json;
}

}  // namespace attune
