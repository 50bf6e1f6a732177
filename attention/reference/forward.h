// The oracle for attention forward: fp64, direct from the definition in problem.h, written
// independently of every kernel family, never fast.
#ifndef ATTUNE_ATTENTION_REFERENCE_FORWARD_H_
#define ATTUNE_ATTENTION_REFERENCE_FORWARD_H_

#include <cstdint>
#include <vector>

#include "attention/problem.h"
#include "attention/reference/inputs.h"
#include "attention/tensors.h"

namespace attune {

struct ReferenceForward {
  std::vector<double> out;          // [batch, q_heads, q_len, v_dim], contiguous
  std::vector<double> log_sum_exp;  // [batch, q_heads, q_len]
  // Where sequences are packed [q_heads, rows, v_dim] and [q_heads, rows], with the rows up to the
  // last sequence's end.
};

// Reads the inputs of `tensors` (host memory, the problem's dtype and strides); `problem` must be
// valid. Keys and values that a row does not see do not reach it, NaN or not. A score that is NaN
// or plus infinity makes its row NaN: softmax subtracts the largest score.
ReferenceForward ComputeReferenceForward(const Problem& problem, const ForwardTensors& tensors);
ReferenceForward ComputeReferenceForward(const Problem& problem, const ReferenceInputs& inputs);

// Row `row` of sequence `batch` in query head `head`, for checks of problems too large to compute
// whole.
struct ReferenceRow {
  std::vector<double> out;  // [v_dim]
  double log_sum_exp = 0;
};
ReferenceRow ComputeReferenceRow(const Problem& problem, const ForwardTensors& tensors,
                                 int64_t batch, int64_t head, int64_t row);

}  // namespace attune

#endif  // ATTUNE_ATTENTION_REFERENCE_FORWARD_H_
