#include "autotune/replay/assessment.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "absl/functional/function_ref.h"
#include "base/parallel.h"
#include "base/status_macros.h"
#include "numerics/statistics.h"

namespace attune {
namespace {

using Searches = std::vector<std::vector<SimulatedStep>>;

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kLower = 0.1;
constexpr double kUpper = 0.9;
constexpr double kFractions[] = {0.95, 0.99};
constexpr double kSeconds[] = {1, 2, 5, 10, 20, 30, 60, 90, 120, 300, 600};

double FractionAt(const std::vector<SimulatedStep>& steps,
                  absl::FunctionRef<bool(const SimulatedStep&)> is_past) {
  double fraction = 0;
  for (const SimulatedStep& step : steps) {
    if (is_past(step)) break;
    fraction = step.fraction;
  }
  return fraction;
}

CurvePoint PointOf(const Searches& searches, double at,
                   double (*fraction_at)(const std::vector<SimulatedStep>&, double)) {
  std::vector<double> fractions;
  for (const auto& steps : searches) fractions.push_back(fraction_at(steps, at));
  return {at, {Quantile(fractions, kLower), Median(fractions), Quantile(fractions, kUpper)}};
}

// The step from which on `fraction` is kept; null if the search ends below it.
const SimulatedStep* ReachedAt(const std::vector<SimulatedStep>& steps, double fraction) {
  const SimulatedStep* reached = nullptr;
  for (const SimulatedStep& step : steps) {
    if (step.fraction < fraction) reached = nullptr;
    if (step.fraction >= fraction && reached == nullptr) reached = &step;
  }
  return reached;
}

// Order statistics, not interpolated: beside a search that never gets there is no number.
std::optional<double> FiniteQuantile(std::vector<double> values, double q) {
  std::sort(values.begin(), values.end());
  const auto rank = static_cast<size_t>(std::ceil(q * static_cast<double>(values.size())));
  const double value = values[std::max<size_t>(rank, 1) - 1];
  return value == kInfinity ? std::nullopt : std::optional<double>(value);
}

Reached ReachedOf(const Searches& searches, double fraction) {
  std::vector<double> evaluations;
  std::vector<double> seconds;
  for (const auto& steps : searches) {
    const SimulatedStep* step = ReachedAt(steps, fraction);
    evaluations.push_back(step == nullptr ? kInfinity : static_cast<double>(step->evaluations));
    seconds.push_back(step == nullptr ? kInfinity : step->seconds);
  }
  return {fraction, FiniteQuantile(evaluations, 0.5), FiniteQuantile(evaluations, kUpper),
          FiniteQuantile(seconds, 0.5), FiniteQuantile(seconds, kUpper)};
}

}  // namespace

double FractionAtEvaluations(const std::vector<SimulatedStep>& steps, double evaluations) {
  return FractionAt(steps, [&](const SimulatedStep& step) {
    return static_cast<double>(step.evaluations) > evaluations;
  });
}

double FractionAtSeconds(const std::vector<SimulatedStep>& steps, double seconds) {
  return FractionAt(steps, [&](const SimulatedStep& step) { return step.seconds > seconds; });
}

const std::vector<double>& AssessedShares() {
  static const auto* const shares =
      new std::vector<double>{0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1};
  return *shares;
}

absl::StatusOr<Assessment> Assess(const RecordedSearch& search, const std::string& strategy,
                                  const AssessmentOptions& options) {
  if (options.seeds < 1 || options.compilers < 1 || !(options.max_share > 0)) {
    return absl::InvalidArgumentError(
        "an assessment takes at least one seed, one compiler and a positive share");
  }
  const auto candidates = static_cast<double>(search.candidates.size());
  std::vector<absl::StatusOr<std::vector<SimulatedStep>>> results(options.seeds,
                                                                  std::vector<SimulatedStep>());
  ParallelFor(options.seeds, AvailableThreads(), [&](int64_t i, int64_t) {
    SimulationOptions simulation;
    simulation.seed = static_cast<uint64_t>(i + 1);
    simulation.compilers = options.compilers;
    simulation.enough = options.enough;
    simulation.cold = options.cold;
    simulation.max_evaluations = static_cast<int64_t>(std::ceil(candidates * options.max_share));
    results[i] = Simulate(search, strategy, simulation);
  });
  Searches searches;
  for (auto& result : results) {
    ATTUNE_ASSIGN_OR_RETURN(searches.emplace_back(), std::move(result));
  }
  Assessment assessment;
  assessment.strategy = strategy;
  for (const double share : AssessedShares()) {
    if (share > options.max_share) break;
    assessment.by_evaluations.push_back(
        PointOf(searches, std::ceil(candidates * share), FractionAtEvaluations));
  }
  for (const double seconds : kSeconds) {
    assessment.by_seconds.push_back(PointOf(searches, seconds, FractionAtSeconds));
  }
  for (const double fraction : kFractions) {
    assessment.reached.push_back(ReachedOf(searches, fraction));
  }
  return assessment;
}

}  // namespace attune
