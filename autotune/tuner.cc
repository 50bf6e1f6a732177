#include "autotune/tuner.h"

#include <algorithm>
#include <climits>
#include <cmath>
#include <cstddef>
#include <memory>
#include <numeric>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "autotune/cache_entry.h"
#include "autotune/earlier_trials.h"
#include "autotune/preparer.h"
#include "autotune/search/features.h"
#include "autotune/search/searcher_factory.h"
#include "autotune/statistics.h"
#include "autotune/untuned.h"
#include "base/status_macros.h"

namespace attune {
namespace {

// Of the time a tune may take; the rest is for the final.
constexpr double kSearchShare = 0.75;
// With 1, portable_forward on 16 cores and an H200 (2026-11) took 63 s for 1404 trials: 28 ms each
// but for those that waited, with idle compilers, for one slow compilation.
constexpr int kAheadPerThread = 4;

bool IsCancelled(const TunerOptions& options) {
  return options.cancelled != nullptr && options.cancelled->load();
}

Trial::Outcome PrepareFailure(const absl::Status& status) {
  if (absl::IsDeadlineExceeded(status)) return Trial::TIMEOUT;
  return absl::IsAborted(status) ? Trial::CRASH : Trial::COMPILE_ERROR;
}

int64_t MaxEvaluations(const TunerOptions& options, int64_t admitted) {
  const double share = std::ceil(options.max_share * static_cast<double>(admitted));
  return std::min(options.max_evaluations, std::max(static_cast<int64_t>(share), kFewEvaluations));
}

// A configuration that ran and gave the right results.
struct Contender {
  Configuration configuration;
  std::unique_ptr<Candidate> candidate;
  double median_nanoseconds = 0;
};

// The search: proposals in, trials out. Keeps the candidates that may reach the final.
class Search {
 public:
  Search(Experiment& experiment, Sampler& sampler, Searcher& searcher, int64_t admitted,
         const Configuration& default_configuration, const TunerOptions& options)
      : preparer_(experiment, options.prepare_threads),
        sampler_(sampler),
        searcher_(searcher),
        limit_(MaxEvaluations(options, admitted)),
        planned_(std::min(limit_, admitted)),
        default_configuration_(default_configuration),
        options_(options),
        deadline_(absl::Now() + options.max_duration * kSearchShare) {}

  // Runs until the strategy, the budget or the user ends it.
  void Run() {
    GoOn();
    while (!IsCancelled(options_)) {
      SubmitAhead();
      if (preparer_.outstanding() == 0) return;
      // What was compiled ahead is not worth exceeding the time for.
      if (OutOfTime() && !trials_.empty()) return;
      Try(preparer_.Next());
    }
  }

  std::vector<Trial>& trials() { return trials_; }
  std::vector<Contender>& contenders() { return contenders_; }

 private:
  // Tells the strategy what an earlier search found, and runs again what the final may need of it.
  void GoOn() {
    const EarlierTrials earlier =
        SortEarlierTrials(options_.earlier_trials, default_configuration_, options_.finalist_margin,
                          options_.max_finalists);
    for (const auto& [configuration, nanoseconds] : earlier.known) {
      searcher_.Tell(configuration, {nanoseconds});
    }
    known_ = static_cast<int64_t>(earlier.known.size());
    for (const Configuration& configuration : earlier.again) {
      preparer_.Submit(configuration);
      ++submitted_;
    }
    while (preparer_.outstanding() > 0 && !IsCancelled(options_)) Try(preparer_.Next());
  }

  void SubmitAhead() {
    while (preparer_.outstanding() < Ahead() && known_ + submitted_ < limit_ && !OutOfTime() &&
           !IsCancelled(options_)) {
      const std::optional<Configuration> next = searcher_.Ask();
      if (!next.has_value()) return;
      preparer_.Submit(*next);
      ++submitted_;
    }
  }

  // Trials follow the order of submission. One compilation that takes long leaves the other threads
  // this much to do until it ends.
  int Ahead() const {
    return options_.prepare_threads == 1 ? 1 : kAheadPerThread * options_.prepare_threads;
  }

  // The first trial, the default's, is always made: there has to be something to keep.
  bool OutOfTime() const { return submitted_ > 0 && absl::Now() > deadline_; }

