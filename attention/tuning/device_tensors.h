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

// Allocated and filled once. Inputs are standard normals, a pool of a million of them repeated:
// values of real spread decide how fast a GPU may clock, but it does not matter to it that they
// recur. Packed sequences have the lengths of random_lengths.h, buffers the contents
// of random_buffers.h. For backward, out and log_sum_exp
// come from a forward plan on the same device.
class DeviceTensors {
 public:
  // `problem` has no strides of its own: gaps would count as elements that were not written.
  static absl::StatusOr<DeviceTensors> Create(const Problem& problem, Direction direction,
                                              Device& device, uint64_t seed);

  AttentionTensors Bind() const;
  // Of a packed problem.
  const CumulativeLengths& lengths() const { return lengths_; }
  bool Has(TensorRole role) const { return buffers_.count(role) != 0; }
  // A copy on the host of the tensor of `role`, which there must be.
  absl::StatusOr<std::vector<uint8_t>> CopyToHost(TensorRole role) const;
  // Makes every byte of the outputs 0xff: a NaN in every dtype.
  absl::Status PoisonOutputs();
  // DataLoss names the first output element that is a NaN, of rows that belong to a sequence. The
  // inputs are such that none should be.
  absl::Status CheckAllWritten() const;

 private:
  DeviceTensors(const Problem& problem, Direction direction, Device& device, uint64_t seed)
      : problem_(problem),
        direction_(direction),
        device_(&device),
        lengths_(RandomLengths(problem, seed)) {}

  absl::Status AddNormals(TensorRole role, int64_t elements, uint64_t seed);
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
