// Key and value blocks on their way through shared memory: cp.async into a ring of stages.
//
// Blocks are walked downwards. For each, in order: AwaitKeys, the scores' product, AwaitValues, the
// output's product.
#ifndef ATTUNE_ATTENTION_CUDA_PORTABLE_PIPELINE_CUH_
#define ATTUNE_ATTENTION_CUDA_PORTABLE_PIPELINE_CUH_

#include <cuda/std/cstdint>

#include "attention/cuda/portable/forward_configuration.h"
#include "attention/cuda/portable/forward_parameters.h"
#include "attention/cuda/portable/shared_tile.cuh"
#include "attention/cuda/portable/tile.cuh"
#include "attention/cuda/ptx/cp_async.cuh"

namespace attune::portable {

template <PortableForwardTraits kT, PortableForwardConfiguration kC>
class Pipeline {
  static constexpr int kElementBytes = ElementBytes(kT.element);

 public:
  // `shared`: address of the first key stage; the value stages follow. Walks the key blocks
  // [begin, end), of which there is at least one.
  __device__ __forceinline__ Pipeline(const PortableForwardParameters& p, const Sequence& sequence,
                                      cuda::std::uint32_t shared, int begin, int end)
      : p_(p),
        keys_(FirstRow(p.key, sequence.key, KeyStride(), end - 1), KeyStride()),
        values_(FirstRow(p.value, sequence.value, ValueStride(), end - 1), ValueStride()),
        shared_(shared),
        blocks_left_(end - begin),
        rows_left_(sequence.kv_len - (end - 1) * kC.block_n) {}

  // Starts the first blocks. What the thread copied before, the queries, joins their first group.
  __device__ __forceinline__ void Begin() {
    if constexpr (kC.stages == 1) {
      LoadKeys(0);
      ptx::CommitCopies();
    } else {
#pragma unroll
      for (int stage = 0; stage < kC.stages - 1; ++stage) LoadBoth(stage);
    }
  }

  // Until the first block and the queries are there, to all threads.
  __device__ __forceinline__ void AwaitQueries() const {
    ptx::WaitCopies<kPending>();
    __syncthreads();
  }

  // Until the current block's keys are there, to all threads. One barrier tells both that the new
  // stage is full and that the last one is used up, to be filled again at once.
  __device__ __forceinline__ void AwaitKeys() {
    ptx::WaitCopies<kPending>();
    __syncthreads();
    if constexpr (kC.stages == 1) {
      LoadValues(0);
      ptx::CommitCopies();
      Next();
    } else {
      LoadBoth(stage_ == 0 ? kC.stages - 1 : stage_ - 1);
    }
  }

  __device__ __forceinline__ void AwaitValues() {
    if constexpr (kC.stages == 1) {
      ptx::WaitCopies<0>();
      __syncthreads();
      LoadKeys(0);
      ptx::CommitCopies();
    }
  }

  // After the output's product.
  __device__ __forceinline__ void Advance() {
    if constexpr (kC.stages > 1) stage_ = stage_ == kC.stages - 1 ? 0 : stage_ + 1;
  }

  // Shared addresses of the current block.
  __device__ __forceinline__ cuda::std::uint32_t keys() const {
    return shared_ + stage_ * KeyStageBytes(kT, kC);
  }
  __device__ __forceinline__ cuda::std::uint32_t values() const {
    return shared_ + kC.stages * KeyStageBytes(kT, kC) + stage_ * ValueStageBytes(kT, kC);
  }

 private:
  static constexpr int kPending = kC.stages == 1 ? 0 : kC.stages - 2;

  // In bytes.
  __device__ __forceinline__ long long KeyStride() const {
    return p_.key_strides.length * kElementBytes;
  }
  __device__ __forceinline__ long long ValueStride() const {
    return p_.value_strides.length * kElementBytes;
  }
  static __device__ __forceinline__ const char* FirstRow(const void* tensor, long long sequence,
                                                         long long stride, int block) {
    return static_cast<const char*>(tensor) + sequence * kElementBytes +
           block * kC.block_n * stride;
  }

  // A group even past the last block: waiting counts groups.
  __device__ __forceinline__ void LoadBoth(int stage) {
    LoadKeys(stage);
    LoadValues(stage);
    ptx::CommitCopies();
    Next();
  }
  __device__ __forceinline__ void Next() {
    keys_.StepUp(KeyStride());
    values_.StepUp(ValueStride());
    --blocks_left_;
    rows_left_ += kC.block_n;
  }
  __device__ __forceinline__ void LoadKeys(int stage) {
    if (blocks_left_ <= 0) return;
    keys_.Copy(shared_ + stage * KeyStageBytes(kT, kC), KeyStride(), rows_left_);
  }
  __device__ __forceinline__ void LoadValues(int stage) {
    if (blocks_left_ <= 0) return;
    values_.Copy(shared_ + kC.stages * KeyStageBytes(kT, kC) + stage * ValueStageBytes(kT, kC),
                 ValueStride(), rows_left_);
  }

  const PortableForwardParameters& p_;
  TileCopy<kT.element, kT.qk_dim, kC.block_n, Threads(kC), kT.vector_bytes> keys_;
  TileCopy<kT.element, kT.v_dim, kC.block_n, Threads(kC), kT.vector_bytes,
           kT.element == ElementType::kFloat ? Swizzle::kFourByTwo : Swizzle::kRows>
      values_;
  cuda::std::uint32_t shared_;
  int blocks_left_;  // to load
  int rows_left_;    // of the sequence from the next block to load on
  int stage_ = 0;
};

}  // namespace attune::portable

#endif  // ATTUNE_ATTENTION_CUDA_PORTABLE_PIPELINE_CUH_
