#include "autotune/explain/explanation.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_replace.h"
#include "autotune/space/parameter_space.h"
#include "autotune/space/stored_configuration.h"

namespace attune {
namespace {

// What messages that mean the same have in common.
std::string FormOf(const Trial& trial) {
  const std::string text = absl::StrReplaceAll(
      trial.message(), {{FromProto(trial.configuration()).ToString(), "<configuration>"}});
  std::string form;
  for (const char c : text) {
    const bool is_digit = absl::ascii_isdigit(static_cast<unsigned char>(c));
    if (!is_digit) {
      form.push_back(c);
    } else if (form.empty() || form.back() != '#') {
      form.push_back('#');
    }
  }
  return form;
}

RankedTrial Rank(const Trial& trial, const CacheEntry* entry) {
  RankedTrial ranked;
  ranked.configuration = FromProto(trial.configuration());
  // As the search saw it: without what the device has become slower since it began.
  std::vector<double> samples(trial.nanoseconds().begin(), trial.nanoseconds().end());
  if (trial.drift() > 0) {
    for (double& sample : samples) sample /= trial.drift();
  }
  ranked.nanoseconds = Median(samples);
  ranked.interval = MedianInterval(samples, kExplanationConfidence);
  ranked.samples = trial.nanoseconds_size();
  ranked.resources.insert(trial.resources().begin(), trial.resources().end());
  if (entry == nullptr) return ranked;
  ranked.is_winner = ranked.configuration == FromProto(entry->configuration());
  ranked.is_default = ranked.configuration == FromProto(entry->default_configuration());
  for (const ConfigurationProto& tied : entry->tied()) {
    ranked.is_tied |= ranked.configuration == FromProto(tied);
  }
  return ranked;
}

std::map<std::string, std::vector<ValueEffect>> EffectsOf(
    absl::Span<const TimedConfiguration> timed) {
  std::map<std::string, std::map<int64_t, ValueEffect>> by_value;
  double fastest = 0;
  for (const TimedConfiguration& trial : timed) {
    if (fastest == 0 || trial.nanoseconds < fastest) fastest = trial.nanoseconds;
    for (const auto& [name, value] : trial.configuration.entries()) {
      ValueEffect& effect = by_value[name][value];
      effect.slowdown =
          effect.trials == 0 ? trial.nanoseconds : std::min(effect.slowdown, trial.nanoseconds);
      ++effect.trials;
    }
  }
  std::map<std::string, std::vector<ValueEffect>> effects;
  for (const auto& [name, values] : by_value) {
    for (const auto& [value, effect] : values) {
      effects[name].push_back({value, effect.trials, effect.slowdown / fastest});
    }
  }
  return effects;
}

void AddSpace(const TrialLogHeader& header, Explanation& explanation) {
  explanation.space_size = header.space_size();
  explanation.admitted = header.admitted();
  std::map<std::string, std::string> docs;
  // Without it, what a constraint is for is not said.
  const absl::StatusOr<ParameterSpace> space = ParameterSpace::Parse(header.space(), "log");
  if (space.ok()) {
    for (const Constraint& constraint : space->constraints())
      docs[constraint.name] = constraint.doc;
  }
  for (const ConstraintCount& count : header.constraint()) {
    explanation.removed.push_back({count.name(), count.removed(), docs[count.name()]});
  }
}

void AddTrials(absl::Span<const Trial> trials, const CacheEntry* entry, size_t best,
               Explanation& explanation) {
  explanation.tried = static_cast<int64_t>(trials.size());
  explanation.failures = GroupFailures(trials);
  std::vector<TimedConfiguration> timed;
  for (const Trial& trial : trials) {
    if (trial.outcome() != Trial::OK || trial.nanoseconds().empty()) continue;
    explanation.best.push_back(Rank(trial, entry));
    const RankedTrial& ranked = explanation.best.back();
    if (ranked.nanoseconds > 0) timed.push_back({ranked.configuration, ranked.nanoseconds});
  }
  explanation.ran = static_cast<int64_t>(explanation.best.size());
  explanation.importance = ImportanceOf(timed);
  explanation.values = EffectsOf(timed);
  std::stable_sort(
      explanation.best.begin(), explanation.best.end(),
      [](const RankedTrial& a, const RankedTrial& b) { return a.nanoseconds < b.nanoseconds; });
  if (explanation.best.size() > best) explanation.best.resize(best);
}

}  // namespace

std::vector<FailureGroup> GroupFailures(absl::Span<const Trial> trials) {
  std::map<std::pair<Trial::Outcome, std::string>, size_t> places;
  std::vector<FailureGroup> groups;
  for (const Trial& trial : trials) {
    if (trial.outcome() == Trial::OK) continue;
    const auto [place, is_new] =
        places.emplace(std::pair(trial.outcome(), FormOf(trial)), groups.size());
    if (is_new) {
      groups.push_back({trial.outcome(), 0, FromProto(trial.configuration()), trial.message()});
    }
    ++groups[place->second].count;
  }
  std::stable_sort(groups.begin(), groups.end(),
                   [](const FailureGroup& a, const FailureGroup& b) { return a.count > b.count; });
  return groups;
}

Explanation Explain(const CacheEntry* entry, const TrialHistory* history, size_t best) {
  assert(entry != nullptr || history != nullptr);
  Explanation explanation;
  explanation.key = entry != nullptr ? entry->key() : history->header.key();
  if (entry != nullptr) {
    explanation.entry = *entry;
    explanation.reason = WhyItWon(*entry);
  }
  if (history != nullptr) {
    explanation.logs = history->paths;
    AddSpace(history->header, explanation);
    AddTrials(history->trials, entry, best, explanation);
    explanation.time_spent = TimeSpentIn(*history);
  }
  return explanation;
}

}  // namespace attune
