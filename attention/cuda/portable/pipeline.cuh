// Key and value blocks on their way through shared memory: cp.async into a ring of stages.
//
// Blocks are walked downwards. For each, in order: AwaitKeys, the scores' product, AwaitValues, the
// output's product.
#ifndef ATTUNE_ATTENTION_CUDA_PORTABLE_PIPELINE_CUH_
#define ATTUNE_ATTENTION_CUDA_PORTABLE_PIPELINE_CUH_

#include <cuda/std/cstdint>

#include "attention/cuda/portable/forward_configuration.h"
#include "attention/cuda/portable/shared_tile.cuh"
#include "attention/cuda/ptx/cp_async.cuh"

namespace attune::portable {

// Where one sequence's keys and values of one head lie in global memory. Strides in bytes.
struct KeyValueSource {
  const char* key;
  const char* value;
  long long key_stride;
  long long value_stride;
  int kv_len;
};

template <PortableForwardTraits kT, PortableForwardConfiguration kC>
class Pipeline {
 public:
  // `shared`: address of the first key stage; the value stages follow. Blocks [begin, end).
  __device__ __forceinline__ Pipeline(const KeyValueSource& source, cuda::std::uint32_t shared,
                                      int begin, int end)
      : source_(source), shared_(shared), begin_(begin), next_(end - 1) {}

  // Starts the first blocks. What the thread copied before, the queries, joins their first group.
  __device__ __forceinline__ void Begin() {
    if constexpr (kC.stages == 1) {
      LoadKeys(next_, 0);
      ptx::CommitCopies();
    } else {
#pragma unroll
      for (int stage = 0; stage < kC.stages - 1; ++stage) LoadBoth(stage);
    }
  }

  // Until the current block's keys are there, to all threads. One barrier tells both that the new
  // stage is full and that the last one is used up, to be filled again at once.
  __device__ __forceinline__ void AwaitKeys() {
    ptx::WaitCopies<kC.stages == 1 ? 0 : kC.stages - 2>();
    __syncthreads();
    if constexpr (kC.stages == 1) {
      LoadValues(next_, 0);
      ptx::CommitCopies();
    } else {
      LoadBoth(stage_ == 0 ? kC.stages - 1 : stage_ - 1);
    }
  }

  __device__ __forceinline__ void AwaitValues() {
    if constexpr (kC.stages == 1) {
      ptx::WaitCopies<0>();
      __syncthreads();
      --next_;
      LoadKeys(next_, 0);
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
  // A group even past the last block: waiting counts groups.
  __device__ __forceinline__ void LoadBoth(int stage) {
    LoadKeys(next_, stage);
    LoadValues(next_, stage);
    ptx::CommitCopies();
    --next_;
  }
  __device__ __forceinline__ void LoadKeys(int block, int stage) {
    if (block < begin_) return;
    const int first = block * kC.block_n;
    TileCopy<kT.element, kT.qk_dim, kC.block_n, Threads(kC), kT.vector_bytes>::Run(
        shared_ + stage * KeyStageBytes(kT, kC), source_.key + first * source_.key_stride,
        source_.key_stride, source_.kv_len - first);
  }
  __device__ __forceinline__ void LoadValues(int block, int stage) {
    if (block < begin_) return;
    const int first = block * kC.block_n;
    TileCopy<kT.element, kT.v_dim, kC.block_n, Threads(kC), kT.vector_bytes,
             kT.element == ElementType::kFloat ? Swizzle::kFourByTwo : Swizzle::kRows>::
        Run(shared_ + kC.stages * KeyStageBytes(kT, kC) + stage * ValueStageBytes(kT, kC),
            source_.value + first * source_.value_stride, source_.value_stride,
            source_.kv_len - first);
  }

  KeyValueSource source_;
  cuda::std::uint32_t shared_;
  int begin_;
  int next_;  // block to load next
  int stage_ = 0;
};

}  // namespace attune::portable

#endif  // ATTUNE_ATTENTION_CUDA_PORTABLE_PIPELINE_CUH_
