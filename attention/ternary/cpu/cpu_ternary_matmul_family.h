// The product with ternary weights on any CPU.
#ifndef ATTUNE_ATTENTION_TERNARY_CPU_CPU_TERNARY_MATMUL_FAMILY_H_
#define ATTUNE_ATTENTION_TERNARY_CPU_CPU_TERNARY_MATMUL_FAMILY_H_

#include <memory>
#include <string>

#include "attention/ternary/matmul_family.h"

namespace attune {

// Sums are in fp32. Those of int8 activations are exact before they are scaled: of 1024 columns or
// a group in fp32, and on AVX-512 of 256 columns or a group in sixteen bits.
class CpuTernaryMatmulFamily : public TernaryMatmulFamily {
 public:
  absl::string_view name() const override { return "cpu_ternary_matmul"; }
  const ParameterSpace& space() const override;
  std::string fingerprint() const override;

  // Every valid problem, on CPUs that Highway has a target for.
  absl::Status Supports(const TernaryMatmulProblem& problem,
                        const DeviceInfo& device) const override;

  // workspace_bytes; untuned_row_tiles and untuned_batch_rows.
  Variables Model(const TernaryMatmulProblem& problem, const Configuration& configuration,
                  const DeviceInfo& device) const override;

  absl::StatusOr<std::unique_ptr<TernaryMatmulKernel>> Prepare(const TernaryMatmulProblem& problem,
                                                               const Configuration& configuration,
                                                               Device& device) const override;
};

}  // namespace attune

#endif  // ATTUNE_ATTENTION_TERNARY_CPU_CPU_TERNARY_MATMUL_FAMILY_H_
