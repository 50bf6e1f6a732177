// Seeded tensors in host memory for one run of attention, prepared so that what a kernel does wrong
// shows.
#ifndef ATTUNE_ATTENTION_VERIFICATION_ATTENTION_INPUTS_H_
#define ATTUNE_ATTENTION_VERIFICATION_ATTENTION_INPUTS_H_

#include <cstdint>
#include <functional>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "attention/problem.h"
#include "attention/reference/inputs.h"
#include "attention/sequences.h"
#include "attention/tensors.h"
#include "attention/verification/guarded_array.h"

namespace attune {

enum class TensorRole {
  kQuery,
  kKey,
  kValue,
  kAlibiSlopes,
  kOut,
  kLogSumExp,
  kDOut,
  kDQuery,
  kDKey,
  kDValue,
  kCumulativeQueryLengths,  // elements are of 4 bytes as those of fp32 are, and hold integers
  kCumulativeKeyLengths,
  kFirstBuffer,  // of kMaxNamedBuffers, elements as above
};

// The name of the field in attention/tensors.h: "query", "d_key", "log_sum_exp".
absl::string_view TensorRoleName(TensorRole role);

TensorRole BufferRole(int64_t index);

struct HostTensor {
  TensorRole role;
  bool is_output;
  TensorShape shape;
  Strides strides;
  GuardedArray array;

  // The elements as fp64, contiguous, gaps left out.
  std::vector<double> Contiguous() const;
};

// The tensors of a direction at the addresses that `address` gives; null for a role that it knows
// nothing of.
ForwardTensors BindForward(const std::function<void*(TensorRole)>& address);
BackwardTensors BindBackward(const std::function<void*(TensorRole)>& address);

// Inputs are standard normal, the same numbers for a seed whatever the layout, strides and dtype
// they are rounded to; ALiBi slopes are those of the paper, lengths of packed sequences those of
// random_lengths.h, buffers those of random_buffers.h. Gaps between rows and rows of no sequence
// are poison, in inputs and outputs; outputs are all poison; all tensors have canaries around them.
// For backward, out and log_sum_exp are the reference's, rounded.
class AttentionInputs {
 public:
  // `problem` must be valid, have the functions of its expressions, and no expressions for
  // backward.
  AttentionInputs(const Problem& problem, Direction direction, uint64_t seed);

  const Problem& problem() const { return problem_; }
  Direction direction() const { return direction_; }
  uint64_t seed() const { return seed_; }
  const CumulativeLengths& lengths() const { return lengths_; }

  // The tensors of the direction, inputs before outputs. Who runs on a device mirrors each one's
  // array.bytes(), and copies the bytes back after the run.
  std::vector<HostTensor>& tensors() { return tensors_; }
  const std::vector<HostTensor>& tensors() const { return tensors_; }
  // The tensor of `role`, which must be one of the direction's.
  HostTensor& tensor(TensorRole role);
  const HostTensor& tensor(TensorRole role) const;

  // Addresses in this object's memory.
  ForwardTensors Forward();
  BackwardTensors Backward();
  ReferenceInputs Reference() const;

  // Makes the outputs poison again, and their guards canaries, for another run.
  void ResetOutputs();

  // DataLoss if memory around a tensor or in a gap of an output was written, or an input changed.
  absl::Status CheckCanaries() const;

 private:
  void Add(TensorRole role, bool is_output, Dtype dtype, const TensorShape& shape,
           const Strides& strides, int64_t extent);
  // Four bytes an element.
  void AddBytes(TensorRole role, const void* data, int64_t elements);
  // Lengths, buffers and slopes.
  void AddSmallInputs();
  void AddBackwardInputs();
  void FillWith(TensorRole role, const std::function<double(int64_t)>& value);
  void FillNormals(TensorRole role);

  Problem problem_;
  Direction direction_;
  uint64_t seed_;
  CumulativeLengths lengths_;
  std::vector<HostTensor> tensors_;
  std::vector<uint64_t> input_hashes_;  // of the whole arrays, guards and gaps included
};

}  // namespace attune

#endif  // ATTUNE_ATTENTION_VERIFICATION_ATTENTION_INPUTS_H_
