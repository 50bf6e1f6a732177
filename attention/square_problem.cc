#include "attention/square_problem.h"

namespace attune {

Problem SquareProblem(Dtype dtype, int64_t batch, int64_t heads, int64_t length, int64_t dim,
                      const Mask& mask) {
  return {.dtype = dtype,
          .batch = batch,
          .q_heads = heads,
          .kv_heads = heads,
          .q_len = length,
          .kv_len = length,
          .qk_dim = dim,
          .v_dim = dim,
          .mask = mask};
}

}  // namespace attune
