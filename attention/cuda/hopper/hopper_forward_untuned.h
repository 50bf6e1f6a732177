// What hopper_forward runs where nothing has been tuned: no one configuration is good at every head
// dim, length and mask.
#ifndef ATTUNE_ATTENTION_CUDA_HOPPER_HOPPER_FORWARD_UNTUNED_H_
#define ATTUNE_ATTENTION_CUDA_HOPPER_HOPPER_FORWARD_UNTUNED_H_

#include "attention/cuda/hopper/forward_configuration.cuh"
#include "attention/cuda/hopper/hopper_forward_model.h"
#include "attention/problem.h"
#include "autotune/space/variables.h"

namespace attune::hopper {

struct UntunedChoice {
  HopperForwardConfiguration variant;
  LaunchChoice launch;
};

// After the fastest variants of docs/hopper_forward_log.md (NVIDIA H200, 2026-11-22), carried over
// to the head dims between those measured. The space admits it for every problem that CheckProblem
// does.
UntunedChoice UntunedChoiceOf(const Problem& problem);

// "untuned_<parameter>" for every parameter of the space (autotune/space/untuned.h).
Variables UntunedVariables(const Problem& problem);

}  // namespace attune::hopper

#endif  // ATTUNE_ATTENTION_CUDA_HOPPER_HOPPER_FORWARD_UNTUNED_H_
