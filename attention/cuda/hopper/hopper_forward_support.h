// Which problems hopper_forward computes.
#ifndef ATTUNE_ATTENTION_CUDA_HOPPER_HOPPER_FORWARD_SUPPORT_H_
#define ATTUNE_ATTENTION_CUDA_HOPPER_HOPPER_FORWARD_SUPPORT_H_

#include "absl/status/status.h"
#include "attention/problem.h"

namespace attune::hopper {

// OK, or Unimplemented with what of `problem`, a valid one, the kernel does not do and what it
// does.
absl::Status CheckProblem(const Problem& problem);

}  // namespace attune::hopper

#endif  // ATTUNE_ATTENTION_CUDA_HOPPER_HOPPER_FORWARD_SUPPORT_H_
