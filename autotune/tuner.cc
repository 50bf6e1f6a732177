#include "autotune/tuner.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "autotune/preparer.h"
#include "autotune/searcher_factory.h"
#include "autotune/statistics.h"
#include "autotune/untuned.h"
#include "base/status_macros.h"

namespace attune {
namespace {

// Of the time a tune may take; the rest is for the final.
constexpr double kSearchShare = 0.75;

bool IsCancelled(const TunerOptions& options) {
  return options.cancelled != nullptr && options.cancelled->load();
}

// The search: proposals in, trials out. Keeps the candidates that may reach the final.
class Search {
 public:
  Search(Experiment& experiment, Sampler& sampler, Searcher& searcher, int64_t planned,
         const TunerOptions& options)
      : preparer_(experiment),
        sampler_(sampler),
        searcher_(searcher),
        planned_(planned),
        options_(options),
        deadline_(absl::Now() + options.max_duration * kSearchShare) {}

  // Runs until the strategy, the budget or the user ends it.
  void Run() {
    while (true) {
      SubmitAhead();
      if (preparer_.outstanding() == 0) return;
      Measure(preparer_.Next());
    }
  }

  std::vector<Trial>& trials() { return trials_; }

  // The candidate behind trials()[i]; null if it failed.
  std::vector<std::unique_ptr<Candidate>>& candidates() { return candidates_; }

 private:
  void SubmitAhead() {
    while (preparer_.outstanding() < options_.prepare_threads && submitted_ < planned_ &&
           !OutOfTime() && !IsCancelled(options_)) {
      const std::optional<Configuration> next = searcher_.Ask();
      if (!next.has_value()) return;
      preparer_.Submit(*next);
      ++submitted_;
    }
  }

  // The first trial, the default's, is always made: there has to be something to keep.
  bool OutOfTime() const { return submitted_ > 0 && absl::Now() > deadline_; }

  void Measure(PreparedCandidate prepared) {
    Trial trial{.configuration = prepared.configuration,
                .prepare_duration = prepared.duration};
    std::unique_ptr<Candidate> candidate;
    if (prepared.candidate.ok()) {
      candidate = *std::move(prepared.candidate);
      trial.resources = candidate->resources();
      RunTrial(*candidate, trial);
    } else {
      trial.outcome = TrialOutcome::kCompileError;
      trial.message = std::string(prepared.candidate.status().message());
    }
    trial.time = absl::Now();
    const bool ok = trial.outcome == TrialOutcome::kOk;
    searcher_.Tell(trial.configuration, {ok ? std::optional(Median(trial.samples)) : std::nullopt});
    trials_.push_back(std::move(trial));
    candidates_.push_back(ok ? std::move(candidate) : nullptr);
    if (options_.on_trial) {
      options_.on_trial(trials_.back(), static_cast<int64_t>(trials_.size()), planned_);
    }
  }

  void RunTrial(Candidate& candidate, Trial& trial) {
    if (const absl::Status verified = candidate.Verify(); !verified.ok()) {
      trial.outcome = TrialOutcome::kWrongResult;
      trial.message = std::string(verified.message());
      return;
    }
    absl::StatusOr<SampleSet> samples = sampler_.Sample(
        [&](Stream& stream) { return candidate.Launch(stream); }, options_.sampling);
    if (!samples.ok()) {
      trial.outcome = TrialOutcome::kLaunchError;
      trial.message = std::string(samples.status().message());
      return;
    }
    trial.samples = std::move(samples->nanoseconds);
  }

