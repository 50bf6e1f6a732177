#include "autotune/tuner/trial_search.h"

#include <algorithm>
#include <climits>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "autotune/space/stored_configuration.h"
#include "numerics/statistics.h"
#include "xxhash.h"

namespace attune {
namespace {

uint64_t HashOf(const Configuration& configuration) {
  const std::string text = configuration.ToString();
  return XXH64(text.data(), text.size(), 0);
}

// Which of so many benches each of `configurations` goes to. Who takes what its hash's remainder
// names has a share of its own: of 332 configurations 170, and the other 162.
std::map<Configuration, size_t> Deal(const std::vector<Configuration>& configurations,
                                     size_t benches) {
  std::vector<std::pair<uint64_t, const Configuration*>> order;
  for (const Configuration& each : configurations) order.emplace_back(HashOf(each), &each);
  std::sort(order.begin(), order.end(), [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first < b.first : *a.second < *b.second;
  });
  std::map<Configuration, size_t> dealt;
  for (size_t i = 0; i < order.size(); ++i) dealt[*order[i].second] = i % benches;
  return dealt;
}

Evaluation EvaluationOf(const Trial& trial) {
  if (trial.outcome() != Trial::OK || trial.nanoseconds().empty()) return {};
  return {.nanoseconds = ComparableNanoseconds(trial), .samples = trial.nanoseconds_size()};
}

}  // namespace

double ComparableNanoseconds(const Trial& trial) {
  const double median = Median(trial.nanoseconds());
  return trial.drift() > 0 ? median / trial.drift() : median;
}

TrialSearch::TrialSearch(absl::Span<TrialBench* const> benches, Searcher& searcher,
                         const std::vector<Trial>& earlier, const SearchOptions& options)
    : searcher_(searcher),
      options_(options),
      homes_(Deal(options.admitted, benches.size())),
      benches_(benches.size()),
      queues_(benches.size(), static_cast<size_t>(options.compiling)) {
  TellEarlier(earlier);
  for (TrialBench* const bench : benches) {
    threads_.push_back(std::make_unique<BenchThread>(*bench, queues_, threads_.size(),
                                                     options.default_configuration,
                                                     options.trials_per_reference));
  }
}

void TrialSearch::TellEarlier(const std::vector<Trial>& earlier) {
  trials_ = earlier;
  // Of several trials of one configuration the strategy is told of the last: it may have had more
  // samples, or failed in a final.
  std::map<Configuration, const Trial*> last;
  for (const Trial& trial : earlier) {
    last[FromProto(trial.configuration())] = &trial;
    if (!trial.reference_nanoseconds().empty()) drift_.Factor(trial.reference_nanoseconds());
  }
  for (const Trial& trial : earlier) {
    const Configuration configuration = FromProto(trial.configuration());
    if (known_.insert(configuration).second) {
      searcher_.Tell(configuration, EvaluationOf(*last.at(configuration)));
    }
  }
}

bool TrialSearch::IsCancelled() const {
  return options_.cancelled != nullptr && options_.cancelled->load();
}

bool TrialSearch::OutOfTime() const {
  return !known_.empty() && options_.now() > options_.deadline;
}

void TrialSearch::Run() {
  while (!IsCancelled() && status().ok()) {
    Submit();
    if (asked_.empty()) return;
    // What was compiled ahead is not worth exceeding the time for.
    if (OutOfTime() && !trials_.empty()) break;
    Receive(/*told=*/true);
  }
  queues_.Drop();
  while (!asked_.empty()) Receive(/*told=*/true);
}

void TrialSearch::Submit() {
  Jobs jobs;
  while (static_cast<int>(asked_.size()) < options_.ahead && !OutOfTime() && !IsCancelled() &&
         static_cast<int64_t>(trials_.size() + asked_.size()) < options_.max_trials) {
    const std::optional<Configuration> next = searcher_.Ask();
    if (!next.has_value()) break;
    AddTo(jobs, *next, searcher_.MaxSamples(*next).value_or(INT_MAX));
  }
  queues_.Add(std::move(jobs));
}

size_t TrialSearch::QueueOf(const Configuration& configuration) const {
  const auto home = homes_.find(configuration);
  return home == homes_.end() ? HashOf(configuration) % benches_ : home->second;
}

void TrialSearch::AddTo(Jobs& jobs, const Configuration& configuration, int max_samples) {
  TrialJob job = {.configuration = configuration, .max_samples = max_samples};
  asked_.push_back(job.trial.get_future());
  jobs.emplace_back(QueueOf(configuration), std::move(job));
  known_.insert(configuration);
}

void TrialSearch::TryAlso(const std::vector<Configuration>& configurations) {
  Jobs jobs;
  for (const Configuration& configuration : configurations) {
    if (known_.count(configuration) == 0 && !IsCancelled()) AddTo(jobs, configuration, INT_MAX);
  }
  queues_.Add(std::move(jobs));
  while (!asked_.empty()) Receive(/*told=*/false);
}

void TrialSearch::Receive(bool told) {
  std::future<std::optional<Trial>> oldest = std::move(asked_.front());
  asked_.pop_front();
  std::optional<Trial> trial = oldest.get();
  if (trial.has_value()) Record(*std::move(trial), told);
}

void TrialSearch::Record(Trial trial, bool told) {
  if (!trial.reference_nanoseconds().empty()) {
    trial.set_drift(drift_.Factor(trial.reference_nanoseconds()));
  }
  if (told) searcher_.Tell(FromProto(trial.configuration()), EvaluationOf(trial));
  trials_.push_back(std::move(trial));
  if (!options_.on_trial) return;
  const auto done = static_cast<int64_t>(trials_.size());
  // A strategy may time a configuration more than once.
  const auto admitted = static_cast<int64_t>(options_.admitted.size());
  const int64_t planned = std::min(options_.max_trials, admitted);
  options_.on_trial(trials_.back(), done, std::max(done, planned));
}

}  // namespace attune
