// A problem's tensors in device memory, for timing.
#ifndef ATTUNE_ATTENTION_TUNING_DEVICE_TENSORS_H_
#define ATTUNE_ATTENTION_TUNING_DEVICE_TENSORS_H_

#include <cstdint>
#include <map>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "attention/family.h"
#include "attention/problem.h"
#include "attention/verification/attention_inputs.h"
#include "device/device.h"

namespace attune {

// Copies on the host, by role.
using HostTensors = std::map<TensorRole, std::vector<uint8_t>>;

// Allocated and filled once. Inputs are standard normals, a pool of a million of them repeated:
// values of real spread decide how fast a GPU may clock, but it does not matter to it that they
// recur. Each role has a pool of its own, so that queries and keys are independent, of a length
// that is prime, so that no two rows of a tensor are alike. For backward, out and log_sum_exp come
// from a forward plan on the same device.
class DeviceTensors {
 public:
  // `problem` has no strides of its own: gaps would count as elements that were not written. Sets
  // of one seed begin at different places of the same pools.
  static absl::StatusOr<DeviceTensors> Create(const Problem& problem, Direction direction,
                                              Device& device, uint64_t seed, int set = 0);

  AttentionTensors Bind() const;
  // A copy on the host of a tensor of `role`.
  absl::StatusOr<std::vector<uint8_t>> CopyToHost(TensorRole role) const;
  // Makes every byte of the outputs 0xff: a NaN in every dtype.
  absl::Status PoisonOutputs();
  // The outputs. `reused` gives its memory: the first touch of hundreds of megabytes costs more
  // than their copying.
  absl::StatusOr<HostTensors> CopyOutputsToHost(HostTensors reused = {}) const;
  // DataLoss names the first element of `outputs` that is a NaN. The inputs are such that none
  // should be.
  absl::Status CheckAllWritten(const HostTensors& outputs) const;

 private:
  DeviceTensors(const Problem& problem, Direction direction, Device& device)
      : problem_(problem), direction_(direction), device_(&device) {}

  absl::Status AddNormals(TensorRole role, int64_t elements, uint64_t seed, int set);
  absl::Status AddSlopes();
  absl::Status Add(TensorRole role, int64_t bytes);
  absl::Status RunForward();

  Problem problem_;
  Direction direction_;
  Device* device_;
  std::map<TensorRole, Buffer> buffers_;
};

}  // namespace attune

#endif  // ATTUNE_ATTENTION_TUNING_DEVICE_TENSORS_H_
