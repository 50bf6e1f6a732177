// The oracle for attention backward: fp64, by the chain rule on the definition in problem.h.
#ifndef ATTUNE_ATTENTION_REFERENCE_BACKWARD_H_
#define ATTUNE_ATTENTION_REFERENCE_BACKWARD_H_

#include <vector>

#include "attention/problem.h"
#include "attention/reference/inputs.h"
#include "attention/tensors.h"

namespace attune {

struct ReferenceBackward {
  std::vector<double> d_query;  // [batch, q_heads, q_len, qk_dim], contiguous
  std::vector<double> d_key;    // [batch, kv_heads, kv_len, qk_dim]
  std::vector<double> d_value;  // [batch, kv_heads, kv_len, v_dim]
  // Where sequences are packed [heads, rows, dim], with the rows up to the last sequence's end.
};

// `problem` has no expressions, whose derivatives nobody knows. Reads query, key, value and d_out
// (host memory); computes probabilities and out itself, so that
// it shares no error with the forward that gave `tensors.out` and `tensors.log_sum_exp`, which it
// does not read.
ReferenceBackward ComputeReferenceBackward(const Problem& problem, const BackwardTensors& tensors);
ReferenceBackward ComputeReferenceBackward(const Problem& problem, const ReferenceInputs& inputs);

}  // namespace attune

#endif  // ATTUNE_ATTENTION_REFERENCE_BACKWARD_H_
