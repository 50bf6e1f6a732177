#include "autotune/replay/simulation.h"

#include <algorithm>
#include <deque>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <utility>

#include "autotune/search/random_draws.h"
#include "autotune/search/searcher_factory.h"
#include "base/status_macros.h"
#include "numerics/statistics.h"

namespace attune {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

class Simulation {
 public:
  Simulation(const RecordedSearch& search, const SimulationOptions& options)
      : search_(search),
        options_(options),
        optimum_(OptimumNanoseconds(search)),
        compiler_free_(std::max(1, options.compilers), 0.0),
        is_compiled_(search.candidates.size()),
        told_(search.candidates.size(), kInfinity) {
    for (size_t i = 0; i < search.candidates.size(); ++i) {
      index_[search.candidates[i].configuration] = i;
    }
  }

  SearchProblem Problem() const {
    SearchProblem problem;
    for (const RecordedCandidate& candidate : search_.candidates) {
      problem.candidates.push_back(candidate.configuration);
      problem.features.push_back(candidate.features);
    }
    std::mt19937_64 generator(options_.seed);
    const size_t start = options_.cold ? UniformBelow(search_.candidates.size(), generator)
                                       : search_.default_candidate;
    problem.default_configuration = search_.candidates[start].configuration;
    problem.seed = options_.seed;
    problem.parallelism = std::max(1, options_.compilers);
    return problem;
  }

  std::vector<SimulatedStep> Run(Searcher& searcher) {
    while (evaluations_ < options_.max_evaluations && fraction_ < options_.enough) {
      AskAhead(searcher);
      if (queue_.empty()) break;
      Measure(searcher);
    }
    steps_.push_back({evaluations_, now_, fraction_});
    return std::move(steps_);
  }

 private:
  struct Compiled {
    size_t candidate = 0;
    double ready = 0;  // seconds
  };

  void AskAhead(Searcher& searcher) {
    const size_t ahead = options_.compilers > 1 ? 4 * options_.compilers : 1;  // as in tuner.cc
    while (queue_.size() < ahead) {
      const std::optional<Configuration> next = searcher.Ask();
      if (!next.has_value()) return;
      const size_t i = index_.at(*next);
      queue_.push_back({i, Compile(i)});
    }
  }

  double Compile(size_t i) {
    if (is_compiled_[i]) return now_;
    is_compiled_[i] = true;
    double& free = *std::min_element(compiler_free_.begin(), compiler_free_.end());
    free = std::max(free, now_) + search_.candidates[i].prepare_seconds;
    return free;
  }

  void Measure(Searcher& searcher) {
    const auto [i, ready] = queue_.front();
    queue_.pop_front();
    now_ = std::max(now_, ready);
    const RecordedCandidate& candidate = search_.candidates[i];
    Evaluation evaluation;
    if (candidate.outcome == Trial::OK) {
      evaluation.nanoseconds = Sample(candidate, searcher.MaxSamples(candidate.configuration));
    } else if (candidate.outcome != Trial::COMPILE_ERROR && candidate.outcome != Trial::TIMEOUT) {
      now_ += search_.trial_seconds;
    }
    searcher.Tell(candidate.configuration, evaluation);
    ++evaluations_;
    told_[i] = evaluation.nanoseconds.value_or(kInfinity);
    Note();
  }

  // Gives the time that the strategy is told, and lets that of measuring it pass.
  double Sample(const RecordedCandidate& candidate, std::optional<int> max_samples) {
    const auto recorded = static_cast<int>(candidate.samples.size());
    const int taken =
        std::min(max_samples.value_or(candidate.sample_count), candidate.sample_count);
    now_ += search_.trial_seconds + 1e-9 * candidate.nanoseconds * taken;
    if (!max_samples.has_value() || *max_samples >= recorded) return candidate.nanoseconds;
    return Median(absl::MakeConstSpan(candidate.samples).subspan(0, *max_samples));
  }

  void Note() {
    const size_t best = std::min_element(told_.begin(), told_.end()) - told_.begin();
    const double fraction =
        told_[best] == kInfinity ? 0 : optimum_ / search_.candidates[best].nanoseconds;
    if (fraction != fraction_) steps_.push_back({evaluations_, now_, fraction});
    fraction_ = fraction;
  }

  const RecordedSearch& search_;
  const SimulationOptions& options_;
  const double optimum_;
  std::map<Configuration, size_t> index_;
  std::vector<double> compiler_free_;  // seconds
  std::vector<bool> is_compiled_;
  std::deque<Compiled> queue_;
  std::vector<double> told_;  // nanoseconds, of each candidate the latest
  double now_ = 0;            // seconds
  int64_t evaluations_ = 0;
  double fraction_ = 0;
  std::vector<SimulatedStep> steps_;
};

}  // namespace

absl::StatusOr<std::vector<SimulatedStep>> Simulate(const RecordedSearch& search,
                                                    absl::string_view strategy,
                                                    const SimulationOptions& options) {
  Simulation simulation(search, options);
  ATTUNE_ASSIGN_OR_RETURN(const std::unique_ptr<Searcher> searcher,
                          MakeSearcher(strategy, simulation.Problem()));
  return simulation.Run(*searcher);
}

}  // namespace attune
