// The CPU forward kernel's host side: where things lie in the workspace, and what runs in parallel.
#ifndef ATTUNE_ATTENTION_CPU_CPU_FORWARD_KERNEL_H_
#define ATTUNE_ATTENTION_CPU_CPU_FORWARD_KERNEL_H_

#include <cstdint>

#include "absl/status/status.h"
#include "attention/cpu/cpu_forward_variant.h"
#include "attention/family.h"
#include "attention/problem.h"

namespace attune {

// Where a run of `problem` with `workers` threads keeps packed keys and values and its scratch
// memory. Linear in the lengths.
CpuForwardLayout LayOutCpuForward(const Problem& problem, const CpuForwardShape& shape,
                                  int64_t workers);

class CpuForwardKernel : public AttentionKernel {
 public:
  CpuForwardKernel(const Problem& problem, const CpuForwardVariant& variant, int64_t workers);

  int64_t workspace_bytes() const override { return arguments_.layout.total_bytes; }
  Resources resources() const override;
  absl::Status Run(const AttentionTensors& tensors, void* workspace, Stream& stream) const override;

 private:
  CpuForwardVariant variant_;
  int64_t workers_;
  CpuForwardArguments arguments_;  // all but the addresses
};

}  // namespace attune

#endif  // ATTUNE_ATTENTION_CPU_CPU_FORWARD_KERNEL_H_
