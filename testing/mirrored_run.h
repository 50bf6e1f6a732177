// Runs a kernel on device copies of tensors that are in host memory.
#ifndef ATTUNE_TESTING_MIRRORED_RUN_H_
#define ATTUNE_TESTING_MIRRORED_RUN_H_

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "attention/family.h"
#include "attention/verification/attention_inputs.h"
#include "device/device.h"

namespace attune {

// Copies every tensor of `inputs` to `device`, guards and all; calls `run` with the copies'
// addresses and a stream; waits; copies everything back. Then `inputs` can be verified.
absl::Status RunMirrored(
    Device& device, AttentionInputs& inputs,
    absl::FunctionRef<absl::Status(const AttentionTensors& tensors, Stream& stream)> run);

// The same with a kernel, on a workspace that is poisoned, then prepared by the kernel.
absl::Status RunMirrored(const AttentionKernel& kernel, Device& device, AttentionInputs& inputs);

}  // namespace attune

#endif  // ATTUNE_TESTING_MIRRORED_RUN_H_
