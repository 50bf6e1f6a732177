#include "numerics/error.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"

namespace attune {
namespace {

enum class Pair { kFinite, kAgree, kMismatch };

Pair Classify(double expected, double actual) {
  if (std::isfinite(expected) && std::isfinite(actual)) return Pair::kFinite;
  if (std::isnan(expected) && std::isnan(actual)) return Pair::kAgree;
  return expected == actual ? Pair::kAgree : Pair::kMismatch;
}

// Largest magnitudes of the finite pairs. Sums of squares are taken relative to them, so that they
// neither overflow nor vanish.
struct Magnitudes {
  double expected = 0;
  double actual = 0;
  double error = 0;
};

double Relative(double value, double largest) { return largest > 0 ? value / largest : 0; }

// The first pass: everything but the sums.
Magnitudes FindWorst(absl::Span<const double> expected, absl::Span<const double> actual,
                     ErrorReport& report) {
  Magnitudes largest;
  for (size_t i = 0; i < expected.size(); ++i) {
    const Pair pair = Classify(expected[i], actual[i]);
    if (pair == Pair::kAgree) continue;
    const bool mismatch = pair == Pair::kMismatch;
    const double error = mismatch ? 0 : std::abs(expected[i] - actual[i]);
    const bool worst =
        mismatch ? report.mismatches == 0 : report.mismatches == 0 && error > report.max_absolute;
    if (worst) {
      report.worst_index = static_cast<int64_t>(i);
      report.worst_expected = expected[i];
      report.worst_actual = actual[i];
    }
    report.mismatches += mismatch;
    report.max_absolute = std::max(report.max_absolute, error);
    if (mismatch) continue;
    largest.expected = std::max(largest.expected, std::abs(expected[i]));
    largest.actual = std::max(largest.actual, std::abs(actual[i]));
  }
  largest.error = report.max_absolute;
  return largest;
}

}  // namespace

std::string ErrorReport::ToString() const {
  std::string text =
      absl::StrFormat("MAE %.3g, RMSE %.3g, max %.3g, cosine %.6f over %d elements, %d mismatches",
                      mean_absolute, root_mean_square, max_absolute, cosine, count, mismatches);
  if (worst_index >= 0) {
    absl::StrAppendFormat(&text, "; worst at index %d: expected %.9g, actual %.9g", worst_index,
                          worst_expected, worst_actual);
  }
  return text;
}

ErrorReport CompareArrays(absl::Span<const double> expected, absl::Span<const double> actual) {
  assert(expected.size() == actual.size());
  ErrorReport report;
  report.count = static_cast<int64_t>(expected.size());
  const Magnitudes largest = FindWorst(expected, actual, report);
  double absolute = 0, squared = 0, dot = 0, expected_squared = 0, actual_squared = 0;
  for (size_t i = 0; i < expected.size(); ++i) {
    if (Classify(expected[i], actual[i]) != Pair::kFinite) continue;
    const double error = Relative(std::abs(expected[i] - actual[i]), largest.error);
    const double e = Relative(expected[i], largest.expected);
    const double a = Relative(actual[i], largest.actual);
    absolute += error;
    squared += error * error;
    dot += e * a;
    expected_squared += e * e;
    actual_squared += a * a;
  }
  if (const int64_t measured = report.count - report.mismatches; measured > 0) {
    report.mean_absolute = largest.error * (absolute / measured);
    report.root_mean_square = largest.error * std::sqrt(squared / measured);
  }
  if (largest.expected > 0 && largest.actual > 0) {
    // Not the root of the product of the two, which for equal arrays may round to more than the dot
    // product.
    report.cosine =
        std::clamp(dot / (std::sqrt(expected_squared) * std::sqrt(actual_squared)), -1.0, 1.0);
  } else if (largest.expected > 0) {
    report.cosine = 0;
  }
  return report;
}

absl::Status CheckTolerance(const ErrorReport& report, const Tolerance& tolerance,
                            absl::string_view name) {
  std::vector<std::string> exceeded;
  if (report.mismatches > 0) {
    exceeded.push_back(absl::StrCat(report.mismatches, " non-finite mismatches"));
  }
  const auto check = [&](const char* what, double value, double limit) {
    // Negated, so that NaN is beyond every limit.
    if (!(value <= limit)) {
      exceeded.push_back(absl::StrFormat("%s %.3g above its limit %.3g", what, value, limit));
    }
  };
  check("MAE", report.mean_absolute, tolerance.mean_absolute);
  check("RMSE", report.root_mean_square, tolerance.root_mean_square);
  check("max", report.max_absolute, tolerance.max_absolute);
  if (!(report.cosine >= tolerance.cosine)) {
    exceeded.push_back(
        absl::StrFormat("cosine %.6f below its limit %.6f", report.cosine, tolerance.cosine));
  }
  if (exceeded.empty()) return absl::OkStatus();
  return absl::DataLossError(
      absl::StrCat(name, ": ", absl::StrJoin(exceeded, ", "), " (", report.ToString(), ")"));
}

}  // namespace attune
