// The CPU backward kernel's host side: where things lie in the workspace, and what runs in
// parallel.
#ifndef ATTUNE_ATTENTION_CPU_CPU_BACKWARD_KERNEL_H_
#define ATTUNE_ATTENTION_CPU_CPU_BACKWARD_KERNEL_H_

#include <cstdint>

#include "absl/status/status.h"
#include "attention/cpu/cpu_backward_variant.h"
#include "attention/family.h"
#include "attention/problem.h"

namespace attune {

// Where a run of `problem` with `workers` threads keeps packed inputs, sums and scratch memory.
// Linear in the lengths.
CpuBackwardLayout LayOutCpuBackward(const Problem& problem, const CpuBackwardVariant& variant,
                                    int64_t workers);

class CpuBackwardKernel : public AttentionKernel {
 public:
  CpuBackwardKernel(const Problem& problem, const CpuBackwardVariant& variant, int64_t workers);

  int64_t workspace_bytes() const override { return arguments_.layout.total_bytes; }
  Resources resources() const override;
  absl::Status Run(const AttentionTensors& tensors, void* workspace, Stream& stream) const override;

 private:
  void PackWave(const CpuBackwardArguments& arguments, int64_t heads) const;
  void ComputeWave(const CpuBackwardArguments& arguments, int64_t heads) const;

  CpuBackwardVariant variant_;
  int64_t workers_;
  CpuBackwardArguments arguments_;  // all but the addresses
};

}  // namespace attune

#endif  // ATTUNE_ATTENTION_CPU_CPU_BACKWARD_KERNEL_H_
