// Random problems for tests, and what makes a failing one readable.
#ifndef ATTUNE_TESTING_RANDOM_PROBLEM_H_
#define ATTUNE_TESTING_RANDOM_PROBLEM_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "attention/problem.h"
#include "numerics/dtype.h"

namespace attune {

struct HeadCounts {
  int64_t q_heads;
  int64_t kv_heads;
};

// What random problems may have. Sizes are upper limits; a feature that is off never occurs.
struct RandomProblemOptions {
  std::vector<Dtype> dtypes = {Dtype::kFloat32, Dtype::kFloat16, Dtype::kBfloat16};
  int64_t max_batch = 3;
  int64_t max_length = 130;
  int64_t min_head_dim = 16;
  int64_t max_head_dim = kMaxHeadDim;
  int64_t head_dim_step = kHeadDimStep;
  bool unequal_dims = true;
  bool unequal_lengths = true;
  bool empty_lengths = true;                       // q_len or kv_len 0
  bool grouped_heads = true;                       // (8, 4) and (8, 1) besides (4, 4)
  std::optional<HeadCounts> heads = std::nullopt;  // these instead
  bool causal = true;
  bool windows = true;
  bool top_left = true;
  bool scale = true;
  bool soft_cap = true;
  bool alibi = true;
  bool head_length_layout = true;
  bool packed = true;   // of the sequences' lengths what is drawn here is the longest's
  bool strides = true;  // gaps behind rows, heads and batches, in steps of 8 elements
};

// The valid problem of `seed`. Over many seeds each feature occurs often, alone and with others.
Problem RandomProblem(uint64_t seed, const RandomProblemOptions& options = {});

// Valid problems that are each simpler than `problem` in one respect, the boldest steps first.
// Taking any of them again and again comes to an end.
std::vector<Problem> Shrink(const Problem& problem);

// The problem that is left when `fails(problem)`, true for the given one, is false for all that
// Shrink offers.
Problem ShrinkFailure(const Problem& problem, const std::function<bool(const Problem&)>& fails);

}  // namespace attune

#endif  // ATTUNE_TESTING_RANDOM_PROBLEM_H_
