#include "benchmarks/report/tuning_run.h"

#include <algorithm>
#include <map>

#include "absl/strings/str_cat.h"
#include "autotune/space/parameter_space.h"
#include "autotune/workload/stored_workload.h"
#include "autotune/workload/workload.h"

namespace attune {
namespace {

constexpr double kConfidence = 0.95;

// How many combinations the constraint called `name` took away.
std::optional<int64_t> RemovedBy(const TrialLogHeader& header, const std::string& name) {
  for (const ConstraintCount& count : header.constraint()) {
    if (count.name() == name) return count.removed();
  }
  return std::nullopt;
}

void AddSpace(const TrialLogHeader& header, TuningRun& run) {
  if (header.space_size() > 0) run.admitted = header.admitted();
  if (header.space().empty()) return;
  const absl::StatusOr<ParameterSpace> space = ParameterSpace::Parse(header.space(), "trial log");
  if (!space.ok()) {
    // Of another version of the tuner, say. The trials are readable all the same.
    run.space_problem = std::string(space.status().message());
    return;
  }
  run.space_size = space->size();
  for (const Constraint& constraint : space->constraints()) {
    run.constraints.push_back(
        {constraint.name, constraint.expression, RemovedBy(header, constraint.name)});
  }
}

void AddParameters(const Trial& trial, TuningRun& run) {
  for (const auto& entry : trial.configuration().entry()) {
    if (std::find(run.parameters.begin(), run.parameters.end(), entry.name()) ==
        run.parameters.end()) {
      run.parameters.push_back(entry.name());
    }
  }
}

TunedTrial Summarise(const Trial& trial, const std::vector<std::string>& parameters) {
  std::map<std::string, int64_t> values;
  for (const auto& entry : trial.configuration().entry()) values[entry.name()] = entry.value();
  TunedTrial result = {.outcome = Trial::Outcome_IsValid(trial.outcome())
                                      ? Trial::Outcome_Name(trial.outcome())
                                      : absl::StrCat("OUTCOME_", trial.outcome()),
                       .message = trial.message()};
  for (const std::string& parameter : parameters) {
    const auto found = values.find(parameter);
    result.values.push_back(found == values.end() ? std::nullopt : std::optional(found->second));
  }
  std::vector<double> seconds;
  for (const double nanoseconds : trial.nanoseconds()) {
    if (nanoseconds > 0) seconds.push_back(nanoseconds * 1e-9);
  }
  result.samples = seconds.size();
  if (trial.outcome() == Trial::OK && !seconds.empty()) {
    result.median = Median(seconds);
    result.interval = MedianInterval(seconds, kConfidence);
  }
  return result;
}

void MarkTies(const TrialLog& log, const VerdictOptions& options, TuningRun& run) {
  std::optional<size_t> fastest;
  for (size_t i = 0; i < run.trials.size(); ++i) {
    if (run.trials[i].median &&
        (!fastest || *run.trials[i].median < *run.trials[*fastest].median)) {
      fastest = i;
    }
  }
  if (!fastest) return;
  const auto samples = [&](size_t i) {
    std::vector<double> positive;
    for (const double time : log.trials[i].nanoseconds()) {
      if (time > 0) positive.push_back(time);
    }
    return positive;
  };
  const std::vector<double> best = samples(*fastest);
  for (size_t i = 0; i < run.trials.size(); ++i) {
    if (!run.trials[i].median) continue;
    run.trials[i].tied =
        i == *fastest || CompareSpeed(samples(i), best, options).verdict != SpeedVerdict::kSlower;
  }
}

}  // namespace

TuningRun SummariseTrialLog(const TrialLog& log, const VerdictOptions& options) {
  const CacheKey& key = log.header.key();
  TuningRun run = {.family = key.family(),
                   .device = absl::StrCat(key.device_model(), " ", key.architecture()),
                   .workload = FromProto(key.workload()).ToString()};
  AddSpace(log.header, run);
  for (const Trial& trial : log.trials) AddParameters(trial, run);
  for (const Trial& trial : log.trials) run.trials.push_back(Summarise(trial, run.parameters));
  MarkTies(log, options, run);
  return run;
}

}  // namespace attune
