// What a run asks of its tensors' addresses, whatever the family.
#ifndef ATTUNE_ATTENTION_REQUIRED_TENSORS_H_
#define ATTUNE_ATTENTION_REQUIRED_TENSORS_H_

#include "absl/status/status.h"
#include "attention/family.h"
#include "attention/problem.h"

namespace attune {

// OK if `tensors` are of `direction`, every one that holds elements and is not optional is given,
// and all that the problem reads or writes are aligned to their elements. Otherwise
// FailedPrecondition, or InvalidArgument that names the tensor.
absl::Status CheckTensors(const Problem& problem, Direction direction,
                          const AttentionTensors& tensors);

}  // namespace attune

#endif  // ATTUNE_ATTENTION_REQUIRED_TENSORS_H_
