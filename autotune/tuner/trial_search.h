// The search of a tune: what a strategy asks for goes out to benches, and what became of it back.
#ifndef ATTUNE_AUTOTUNE_TUNER_TRIAL_SEARCH_H_
#define ATTUNE_AUTOTUNE_TUNER_TRIAL_SEARCH_H_

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "autotune/bench/trial_bench.h"
#include "autotune/search/searcher.h"
#include "autotune/space/configuration.h"
#include "autotune/timing/drift.h"
#include "autotune/trial_log/trial_log.pb.h"
#include "autotune/tuner/bench_thread.h"
#include "autotune/tuner/trial_queues.h"

namespace attune {

struct SearchOptions {
  // What runs untuned: the reference for drift.
  Configuration default_configuration;
  // The most trials, those of before among them.
  int64_t max_trials = INT64_MAX;
  // All configurations that may be asked for.
  std::vector<Configuration> admitted;
  absl::Time deadline = absl::InfiniteFuture();
  // How many trials may be asked for and not made, of all benches together.
  int ahead = 1;
  // How many each bench compiles side by side.
  int compiling = 1;
  int trials_per_reference = 16;
  // As in TunerOptions.
  std::function<void(const Trial& trial, int64_t done, int64_t planned)> on_trial;
  const std::atomic<bool>* cancelled = nullptr;
  // What the deadline is compared with.
  std::function<absl::Time()> now = absl::Now;
};

// The time that a trial compares with others by: its median, less the device's drift. `trial` is
// OK.
double ComparableNanoseconds(const Trial& trial);

// The configurations are dealt out to the benches in the order of their hashes: each bench has as
// many as the others, mixed, and the same in every run. One that is through with its own takes over
// others' (trial_queues.h); the trials tell who made them. The strategy is told in the order that
// it asked in, however long each took, wherever it was tried.
class TrialSearch {
 public:
  // `earlier` are trials of a search that did not come to its end: the strategy is told of them and
  // they are not made again. All but `earlier` must outlive the search.
  TrialSearch(absl::Span<TrialBench* const> benches, Searcher& searcher,
              const std::vector<Trial>& earlier, const SearchOptions& options);
  TrialSearch(const TrialSearch&) = delete;
  TrialSearch& operator=(const TrialSearch&) = delete;
  // Waits for the trials in flight.
  ~TrialSearch() { queues_.Close(); }

  // Runs until the strategy, the budget or the user ends it, or a bench is lost.
  void Run();
  // Tries those of `configurations` that the search did not, whatever budget it had left.
  void TryAlso(const std::vector<Configuration>& configurations);

  // The error of the bench that was lost: the trials are then not all that were wanted.
  absl::Status status() const { return queues_.status(); }
  // The earlier ones first.
  const std::vector<Trial>& trials() const { return trials_; }

 private:
  // Each with the queue that it goes to.
  using Jobs = std::vector<std::pair<size_t, TrialJob>>;

  size_t QueueOf(const Configuration& configuration) const;
  bool IsCancelled() const;
  // The first trial, the default's, is always made: there has to be something to keep.
  bool OutOfTime() const;
  void TellEarlier(const std::vector<Trial>& earlier);
  void Submit();
  void AddTo(Jobs& jobs, const Configuration& configuration, int max_samples);
  // Waits for the oldest that was asked for. The strategy is told only of what it asked for.
  void Receive(bool told);
  void Record(Trial trial, bool told);

  Searcher& searcher_;
  const SearchOptions& options_;
  std::vector<Trial> trials_;
  // All that were tried or asked for.
  std::set<Configuration> known_;
  DriftCorrection drift_;
  std::deque<std::future<std::optional<Trial>>> asked_;
  std::map<Configuration, size_t> homes_;
  const size_t benches_;
  TrialQueues queues_;
  std::vector<std::unique_ptr<BenchThread>> threads_;
};

}  // namespace attune

#endif  // ATTUNE_AUTOTUNE_TUNER_TRIAL_SEARCH_H_
