// What a family's host-side model says of candidates, for strategies that learn.
#ifndef ATTUNE_AUTOTUNE_SEARCH_FEATURES_H_
#define ATTUNE_AUTOTUNE_SEARCH_FEATURES_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "autotune/space/configuration.h"
#include "autotune/space/parameter_space.h"

namespace attune {

struct Features {
  std::vector<std::string> names;         // sorted
  std::vector<std::vector<double>> rows;  // [candidate][name]
};

// The variables of `model` that differ between `candidates`: what a block takes of shared memory,
// the registers of a thread. A variable that some candidates lack is left out. The model's errors.
absl::StatusOr<Features> FeaturesOf(const std::vector<Configuration>& candidates,
                                    ParameterSpace::Model model);

}  // namespace attune

#endif  // ATTUNE_AUTOTUNE_SEARCH_FEATURES_H_
