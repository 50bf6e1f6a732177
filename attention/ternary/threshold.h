// Which weights a ternary row keeps.
#ifndef ATTUNE_ATTENTION_TERNARY_THRESHOLD_H_
#define ATTUNE_ATTENTION_TERNARY_THRESHOLD_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "attention/ternary/row_kernels.h"

namespace attune {

// How the threshold over the magnitudes |w| of a row or group comes about. A weight is kept where
// its magnitude is above it.
enum class ThresholdMethod {
  kOptimal,       // least squares: the k largest are kept that maximise (their sum)^2 / k
  kMaxFraction,   // parameter * largest magnitude
  kMeanFraction,  // parameter * mean magnitude (Li, Zhang, Liu, Ternary Weight Networks, 2016)
  kPercentile,    // the magnitude that `parameter` percent of them do not exceed
  kMeanStd,       // mean magnitude + parameter * the magnitudes' standard deviation, at least 0
  kManual,        // the parameter
};

// "optimal", "max", "mean", "percentile", "mean_std", "manual".
absl::string_view ThresholdMethodName(ThresholdMethod method);
absl::StatusOr<ThresholdMethod> ParseThresholdMethod(absl::string_view name);

struct Threshold {
  ThresholdMethod method = ThresholdMethod::kOptimal;
  // The method's own default if not given: 0.7 of max and mean, the 50th percentile, mean + 0 std.
  // Optimal has none, and manual needs one.
  std::optional<double> parameter = std::nullopt;

  // "optimal", "percentile 90".
  std::string ToString() const;
};

// InvalidArgument: a parameter that is not finite, negative (but for mean_std), above 100 percent,
// missing, or given where there is none.
absl::Status Validate(const Threshold& threshold);

// Finds thresholds of rows one after another, with the memory that it takes kept between them.
class ThresholdFinder {
 public:
  // `threshold` has to be valid.
  explicit ThresholdFinder(const Threshold& threshold);

  // The threshold over `magnitudes`: finite, not negative, at least one. Exact for every method:
  // optimal is the best of every k.
  float Find(absl::Span<const float> magnitudes);

 private:
  float Optimal(absl::Span<const float> magnitudes);
  float BestThreshold(absl::Span<float> doubtful, float low, SumAndCount kept);
  float Percentile(absl::Span<const float> magnitudes);
  // With zeros behind, up to a multiple of kRowStep.
  absl::Span<const float> Padded(absl::Span<const float> magnitudes);

  ThresholdMethod method_;
  double parameter_;
  std::vector<float> padded_;
  std::vector<float> doubtful_;
};

}  // namespace attune

#endif  // ATTUNE_ATTENTION_TERNARY_THRESHOLD_H_
