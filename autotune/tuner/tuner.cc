#include "autotune/tuner/tuner.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "autotune/search/features.h"
#include "autotune/search/searcher_factory.h"
#include "autotune/space/stored_configuration.h"
#include "autotune/space/untuned.h"
#include "autotune/tuner/trial_search.h"
#include "base/status_macros.h"

namespace attune {
namespace {

// Of the time a tune may take; the rest is for the final.
constexpr double kSearchShare = 0.75;
// With 1, portable_forward on 16 cores and an H200 (2026-11) took 63 s for 1404 trials: 28 ms each
// but for those that waited, with idle compilers, for one slow compilation.
constexpr int kAheadPerThread = 4;

int64_t MaxEvaluations(const TunerOptions& options, int64_t admitted) {
  const double share = std::ceil(options.max_share * static_cast<double>(admitted));
  return std::min(options.max_evaluations, std::max(static_cast<int64_t>(share), kFewEvaluations));
}

bool IsCancelled(const TunerOptions& options) {
  return options.cancelled != nullptr && options.cancelled->load();
}

// A configuration that ran and gave the right results.
struct Contender {
  Configuration configuration;
  Resources resources;
  double nanoseconds = 0;
};

// In order of their times. Of several trials of a configuration the last counts, which had the most
// samples.
std::vector<Contender> ContendersOf(const std::vector<Trial>& trials) {
  std::map<Configuration, const Trial*> latest;
  for (const Trial& trial : trials) latest[FromProto(trial.configuration())] = &trial;
  std::vector<Contender> contenders;
  for (const auto& [configuration, trial] : latest) {
    if (trial->outcome() != Trial::OK || trial->nanoseconds().empty()) continue;
    contenders.push_back({configuration,
                          Resources(trial->resources().begin(), trial->resources().end()),
                          ComparableNanoseconds(*trial)});
  }
  std::stable_sort(contenders.begin(), contenders.end(),
                   [](const auto& a, const auto& b) { return a.nanoseconds < b.nanoseconds; });
  return contenders;
}

// Who goes to the final: the default and the incumbents if they ran, then the fastest.
std::vector<Contestant> ChooseContestants(const std::vector<Contender>& contenders,
                                          const Configuration& default_configuration,
                                          const TunerOptions& options) {
  const auto is_known = [&](const Configuration& configuration) {
    const auto& incumbents = options.incumbents;
    return configuration == default_configuration ||
           std::find(incumbents.begin(), incumbents.end(), configuration) != incumbents.end();
  };
  std::vector<Contestant> contestants;
  for (const Contender& each : contenders) {
    if (!is_known(each.configuration)) continue;
    contestants.push_back({each.configuration, each.resources,
                           /*stays=*/each.configuration == default_configuration});
  }
  // The default first: what it is compared with must not push it out where time is short.
  std::stable_partition(contestants.begin(), contestants.end(),
                        [](const Contestant& contestant) { return contestant.stays; });
  const size_t most = contestants.size() + static_cast<size_t>(options.max_finalists);
  for (const Contender& each : contenders) {
    if (contestants.size() >= most) break;
    if (each.nanoseconds > contenders.front().nanoseconds * (1 + options.finalist_margin)) break;
    if (!is_known(each.configuration)) contestants.push_back({each.configuration, each.resources});
  }
  return contestants;
}

absl::Status EveryTrialFailed(const KernelFamily& family, const Workload& workload,
                              const std::vector<Trial>& trials) {
  const Trial& first = trials.front();
  return absl::InternalError(absl::StrCat(
      "all ", trials.size(), " configurations of ", family.name(), " that were tried failed on ",
      workload.ToString(), "; the first, ", FromProto(first.configuration()).ToString(), ", with ",
      Trial::Outcome_Name(first.outcome()), ": ", first.message()));
}

// Fills `result`'s finalists, eliminated and dropped.
absl::Status HoldFinal(TrialBench& bench, const std::vector<Contestant>& contestants,
                       const TunerOptions& options, TuningResult& result) {
  FinalResult final = RunFinal(bench, contestants,
                               {.rounds = options.final_rounds,
                                .max_duration = options.max_duration * (1 - kSearchShare),
                                .now = options.now});
  result.finalists = std::move(final.finalists);
  result.eliminated = std::move(final.eliminated);
  result.dropped = std::move(final.dropped);
  for (const Trial& dropped : result.dropped) {
    const auto done = static_cast<int64_t>(result.trials.size());
    if (options.on_trial) options.on_trial(dropped, done, done);
  }
  ATTUNE_RETURN_IF_ERROR(final.lost);
  if (!result.finalists.empty()) return absl::OkStatus();
  const Trial& first = result.dropped.front();
  return absl::InternalError(
      absl::StrCat("all ", contestants.size(), " finalists failed; the first, ",
                   FromProto(first.configuration()).ToString(), ", ", first.message()));
}

std::optional<size_t> IndexOf(const Configuration& configuration, const TuningResult& result) {
  for (size_t i = 0; i < result.finalists.size(); ++i) {
    if (result.finalists[i].configuration == configuration) return i;
  }
  return std::nullopt;
}

// What the winner of an earlier tune is, or else the default, if it ran in the final.
std::optional<size_t> IncumbentOf(const TuningResult& result, const TunerOptions& options) {
  if (!options.incumbents.empty()) {
    const std::optional<size_t> incumbent = IndexOf(options.incumbents.front(), result);
    if (incumbent.has_value()) return incumbent;
  }
  return IndexOf(result.default_configuration, result);
}

absl::StatusOr<Verdict> JudgeFinal(const TuningResult& result, const TunerOptions& options) {
  std::vector<Finalist> finalists;
  for (const FinalistResult& finalist : result.finalists) {
    finalists.push_back({finalist.rounds, finalist.resources});
  }
  return Judge(finalists, result.incumbent, options.significance, options.equivalence);
}

const Configuration& ConfigurationOf(const Configuration& configuration) { return configuration; }
Configuration ConfigurationOf(const Trial& trial) { return FromProto(trial.configuration()); }

// Those of `all`, configurations or trials of them, that the space admits.
template <typename T>
std::vector<T> StillAdmitted(const std::vector<T>& all, std::vector<Configuration> admitted) {
  std::sort(admitted.begin(), admitted.end());
  std::vector<T> still;
  std::copy_if(all.begin(), all.end(), std::back_inserter(still), [&](const T& each) {
    return std::binary_search(admitted.begin(), admitted.end(), ConfigurationOf(each));
  });
  return still;
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
                                  const DeviceInfo& device, absl::Span<TrialBench* const> benches,
                                  const TunerOptions& options) {
  const absl::Time start = options.now();
  if (options.max_evaluations < 1 || options.parallelism < 1 || benches.empty()) {
    return absl::InvalidArgumentError("a tune needs at least one evaluation and one bench");
  }
  TuningResult result;
  result.space_size = family.space().size();
  if (options.enumeration.has_value()) {
    result.enumeration = *options.enumeration;
  } else {
    ATTUNE_ASSIGN_OR_RETURN(result.enumeration, EnumerateFor(family, workload, device));
  }
  const std::vector<Configuration>& admitted = result.enumeration.admitted;
  const auto model = [&](const Configuration& configuration) {
    return family.Model(workload, configuration, device);
  };
  ATTUNE_ASSIGN_OR_RETURN(const Configuration wanted, WantedConfiguration(family.space(), model));
  result.default_configuration = ClosestTo(wanted, admitted);
  ATTUNE_ASSIGN_OR_RETURN(Features features, FeaturesOf(admitted, model));
  ATTUNE_ASSIGN_OR_RETURN(
      const std::unique_ptr<Searcher> searcher,
      MakeSearcher(options.strategy, {.candidates = admitted,
                                      .default_configuration = result.default_configuration,
                                      .seed = options.seed,
                                      .features = std::move(features.rows),
                                      .parallelism = options.parallelism}));
  const SearchOptions search_options = {
      .default_configuration = result.default_configuration,
      .max_trials = MaxEvaluations(options, static_cast<int64_t>(admitted.size())),
      .admitted = admitted,
      .deadline = start + options.max_duration * kSearchShare,
      .ahead = options.parallelism == 1 ? 1 : kAheadPerThread * options.parallelism,
      .compiling = std::max(1, options.parallelism / static_cast<int>(benches.size())),
      .trials_per_reference = options.trials_per_reference,
      .on_trial = options.on_trial,
      .cancelled = options.cancelled,
      .now = options.now};
  absl::Status lost;
  {
    TrialSearch search(benches, *searcher, StillAdmitted(options.earlier_trials, admitted),
                       search_options);
    search.Run();
    search.TryAlso(StillAdmitted(options.incumbents, admitted));
    result.trials = search.trials();
    lost = search.status();
  }
  if (IsCancelled(options)) return absl::CancelledError("tuning was cancelled");
  if (!lost.ok()) return absl::UnavailableError(lost.message());
  const std::vector<Contestant> contestants =
      ChooseContestants(ContendersOf(result.trials), result.default_configuration, options);
  if (contestants.empty()) return EveryTrialFailed(family, workload, result.trials);
  const absl::Time searched = options.now();
  result.search_duration = searched - start;
  ATTUNE_RETURN_IF_ERROR(HoldFinal(*benches.front(), contestants, options, result));
  result.final_duration = options.now() - searched;
  result.incumbent = IncumbentOf(result, options);
  ATTUNE_ASSIGN_OR_RETURN(result.verdict, JudgeFinal(result, options));
  result.significance = options.significance;
  result.equivalence = options.equivalence;
  return result;
}

}  // namespace attune
