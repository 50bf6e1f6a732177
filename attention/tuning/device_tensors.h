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
#include "attention/sequences.h"
#include "attention/verification/attention_inputs.h"
#include "attention/verification/random_buffers.h"
#include "attention/verification/random_lengths.h"
#include "device/device.h"

namespace attune {

// Copies on the host, by role.
using HostTensors = std::map<TensorRole, std::vector<uint8_t>>;

// Allocated and filled once. Inputs are standard normals, a pool of a million of them repeated:
// values of real spread decide how fast a GPU may clock, but it does not matter to it that they
// recur. Each role has a pool of its own, so that queries and keys are independent, of a length
// that is prime, so that no two rows of a tensor are alike. Packed sequences have the lengths of
// random_lengths.h, buffers the contents of random_buffers.h. For backward, out and log_sum_exp
// come from a forward plan on the same device.
class DeviceTensors {
 public:
  // `problem` has no strides of its own: gaps would count as elements that were not written. Sets
  // of one seed begin at different places of the same pools.
  static absl::StatusOr<DeviceTensors> Create(const Problem& problem, Direction direction,
                                              Device& device, uint64_t seed, int set = 0);

  AttentionTensors Bind() const;
  // Of a packed problem.
  const CumulativeLengths& lengths() const { return lengths_; }
  bool Has(TensorRole role) const { return buffers_.count(role) != 0; }
  // A copy on the host of the tensor of `role`, which there must be.
  absl::StatusOr<std::vector<uint8_t>> CopyToHost(TensorRole role) const;
  // Makes every byte of the outputs 0xff: a NaN in every dtype.
  absl::Status PoisonOutputs();
  absl::StatusOr<HostTensors> CopyOutputsToHost() const;
  // The same into `outputs`, and into the memory that it has: the first touch of hundreds of
  // megabytes costs more than their copying.
  absl::Status CopyOutputsTo(HostTensors& outputs) const;
  // DataLoss names the first element of `outputs` that is a NaN, of rows that belong to a sequence.
  // The inputs are such that none should be.
  absl::Status CheckAllWritten(const HostTensors& outputs) const;

 private:
  DeviceTensors(const Problem& problem, Direction direction, Device& device, uint64_t seed)
      : problem_(problem),
        direction_(direction),
        device_(&device),
        lengths_(RandomLengths(problem, seed)) {}

  absl::Status AddNormals(TensorRole role, int64_t elements, uint64_t seed, int set);
  absl::Status AddSlopes();
  absl::Status AddLengths();
  absl::Status AddBuffers(uint64_t seed);
  absl::Status AddCopy(TensorRole role, const void* data, int64_t bytes);
  absl::Status Add(TensorRole role, int64_t bytes);
  absl::Status RunForward();

  Problem problem_;
  Direction direction_;
  Device* device_;
  CumulativeLengths lengths_;
  std::map<TensorRole, Buffer> buffers_;
};

}  // namespace attune

#endif  // ATTUNE_ATTENTION_TUNING_DEVICE_TENSORS_H_
