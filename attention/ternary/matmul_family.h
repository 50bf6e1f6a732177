// What every kernel family of ternary_matmul gives besides what families of every operator do
// (operators/operator_family.h).
#ifndef ATTUNE_ATTENTION_TERNARY_MATMUL_FAMILY_H_
#define ATTUNE_ATTENTION_TERNARY_MATMUL_FAMILY_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "attention/ternary/matmul_problem.h"
#include "attention/ternary/matmul_tensors.h"
#include "attention/ternary/ternary_matrix.h"
#include "autotune/space/variables.h"
#include "autotune/workload/workload.h"
#include "operators/operator_family.h"

namespace attune {

// How a kernel wants planes and scales to lie in memory. Kernels whose layouts are equal for one
// shape read the same weights, so that one copy serves plans of several batches.
struct WeightLayout {
  std::string name;   // "rows", "tiles_of_16_rows"; equal names pack equally
  int64_t bytes = 0;  // TernaryBytes of the shape, and what padding to whole tiles adds

  friend bool operator==(const WeightLayout&, const WeightLayout&) = default;
};

class TernaryMatmulKernel : public OperatorKernel<TernaryMatmulTensors> {
 public:
  virtual WeightLayout weight_layout() const = 0;
  // Lays out `weights`, a valid matrix of the problem's shape, in `packed`, host memory of
  // weight_layout().bytes. Who runs the kernel copies it to the device.
  virtual void PackWeights(const TernaryMatrix& weights, absl::Span<uint8_t> packed) const = 0;
};

class TernaryMatmulFamily : public OperatorFamily<TernaryMatmulProblem, TernaryMatmulKernel> {
 public:
  absl::string_view operator_name() const final { return kTernaryMatmul; }
  Workload ToWorkload(const TernaryMatmulProblem& problem) const final {
    return WorkloadOf(problem);
  }
  absl::StatusOr<TernaryMatmulProblem> FromWorkload(const Workload& workload) const final {
    return TernaryMatmulProblemOf(workload);
  }
  Variables ProblemNumbers(const TernaryMatmulProblem& problem) const final {
    return ProblemVariables(problem);
  }
};

}  // namespace attune

#endif  // ATTUNE_ATTENTION_TERNARY_MATMUL_FAMILY_H_