  Preparer preparer_;
  Sampler& sampler_;
  Searcher& searcher_;
  const int64_t planned_;
  const TunerOptions& options_;
  const absl::Time deadline_;
  int64_t submitted_ = 0;
  std::vector<Trial> trials_;
  std::vector<std::unique_ptr<Candidate>> candidates_;
};

// Indices of the trials that go to the final: the default's if it ran, then the fastest.
std::vector<size_t> ChooseFinalists(const std::vector<Trial>& trials,
                                    const Configuration& default_configuration,
                                    const TunerOptions& options) {
  std::vector<size_t> ranked;
  for (size_t i = 0; i < trials.size(); ++i) {
    if (trials[i].outcome == TrialOutcome::kOk) ranked.push_back(i);
  }
  const auto median = [&](size_t i) { return Median(trials[i].samples); };
  std::sort(ranked.begin(), ranked.end(),
            [&](size_t a, size_t b) { return median(a) < median(b); });
  std::vector<size_t> finalists;
  for (const size_t i : ranked) {
    if (trials[i].configuration == default_configuration) finalists.push_back(i);
  }
  for (const size_t i : ranked) {
    if (static_cast<int>(finalists.size()) >= options.max_finalists) break;
    if (median(i) > median(ranked.front()) * (1 + options.finalist_margin)) break;
    if (trials[i].configuration != default_configuration) finalists.push_back(i);
  }
  return finalists;
}

absl::Status EveryTrialFailed(const KernelFamily& family, const Workload& workload,
                              const std::vector<Trial>& trials) {
  return absl::InternalError(absl::StrCat(
      "all ", trials.size(), " configurations of ", family.name(), " that were tried failed on ",
      workload.ToString(), "; the first, ", trials.front().configuration.ToString(), ", with ",
      TrialOutcomeName(trials.front().outcome), ": ", trials.front().message));
}

absl::StatusOr<std::vector<FinalistResult>> RunFinal(Search& search,
                                                     const std::vector<size_t>& finalists,
                                                     Sampler& sampler,
                                                     const TunerOptions& options) {
  std::vector<Sampler::Launch> launches;
  for (const size_t i : finalists) {
    launches.push_back(
        [candidate = search.candidates()[i].get()](Stream& s) { return candidate->Launch(s); });
  }
  SamplerOptions sampling = options.sampling;
  sampling.max_duration = options.max_duration * (1 - kSearchShare);
  ATTUNE_ASSIGN_OR_RETURN(
      const std::vector<SampleSet> samples,
      sampler.SampleInterleaved(launches, options.final_rounds, sampling));
  std::vector<FinalistResult> results;
  for (size_t k = 0; k < finalists.size(); ++k) {
    const Trial& trial = search.trials()[finalists[k]];
    results.push_back({trial.configuration, trial.resources, samples[k].nanoseconds});
  }
  return results;
}

absl::StatusOr<Verdict> JudgeFinal(const TuningResult& result, double significance) {
  std::vector<Finalist> finalists;
  for (const FinalistResult& finalist : result.finalists) {
    finalists.push_back({finalist.rounds, finalist.resources});
  }
  const bool default_ran =
      result.finalists.front().configuration == result.default_configuration;
  return Judge(finalists, default_ran ? std::optional<size_t>(0) : std::nullopt, significance);
}

}  // namespace

absl::StatusOr<Enumeration> EnumerateFor(const KernelFamily& family, const Workload& workload,
                                         const DeviceInfo& device) {
  ATTUNE_RETURN_IF_ERROR(family.Supports(workload, device));
  ATTUNE_ASSIGN_OR_RETURN(
      Enumeration enumeration,
      family.space().Enumerate([&](const Configuration& configuration) {
        return family.Model(workload, configuration, device);
      }));
  if (enumeration.admitted.empty()) return NothingAdmitted(family.space(), enumeration);
  return enumeration;
}

absl::StatusOr<TuningResult> Tune(const KernelFamily& family, const Workload& workload,
                                  Device& device, const TunerOptions& options) {
  const absl::Time start = absl::Now();
  if (options.max_evaluations < 1 || options.prepare_threads < 1) {
    return absl::InvalidArgumentError("a tune needs at least one evaluation and one thread");
  }
  TuningResult result;
  result.space_size = family.space().size();
  ATTUNE_ASSIGN_OR_RETURN(result.enumeration, EnumerateFor(family, workload, device.info()));
  result.default_configuration = ClosestToDefault(family.space(), result.enumeration.admitted);
  ATTUNE_ASSIGN_OR_RETURN(
      const std::unique_ptr<Searcher> searcher,
      MakeSearcher(options.strategy, {.candidates = result.enumeration.admitted,
                                      .default_configuration = result.default_configuration,
                                      .seed = options.seed}));
  ATTUNE_ASSIGN_OR_RETURN(const std::unique_ptr<Experiment> experiment,
                          family.Open(workload, device, options.seed));
  ATTUNE_ASSIGN_OR_RETURN(Sampler sampler, Sampler::Create(device));

  const int64_t planned = std::min<int64_t>(
      options.max_evaluations, static_cast<int64_t>(result.enumeration.admitted.size()));
  Search search(*experiment, sampler, *searcher, planned, options);
  search.Run();
  result.trials = search.trials();
  if (IsCancelled(options)) return absl::CancelledError("tuning was cancelled");
  const std::vector<size_t> finalists =
      ChooseFinalists(result.trials, result.default_configuration, options);
  if (finalists.empty()) return EveryTrialFailed(family, workload, result.trials);
  ATTUNE_ASSIGN_OR_RETURN(result.finalists, RunFinal(search, finalists, sampler, options));
  ATTUNE_ASSIGN_OR_RETURN(result.verdict, JudgeFinal(result, options.significance));
  result.duration = absl::Now() - start;
  return result;
}

}  // namespace attune
