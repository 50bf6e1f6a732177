#include "autotune/replay/record.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <numeric>
#include <utility>

#include "absl/strings/str_cat.h"
#include "autotune/search/features.h"
#include "autotune/space/stored_configuration.h"
#include "base/status_macros.h"
#include "numerics/statistics.h"

namespace attune {
namespace {

double SampledSeconds(const Trial& trial) {
  return 1e-9 * std::accumulate(trial.nanoseconds().begin(), trial.nanoseconds().end(), 0.0);
}

double TrialSeconds(const std::vector<Trial>& trials) {
  // What lies longer between two trials than any trial takes was no search.
  constexpr double kLongestTrial = 60;
  std::vector<double> seconds;
  for (size_t i = 1; i < trials.size(); ++i) {
    if (trials[i].outcome() != Trial::OK) continue;
    const auto micros = trials[i].unix_microseconds() - trials[i - 1].unix_microseconds();
    const double gap = 1e-6 * static_cast<double>(micros);
    if (gap >= 0 && gap <= kLongestTrial) seconds.push_back(gap - SampledSeconds(trials[i]));
  }
  return seconds.empty() ? 0 : std::max(0.0, Quantile(seconds, 0.1));
}

RecordedCandidate CandidateOf(const Configuration& configuration, const Trial& trial,
                              std::vector<double> features) {
  RecordedCandidate candidate;
  candidate.configuration = configuration;
  candidate.features = std::move(features);
  candidate.outcome = trial.outcome();
  candidate.prepare_seconds = trial.prepare_seconds();
  if (trial.outcome() != Trial::OK || trial.nanoseconds().empty()) return candidate;
  const double drift = trial.drift() > 0 ? trial.drift() : 1;
  candidate.nanoseconds = Median(trial.nanoseconds()) / drift;
  candidate.sample_count = trial.nanoseconds_size();
  const int samples = std::min(trial.nanoseconds_size(), kRecordedSamples);
  for (int i = 0; i < samples; ++i) candidate.samples.push_back(trial.nanoseconds(i) / drift);
  return candidate;
}

}  // namespace

absl::StatusOr<RecordedSearch> RecordSearch(const TrialLog& log, ParameterSpace::Model model) {
  std::map<Configuration, const Trial*> best;
  for (const Trial& trial : log.trials) {
    const Trial*& kept = best[FromProto(trial.configuration())];
    if (kept == nullptr || trial.nanoseconds_size() >= kept->nanoseconds_size()) kept = &trial;
  }
  const auto succeeded = [](const auto& each) { return each.second->outcome() == Trial::OK; };
  if (std::none_of(best.begin(), best.end(), succeeded)) {
    return absl::InvalidArgumentError("the log holds no trial that succeeded");
  }
  if (static_cast<int64_t>(best.size()) < log.header.admitted()) {
    return absl::InvalidArgumentError(
        absl::StrCat("the log holds trials of ", best.size(), " of the ", log.header.admitted(),
                     " admitted configurations; tune with --strategy=exhaustive and enough time"));
  }
  std::vector<Configuration> configurations;
  for (const auto& [configuration, trial] : best) configurations.push_back(configuration);
  ATTUNE_ASSIGN_OR_RETURN(Features features, FeaturesOf(configurations, model));

  RecordedSearch search;
  search.key = log.header.key();
  search.feature_names = std::move(features.names);
  search.trial_seconds = TrialSeconds(log.trials);
  const auto first = best.find(FromProto(log.trials.front().configuration()));
  search.default_candidate = std::distance(best.begin(), first);
  for (size_t i = 0; i < configurations.size(); ++i) {
    search.candidates.push_back(
        CandidateOf(configurations[i], *best.at(configurations[i]), std::move(features.rows[i])));
  }
  return search;
}

}  // namespace attune
