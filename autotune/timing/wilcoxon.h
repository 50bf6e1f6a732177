// The Wilcoxon signed-rank test.
#ifndef ATTUNE_AUTOTUNE_TIMING_WILCOXON_H_
#define ATTUNE_AUTOTUNE_TIMING_WILCOXON_H_

#include "absl/types/span.h"

namespace attune {

// The probability, were the paired differences symmetric about zero, of a sum of positive ranks at
// least as large as theirs: small where they are mostly above zero. One-sided. Zero differences are
// dropped, equal magnitudes share their mean rank; 1 where nothing is left. Exact given the ties up
// to 200 differences, normal approximation with corrections for ties and continuity beyond.
// Hollander, Wolfe and Chicken, "Nonparametric Statistical Methods", 3rd edition, section 3.1.
double WilcoxonSignedRankPValue(absl::Span<const double> differences);

}  // namespace attune

#endif  // ATTUNE_AUTOTUNE_TIMING_WILCOXON_H_