  void Try(PreparedCandidate prepared) {
    Trial trial;
    *trial.mutable_configuration() = ToProto(prepared.configuration);
    trial.set_prepare_seconds(absl::ToDoubleSeconds(prepared.duration));
    Evaluation evaluation;
    if (prepared.candidate.ok()) {
      std::unique_ptr<Candidate> candidate = *std::move(prepared.candidate);
      Measure(*candidate, searcher_.MaxSamples(prepared.configuration), trial);
      if (trial.outcome() == Trial::OK) {
        evaluation.nanoseconds = Median(trial.nanoseconds());
        Keep({prepared.configuration, std::move(candidate), *evaluation.nanoseconds});
      }
    } else {
      SetFailure(PrepareFailure(prepared.candidate.status()), prepared.candidate.status(), trial);
    }
    trial.set_unix_microseconds(absl::ToUnixMicros(absl::Now()));
    searcher_.Tell(prepared.configuration, evaluation);
    trials_.push_back(std::move(trial));
    if (options_.on_trial) {
      const int64_t done = known_ + static_cast<int64_t>(trials_.size());
      options_.on_trial(trials_.back(), done, std::max(done, planned_));
    }
  }

  // Candidates hold device memory: those that cannot reach the final any more are let go.
  void Keep(Contender contender) {
    std::erase_if(contenders_, [&](const Contender& each) {
      return each.configuration == contender.configuration;
    });
    contenders_.push_back(std::move(contender));
    double best = contenders_.front().median_nanoseconds;
    for (const Contender& each : contenders_) best = std::min(best, each.median_nanoseconds);
    std::erase_if(contenders_, [&](const Contender& each) {
      return each.configuration != default_configuration_ &&
             each.median_nanoseconds > best * (1 + options_.finalist_margin);
    });
  }

  void Measure(Candidate& candidate, std::optional<int> max_samples, Trial& trial) {
    for (const auto& [name, amount] : candidate.resources()) {
      (*trial.mutable_resources())[name] = amount;
    }
    if (const absl::Status verified = candidate.Verify(); !verified.ok()) {
      SetFailure(absl::IsDataLoss(verified) ? Trial::WRONG_RESULT : Trial::LAUNCH_ERROR, verified,
                 trial);
      return;
    }
    SamplerOptions sampling = options_.sampling;
    sampling.max_samples = std::min(sampling.max_samples, max_samples.value_or(INT_MAX));
    sampling.min_samples = std::min(sampling.min_samples, sampling.max_samples);
    const absl::StatusOr<SampleSet> samples =
        sampler_.Sample([&](Stream& stream) { return candidate.Launch(stream); }, sampling);
    if (!samples.ok()) {
      SetFailure(Trial::LAUNCH_ERROR, samples.status(), trial);
      return;
    }
    trial.set_outcome(Trial::OK);
    trial.mutable_nanoseconds()->Assign(samples->nanoseconds.begin(), samples->nanoseconds.end());
  }

  static void SetFailure(Trial::Outcome outcome, const absl::Status& status, Trial& trial) {
    trial.set_outcome(outcome);
    trial.set_message(std::string(status.message()));
  }

