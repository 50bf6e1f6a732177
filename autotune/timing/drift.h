// Tells how much slower or faster a device has become since a search began.
#ifndef ATTUNE_AUTOTUNE_TIMING_DRIFT_H_
#define ATTUNE_AUTOTUNE_TIMING_DRIFT_H_

#include <optional>
#include <vector>

#include "absl/types/span.h"

namespace attune {

// One configuration, the reference, is timed again and again throughout a search. What its times
// change by, the device changed by: clocks, temperature, another tenant, another device of the same
// model.
class DriftCorrection {
 public:
  // How much more time the device needs than at the first call, as a factor: by it the times taken
  // now are divided before they are compared. 1 while the 95 % intervals of the medians
  // (statistics.h) of `reference` and of the first call's overlap: noise is no drift, and dividing
  // by it would add it to every time. `reference` holds at least one time above zero.
  double Factor(absl::Span<const double> reference);

 private:
  std::optional<std::vector<double>> first_;
};

}  // namespace attune

#endif  // ATTUNE_AUTOTUNE_TIMING_DRIFT_H_
