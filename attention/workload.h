// Between attention problems and the workloads that the tuner and its cache know.
#ifndef ATTUNE_ATTENTION_WORKLOAD_H_
#define ATTUNE_ATTENTION_WORKLOAD_H_

#include "absl/status/statusor.h"
#include "attention/problem.h"
#include "autotune/space/variables.h"
#include "autotune/workload/workload.h"

namespace attune {

// What of `problem` decides speed. Traits: dtype, qk_dim, v_dim, mask (full, causal, window),
// alignment, soft_cap and alibi (0 or 1); packed (1) where sequences are; score_expression and
// mask_expression, escaped as in URLs, and buffers ("bias:fp32,ids:int32") where there are any.
// Sizes: batch, q_heads, kv_heads, q_len, kv_len; for windows the keys seen to each side,
// window_left and window_right, where bounded; of packed sequences total_q_len and total_kv_len; of
// each buffer extent_NAME. Strides and scales are left out: no family's speed depends on them
// beyond what its Supports refuses.
Workload WorkloadOf(const Problem& problem, Direction direction);

struct AttentionWorkload {
  Problem problem;
  Direction direction = Direction::kForward;
};

// A valid problem that stands for `workload`: without the functions of expressions, contiguous,
// default scale, a soft cap of 30 where there is one. InvalidArgument names the trait or size that
// is missing, unknown or malformed, and the sizes of a window that is the full mask or the causal
// one.
absl::StatusOr<AttentionWorkload> ProblemOf(const Workload& workload);

// The numbers of `problem` that constraints may name: the workload's sizes, qk_dim, v_dim,
// dtype_bytes, dtype_is_bf16, causal, window, soft_cap, alibi and packed (0 or 1).
Variables ProblemVariables(const Problem& problem);

}  // namespace attune

#endif  // ATTUNE_ATTENTION_WORKLOAD_H_
