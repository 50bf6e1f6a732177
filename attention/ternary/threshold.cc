#include "attention/ternary/threshold.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>

#include "absl/strings/str_cat.h"

namespace attune {
namespace {

struct MethodTraits {
  ThresholdMethod method;
  const char* name;
  bool has_parameter;
  std::optional<double> default_parameter;
};

constexpr MethodTraits kMethods[] = {
    {ThresholdMethod::kOptimal, "optimal", false, 0},
    {ThresholdMethod::kMaxFraction, "max", true, 0.7},
    {ThresholdMethod::kMeanFraction, "mean", true, 0.7},
    {ThresholdMethod::kPercentile, "percentile", true, 50},
    {ThresholdMethod::kMeanStd, "mean_std", true, 0},
    {ThresholdMethod::kManual, "manual", true, std::nullopt},
};

const MethodTraits& TraitsOf(ThresholdMethod method) {
  return *std::find_if(std::begin(kMethods), std::end(kMethods),
                       [&](const MethodTraits& traits) { return traits.method == method; });
}

// Bracketing ends where no more are left to sort, or where a step no longer takes a quarter away.
constexpr int64_t kFewToSort = 16;
// Far more than what rounding can make of a mean, and far less than what it costs to be so careful.
constexpr double kSlack = 1e-6;

struct Moments {
  double mean = 0;
  double standard_deviation = 0;
};

Moments MomentsOf(absl::Span<const float> magnitudes) {
  double sum = 0;
  for (const float magnitude : magnitudes) sum += magnitude;
  const double mean = sum / static_cast<double>(magnitudes.size());
  double squares = 0;
  for (const float magnitude : magnitudes) squares += (magnitude - mean) * (magnitude - mean);
  return {mean, std::sqrt(squares / static_cast<double>(magnitudes.size()))};
}

// Nothing in fp32 lies between a threshold rounded down and the threshold.
float RoundDown(double threshold) {
  const float rounded = static_cast<float>(threshold);
  return rounded > threshold ? std::nextafter(rounded, -1.0f) : rounded;
}

float RoundUp(double threshold) {
  const float rounded = static_cast<float>(threshold);
  return rounded < threshold ? std::nextafter(rounded, std::numeric_limits<float>::infinity())
                             : rounded;
}

}  // namespace

absl::string_view ThresholdMethodName(ThresholdMethod method) { return TraitsOf(method).name; }

absl::StatusOr<ThresholdMethod> ParseThresholdMethod(absl::string_view name) {
  std::string names;
  for (const MethodTraits& traits : kMethods) {
    if (traits.name == name) return traits.method;
    absl::StrAppend(&names, names.empty() ? "" : ", ", traits.name);
  }
  return absl::InvalidArgumentError(
      absl::StrCat("unknown threshold method '", name, "'; expected one of ", names));
}

std::string Threshold::ToString() const {
  const MethodTraits& traits = TraitsOf(method);
  if (!traits.has_parameter) return traits.name;
  return absl::StrCat(traits.name, " ", parameter.value_or(traits.default_parameter.value_or(0)));
}

absl::Status Validate(const Threshold& threshold) {
  const MethodTraits& traits = TraitsOf(threshold.method);
  const auto error = [&](absl::string_view what) {
    return absl::InvalidArgumentError(absl::StrCat("threshold method ", traits.name, " ", what));
  };
  if (!threshold.parameter.has_value()) {
    return traits.default_parameter.has_value() ? absl::OkStatus() : error("needs a parameter");
  }
  const double parameter = *threshold.parameter;
  if (!traits.has_parameter) return error("takes no parameter");
  if (!std::isfinite(parameter)) {
    return error(absl::StrCat("has parameter ", parameter, "; expected a finite number"));
  }
  if (parameter < 0 && threshold.method != ThresholdMethod::kMeanStd) {
    return error(absl::StrCat("has parameter ", parameter, "; expected none below 0"));
  }
  if (parameter > 100 && threshold.method == ThresholdMethod::kPercentile) {
    return error(absl::StrCat("has parameter ", parameter, "; expected at most 100"));
  }
  return absl::OkStatus();
}

ThresholdFinder::ThresholdFinder(const Threshold& threshold)
    : method_(threshold.method),
      parameter_(
          threshold.parameter.value_or(TraitsOf(threshold.method).default_parameter.value_or(0))) {}

float ThresholdFinder::Find(absl::Span<const float> magnitudes) {
  switch (method_) {
    case ThresholdMethod::kOptimal:
      return Optimal(Padded(magnitudes));
    case ThresholdMethod::kMaxFraction:
      return RoundDown(parameter_ * *std::max_element(magnitudes.begin(), magnitudes.end()));
    case ThresholdMethod::kMeanFraction:
      return RoundDown(parameter_ * MomentsOf(magnitudes).mean);
    case ThresholdMethod::kPercentile:
      return Percentile(magnitudes);
    case ThresholdMethod::kMeanStd: {
      const Moments moments = MomentsOf(magnitudes);
      return RoundDown(std::max(0.0, moments.mean + parameter_ * moments.standard_deviation));
    }
    case ThresholdMethod::kManual:
      return RoundDown(parameter_);
  }
  return 0;
}

absl::Span<const float> ThresholdFinder::Padded(absl::Span<const float> magnitudes) {
  const auto count = static_cast<int64_t>(magnitudes.size());
  if (count % kRowStep == 0) return magnitudes;
  padded_.assign(magnitudes.begin(), magnitudes.end());
  padded_.resize((count / kRowStep + 1) * kRowStep);
  return padded_;
}

// With scale s over a set of k magnitudes that sum to S the squared error is that of all zeros less
// 2sS - ks^2, at most S^2 / k: the set of k with the largest S is that of the k largest, and s is
// its mean. Over a run of equal magnitudes S^2 / k is convex in k, so that its maximum lies at an
// end of the run: a threshold can always express it.
//
// Nothing is gained at the optimum by one weight more or less, which puts half the mean of what is
// kept between the smallest kept magnitude and the largest dropped one. That mean is at most the
// largest magnitude, and the mean of what lies above a bound of its half bounds it again, closer:
// two such sequences, from above and from below, leave few magnitudes in doubt, and only those are
// sorted.
float ThresholdFinder::Optimal(absl::Span<const float> magnitudes) {
  const auto count = static_cast<int64_t>(magnitudes.size());
  const auto above = [&](float bound) { return SumAbove(magnitudes.data(), count, bound); };
  float low = 0;
  float high = Largest(magnitudes.data(), count);
  SumAndCount above_low = above(low);
  SumAndCount above_high = {.sum = high, .count = 1};  // for the mean that bounds the first step
  for (int64_t doubtful = count;;) {
    low = RoundDown(above_low.mean() / 2 * (1 - kSlack));
    high = std::min(high, RoundUp(above_high.mean() / 2 * (1 + kSlack)));
    above_low = above(low);
    above_high = above(high);
    const int64_t left = above_low.count - above_high.count;
    if (left <= kFewToSort || left > doubtful - doubtful / 4) break;
    doubtful = left;
  }
  doubtful_.resize(count + kRowStep);
  const int64_t left = SelectBetween(magnitudes.data(), count, low, high, doubtful_.data());
  return BestThreshold(absl::MakeSpan(doubtful_.data(), left), low, above_high);
}

// The best of the thresholds `low` and `doubtful`, where what is larger than all of these is
// `kept`.
float ThresholdFinder::BestThreshold(absl::Span<float> doubtful, float low, SumAndCount kept) {
  std::sort(doubtful.begin(), doubtful.end());
  double sum = kept.sum, count = static_cast<double>(kept.count);
  double best_sum = sum, best_count = std::max(count, 1.0);
  float threshold = doubtful.empty() ? low : doubtful.back();
  for (size_t i = doubtful.size(); i-- > 0;) {
    sum += doubtful[i];
    ++count;
    if (i > 0 && doubtful[i - 1] == doubtful[i]) continue;  // within a run of equal ones
    // Of sum^2 / count, without dividing.
    if (sum * sum * best_count <= best_sum * best_sum * count) continue;
    best_sum = sum;
    best_count = count;
    threshold = i > 0 ? doubtful[i - 1] : low;
  }
  return threshold;
}

float ThresholdFinder::Percentile(absl::Span<const float> magnitudes) {
  const auto count = static_cast<double>(magnitudes.size());
  const auto dropped = static_cast<int64_t>(std::floor(count * parameter_ / 100));
  if (dropped == 0) return 0;
  doubtful_.assign(magnitudes.begin(), magnitudes.end());
  const auto largest_dropped = doubtful_.begin() + dropped - 1;
  std::nth_element(doubtful_.begin(), largest_dropped, doubtful_.end());
  return *largest_dropped;
}

}  // namespace attune
