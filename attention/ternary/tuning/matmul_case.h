// A product with ternary weights in device memory, and the verdict on what kernels make of it.
#ifndef ATTUNE_ATTENTION_TERNARY_TUNING_MATMUL_CASE_H_
#define ATTUNE_ATTENTION_TERNARY_TUNING_MATMUL_CASE_H_

#include <cstdint>
#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "attention/ternary/matmul_family.h"
#include "attention/ternary/verification/matmul_inputs.h"
#include "device/device.h"

namespace attune {

class MatmulCase {
 public:
  // Draws inputs from `seed`, and computes `samples` outputs of them in fp64 (all, if there are no
  // more). `device` must outlive the case.
  static absl::StatusOr<MatmulCase> Create(const TernaryMatmulProblem& problem, Device& device,
                                           uint64_t seed, int64_t samples);

  // Runs `kernel` on poisoned output and workspace, with a guard around the one and behind the
  // other. DataLoss: an output that is wrong, or was not written, or memory beyond that was.
  absl::Status Verify(const TernaryMatmulKernel& kernel);

  // Where the tensors lie, the weights as `kernel` wants them: packed at the first call for a
  // layout, and kept.
  absl::StatusOr<TernaryMatmulTensors> Tensors(const TernaryMatmulKernel& kernel);

  const MatmulInputs& inputs() const { return inputs_; }

 private:
  MatmulCase(MatmulInputs inputs, Device& device) : inputs_(std::move(inputs)), device_(&device) {}
  absl::Status Allocate();

  MatmulInputs inputs_;
  MatmulExpectation expectation_;
  Device* device_;
  Buffer activations_;
  Buffer activation_scales_;
  Buffer bias_;
  Buffer out_;  // guards included
  std::map<std::string, Buffer> weights_;
};

// The problem that stands for `problem` where every output is compared: of the same traits, no
// larger, and with the same remainders modulo 64 (batch), 256 (rows) and 1024 (columns), so that a
// configuration that divides the one divides the other.
TernaryMatmulProblem SmallMatmulProblem(const TernaryMatmulProblem& problem);

}  // namespace attune

#endif  // ATTUNE_ATTENTION_TERNARY_TUNING_MATMUL_CASE_H_