  Preparer preparer_;
  Sampler& sampler_;
  Searcher& searcher_;
  const int64_t limit_;    // of trials
  const int64_t planned_;  // trials, unless the strategy repeats some
  const Configuration default_configuration_;
  const TunerOptions& options_;
  const absl::Time deadline_;
  int64_t known_ = 0;  // of earlier trials that are not run again
  int64_t submitted_ = 0;
  std::vector<Trial> trials_;
  std::vector<Contender> contenders_;
};

// Indices of the contenders that go to the final: the default if it ran, then the fastest.
std::vector<size_t> ChooseFinalists(const std::vector<Contender>& contenders,
                                    const Configuration& default_configuration,
                                    const TunerOptions& options) {
  std::vector<size_t> ranked(contenders.size());
  std::iota(ranked.begin(), ranked.end(), 0);
  const auto time = [&](size_t i) { return contenders[i].median_nanoseconds; };
  std::stable_sort(ranked.begin(), ranked.end(),
                   [&](size_t a, size_t b) { return time(a) < time(b); });
  std::vector<size_t> finalists;
  for (const size_t i : ranked) {
    if (contenders[i].configuration == default_configuration) finalists.push_back(i);
  }
  for (const size_t i : ranked) {
    if (static_cast<int>(finalists.size()) >= options.max_finalists) break;
    if (time(i) > time(ranked.front()) * (1 + options.finalist_margin)) break;
    if (contenders[i].configuration != default_configuration) finalists.push_back(i);
  }
  return finalists;
}

absl::Status EveryTrialFailed(const KernelFamily& family, const Workload& workload,
                              const std::vector<Trial>& trials) {
  const Trial& first = trials.front();
  return absl::InternalError(absl::StrCat(
      "all ", trials.size(), " configurations of ", family.name(), " that were tried failed on ",
      workload.ToString(), "; the first, ", FromProto(first.configuration()).ToString(), ", with ",
      Trial::Outcome_Name(first.outcome()), ": ", first.message()));
}

Trial DroppedFinalist(const Contender& contender, const absl::Status& status) {
  Trial trial;
  *trial.mutable_configuration() = ToProto(contender.configuration);
  trial.set_outcome(Trial::LAUNCH_ERROR);
  trial.set_message(absl::StrCat("in the final: ", status.message()));
  trial.set_unix_microseconds(absl::ToUnixMicros(absl::Now()));
  return trial;
}

// Fills `result.finalists` and `result.dropped`.
absl::Status RunFinal(Search& search, const std::vector<size_t>& finalists, Sampler& sampler,
                      const TunerOptions& options, TuningResult& result) {
  std::vector<Sampler::Launch> launches;
  for (const size_t i : finalists) {
    launches.push_back([candidate = search.contenders()[i].candidate.get()](Stream& stream) {
      return candidate->Launch(stream);
    });
  }
  SamplerOptions sampling = options.sampling;
  sampling.max_duration = options.max_duration * (1 - kSearchShare);
  ATTUNE_ASSIGN_OR_RETURN(const auto samples,
                          sampler.SampleInterleaved(launches, options.final_rounds, sampling));
  for (size_t k = 0; k < finalists.size(); ++k) {
    const Contender& contender = search.contenders()[finalists[k]];
    if (samples[k].ok()) {
      result.finalists.push_back(
          {contender.configuration, contender.candidate->resources(), samples[k]->nanoseconds});
      continue;
    }
    result.dropped.push_back(DroppedFinalist(contender, samples[k].status()));
    if (options.on_trial) {
      const auto done = static_cast<int64_t>(result.trials.size());
      options.on_trial(result.dropped.back(), done, done);
    }
  }
  if (!result.finalists.empty()) return absl::OkStatus();
  const Trial& first = result.dropped.front();
  return absl::InternalError(
      absl::StrCat("all ", finalists.size(), " finalists failed; the first, ",
                   FromProto(first.configuration()).ToString(), ", ", first.message()));
}

absl::StatusOr<Verdict> JudgeFinal(const TuningResult& result, double significance) {
  std::vector<Finalist> finalists;
  for (const FinalistResult& finalist : result.finalists) {
    finalists.push_back({finalist.rounds, finalist.resources});
  }
  const bool default_ran = result.finalists.front().configuration == result.default_configuration;
  return Judge(finalists, default_ran ? std::optional<size_t>(0) : std::nullopt, significance);
}

}  // namespace

absl::StatusOr<Enumeration> EnumerateFor(const KernelFamily& family, const Workload& workload,
                                         const DeviceInfo& device) {
  ATTUNE_RETURN_IF_ERROR(family.Supports(workload, device));
  ATTUNE_ASSIGN_OR_RETURN(const Variables fixed, family.FixedVariables(workload, device));
  ATTUNE_ASSIGN_OR_RETURN(Enumeration enumeration,
                          family.space().Enumerate(fixed, [&](const Configuration& configuration) {
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
  const auto model = [&](const Configuration& configuration) {
    return family.Model(workload, configuration, device.info());
  };
  ATTUNE_ASSIGN_OR_RETURN(const Configuration wanted, WantedConfiguration(family.space(), model));
  result.default_configuration = ClosestTo(wanted, result.enumeration.admitted);
  ATTUNE_ASSIGN_OR_RETURN(Features features, FeaturesOf(result.enumeration.admitted, model));
  ATTUNE_ASSIGN_OR_RETURN(
      const std::unique_ptr<Searcher> searcher,
      MakeSearcher(options.strategy, {.candidates = result.enumeration.admitted,
                                      .default_configuration = result.default_configuration,
                                      .seed = options.seed,
                                      .features = std::move(features.rows),
                                      .parallelism = options.prepare_threads}));
  ATTUNE_ASSIGN_OR_RETURN(const std::unique_ptr<Experiment> experiment,
                          family.Open(workload, device, options.seed));
  ATTUNE_ASSIGN_OR_RETURN(Sampler sampler, Sampler::Create(device));

  const auto admitted = static_cast<int64_t>(result.enumeration.admitted.size());
  Search search(*experiment, sampler, *searcher, admitted, result.default_configuration, options);
  search.Run();
  result.trials = search.trials();
  if (IsCancelled(options)) return absl::CancelledError("tuning was cancelled");
  const std::vector<size_t> finalists =
      ChooseFinalists(search.contenders(), result.default_configuration, options);
  if (finalists.empty()) return EveryTrialFailed(family, workload, result.trials);
  ATTUNE_RETURN_IF_ERROR(RunFinal(search, finalists, sampler, options, result));
  ATTUNE_ASSIGN_OR_RETURN(result.verdict, JudgeFinal(result, options.significance));
  result.duration = absl::Now() - start;
  return result;
}

}  // namespace attune
