// How good search strategies are on a recorded search, over many seeds.
#ifndef ATTUNE_AUTOTUNE_REPLAY_ASSESSMENT_H_
#define ATTUNE_AUTOTUNE_REPLAY_ASSESSMENT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "autotune/replay/recorded_search.h"
#include "autotune/replay/simulation.h"

namespace attune {

struct AssessmentOptions {
  // Seeds 1, 2, ..., seeds.
  int seeds = 50;
  int compilers = 1;
  // Searches end after this share of the candidates.
  double max_share = 1;
  // SimulationOptions::enough and cold.
  double enough = 1;
  bool cold = false;
};

// Quantiles over the seeds.
struct Spread {
  double lower = 0;  // 0.1
  double median = 0;
  double upper = 0;  // 0.9
};

struct CurvePoint {
  double at = 0;  // evaluations or seconds
  Spread fraction;
};

// When at least `fraction` of the optimum was reached for good. Absent where the median search, or
// the one at that quantile, did not reach it.
struct Reached {
  double fraction = 0;
  std::optional<double> evaluations;  // median
  std::optional<double> evaluations_upper;
  std::optional<double> seconds;  // median
  std::optional<double> seconds_upper;
};

struct Assessment {
  std::string strategy;
  std::vector<CurvePoint> by_evaluations;
  std::vector<CurvePoint> by_seconds;
  std::vector<Reached> reached;  // 0.95, 0.99
};

// The fraction of the optimum after `evaluations`, or `seconds`, of a simulated search.
double FractionAtEvaluations(const std::vector<SimulatedStep>& steps, double evaluations);
double FractionAtSeconds(const std::vector<SimulatedStep>& steps, double seconds);

// The shares of the candidates after which by_evaluations gives the fraction, rounded up to whole
// evaluations.
const std::vector<double>& AssessedShares();

// Runs `strategy` once for each seed. The errors of MakeSearcher.
absl::StatusOr<Assessment> Assess(const RecordedSearch& search, const std::string& strategy,
                                  const AssessmentOptions& options);

}  // namespace attune

#endif  // ATTUNE_AUTOTUNE_REPLAY_ASSESSMENT_H_
