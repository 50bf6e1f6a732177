// One sequence of the batch: its lengths, its diagonal, and where its rows begin.
#ifndef ATTUNE_ATTENTION_CUDA_HOPPER_SEQUENCE_CUH_
#define ATTUNE_ATTENTION_CUDA_HOPPER_SEQUENCE_CUH_

#include "attention/cuda/hopper/forward_arguments.cuh"
#include "attention/cuda/hopper/packed_tile.cuh"

namespace attune::hopper {

template <bool kPacked>
class Sequence;

// Every sequence has the same lengths, in the constant bank: nothing here takes registers.
template <>
class Sequence<false> {
 public:
  __device__ __forceinline__ explicit Sequence(const ForwardArguments& arguments)
      : arguments_(&arguments) {}

  __device__ __forceinline__ int q_len() const { return arguments_->q_len; }
  __device__ __forceinline__ int kv_len() const { return arguments_->kv_len; }
  // As ForwardArguments::left and right, alignment folded in.
  __device__ __forceinline__ int left() const { return arguments_->left; }
  __device__ __forceinline__ int right() const { return arguments_->right; }
  // Key index minus query index on the diagonal.
  __device__ __forceinline__ int offset() const { return arguments_->offset; }
  // Of the tensors' rows.
  __device__ __forceinline__ int first_query() const { return 0; }
  __device__ __forceinline__ int first_key() const { return 0; }

 private:
  const ForwardArguments* arguments_;
};

template <>
class Sequence<true> {
 public:
  __device__ __forceinline__ explicit Sequence(const ForwardArguments& arguments)
      : arguments_(&arguments), rows_{} {}
  __device__ __forceinline__ Sequence(const ForwardArguments& arguments, const PackedRows& rows)
      : arguments_(&arguments), rows_(rows) {}

  __device__ __forceinline__ int q_len() const { return rows_.q_len; }
  __device__ __forceinline__ int kv_len() const { return rows_.kv_len; }
  __device__ __forceinline__ int left() const { return arguments_->left - offset(); }
  __device__ __forceinline__ int right() const { return arguments_->right + offset(); }
  __device__ __forceinline__ int offset() const {
    return arguments_->bottom_right != 0 ? rows_.kv_len - rows_.q_len : 0;
  }
  __device__ __forceinline__ int first_query() const { return rows_.first_query; }
  __device__ __forceinline__ int first_key() const { return rows_.first_key; }

 private:
  const ForwardArguments* arguments_;
  PackedRows rows_;
};

// What functors are made from, by the names that they know (functors/score_modifier.cuh).
struct SequenceLengths {
  int q_len;
  int kv_len;
};

}  // namespace attune::hopper

#endif  // ATTUNE_ATTENTION_CUDA_HOPPER_SEQUENCE_CUH_
