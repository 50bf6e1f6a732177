// A variant of the CPU kernel of ternary_matmul, bound to a problem.
#ifndef ATTUNE_ATTENTION_TERNARY_CPU_CPU_TERNARY_MATMUL_KERNEL_H_
#define ATTUNE_ATTENTION_TERNARY_CPU_CPU_TERNARY_MATMUL_KERNEL_H_

#include <cstdint>

#include "attention/ternary/cpu/cpu_ternary_matmul_variant.h"
#include "attention/ternary/matmul_family.h"

namespace attune {

CpuTernaryMatmulLayout LayOutCpuTernaryMatmul(const TernaryMatmulProblem& problem,
                                              const CpuTernaryMatmulConfiguration& configuration);

class CpuTernaryMatmulKernel : public TernaryMatmulKernel {
 public:
  CpuTernaryMatmulKernel(const TernaryMatmulProblem& problem,
                         const CpuTernaryMatmulVariant& variant, int64_t workers);

  WeightLayout weight_layout() const override;
  void PackWeights(const TernaryMatrix& weights, absl::Span<uint8_t> packed) const override;
  int64_t workspace_bytes() const override { return arguments_.layout.total_bytes; }
  Resources resources() const override;
  absl::Status Run(const TernaryMatmulTensors& tensors, void* workspace,
                   Stream& stream) const override;

 private:
  CpuTernaryMatmulVariant variant_;
  CpuTernaryMatmulArguments arguments_;
  int64_t workers_;
};

}  // namespace attune

#endif  // ATTUNE_ATTENTION_TERNARY_CPU_CPU_TERNARY_MATMUL_KERNEL_H_
