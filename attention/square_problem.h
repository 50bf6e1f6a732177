// Problems whose tensors all have the same sizes.
#ifndef ATTUNE_ATTENTION_SQUARE_PROBLEM_H_
#define ATTUNE_ATTENTION_SQUARE_PROBLEM_H_

#include <cstdint>

#include "attention/mask.h"
#include "attention/problem.h"
#include "numerics/dtype.h"

namespace attune {

// As many key-value heads as query heads, keys as queries, and both head dimensions alike; all else
// by default.
Problem SquareProblem(Dtype dtype, int64_t batch, int64_t heads, int64_t length, int64_t dim,
                      const Mask& mask = Mask::Full());

}  // namespace attune

#endif  // ATTUNE_ATTENTION_SQUARE_PROBLEM_H_
