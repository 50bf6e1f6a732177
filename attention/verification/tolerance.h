// How far from fp64 a kernel's results may be (docs/design.md, "Masks, rows and numbers").
#ifndef ATTUNE_ATTENTION_VERIFICATION_TOLERANCE_H_
#define ATTUNE_ATTENTION_VERIFICATION_TOLERANCE_H_

#include "absl/types/span.h"
#include "attention/problem.h"
#include "attention/reference/backward.h"
#include "attention/reference/forward.h"
#include "attention/reference/inputs.h"
#include "numerics/dtype.h"
#include "numerics/error.h"

namespace attune {

// The limits of fp32 on the CPU, which sums in a better order than a GPU must: MAE and RMSE below
// 1e-6, cosine above 0.9999.
Tolerance CpuFloat32Tolerance();

// fp32: `Tolerance()`, the fixed limits. fp16 and bf16: twice the error that `straightforward` has
// against `exact`, and no less than the error of rounding `exact` itself to the dtype. The cosine's
// limit is lower, for any dtype, only where `straightforward` shows that `exact` is nothing but
// what rounding leaves of zero.
Tolerance DeriveTolerance(Dtype dtype, absl::Span<const double> exact,
                          absl::Span<const double> straightforward);

struct ForwardTolerance {
  Tolerance out;
  Tolerance log_sum_exp;  // fp32 in every dtype; twice the straightforward error where that is more
};
ForwardTolerance DeriveForwardTolerance(const Problem& problem, const ReferenceInputs& inputs,
                                        const ReferenceForward& exact);

struct BackwardTolerance {
  Tolerance d_query;
  Tolerance d_key;
  Tolerance d_value;
};
// `given` holds the out and log_sum_exp that backward reads.
BackwardTolerance DeriveBackwardTolerance(const Problem& problem, const ReferenceInputs& inputs,
                                          const ReferenceForward& given,
                                          const ReferenceBackward& exact);

}  // namespace attune

#endif  // ATTUNE_ATTENTION_VERIFICATION_TOLERANCE_H_
