// Key and value blocks on their way through shared memory: cp.async into a ring of stages.
//
// Blocks are walked downwards. For each, in order: AwaitKeys, the scores' product, AwaitValues, the
// output's product, Advance. With overlap, keys run one block ahead: AwaitFirst, the first block's
// scores; then for each block Await, the next block's scores, the output's product, Advance.
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
        begin_(begin),
        kv_len_(sequence.kv_len) {}

  // Starts the first blocks, from `last` down. What the thread copied before, the queries, joins
  // their first group.
  __device__ __forceinline__ void Begin(int last) {
    if constexpr (kC.stages == 1 || kAhead == 1) {
      LoadKeys(0, last);
      ptx::CommitCopies();
    }
#pragma unroll
    for (int stage = 0; stage < kC.stages - 1; ++stage) LoadBoth(stage, last - stage);
  }

  // Until the queries and the first block's keys are there, to all threads.
  __device__ __forceinline__ void AwaitFirst() const {
    ptx::WaitCopies<kPending + kAhead>();
    __syncthreads();
  }

  // Until the keys of `block`, the current one, are there, to all threads, and with several stages
  // its values too. One barrier tells both that the new stage is full and that the last one is used
  // up, to be filled again at once.
  __device__ __forceinline__ void AwaitKeys(int block) {
    ptx::WaitCopies<kPending>();
    __syncthreads();
    if constexpr (kC.stages == 1) {
      LoadValues(0, block);
      ptx::CommitCopies();
    } else {
      LoadBoth(stage_ == 0 ? kC.stages - 1 : stage_ - 1, block - (kC.stages - 1));
    }
  }

  __device__ __forceinline__ void AwaitValues(int block) {
    if constexpr (kC.stages == 1) {
      ptx::WaitCopies<0>();
      __syncthreads();
      LoadKeys(0, block - 1);
      ptx::CommitCopies();
    }
  }

  // With overlap: until the current block's values and the next one's keys are there.
  __device__ __forceinline__ void Await(int block) { AwaitKeys(block); }

  // After the output's product.
  __device__ __forceinline__ void Advance() {
    if constexpr (kC.stages > 1) stage_ = After(stage_);
  }

  // Shared addresses of the current block.
  __device__ __forceinline__ cuda::std::uint32_t keys() const { return KeyStage(stage_); }
  __device__ __forceinline__ cuda::std::uint32_t next_keys() const {
    return KeyStage(After(stage_));
  }
  __device__ __forceinline__ cuda::std::uint32_t values() const { return ValueStage(stage_); }

 private:
  static constexpr int kPending = kC.stages == 1 ? 0 : kC.stages - 2;
  static constexpr int kAhead = kC.overlap != 0 ? 1 : 0;

  static __device__ __forceinline__ int After(int stage) {
    return stage == kC.stages - 1 ? 0 : stage + 1;
  }
  __device__ __forceinline__ cuda::std::uint32_t KeyStage(int stage) const {
    return shared_ + stage * KeyStageBytes(kT, kC);
  }
  __device__ __forceinline__ cuda::std::uint32_t ValueStage(int stage) const {
    return shared_ + kC.stages * KeyStageBytes(kT, kC) + stage * ValueStageBytes(kT, kC);
  }

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

  // The values of `block` into `stage`, and its keys into the same, or, running ahead, the next
  // block's into the next stage. A group even past the last block: waiting counts groups.
  __device__ __forceinline__ void LoadBoth(int stage, int block) {
    LoadKeys(kAhead == 1 ? After(stage) : stage, block - kAhead);
    LoadValues(stage, block);
    ptx::CommitCopies();
  }
  __device__ __forceinline__ void LoadKeys(int stage, int block) {
    if (block >= begin_) {
      keys_.Copy(KeyStage(stage), KeyStride(), kv_len_ - block * kC.block_n);
    }
    keys_.StepUp(KeyStride());
  }
  __device__ __forceinline__ void LoadValues(int stage, int block) {
    if (block >= begin_) {
      values_.Copy(ValueStage(stage), ValueStride(), kv_len_ - block * kC.block_n);
    }
    values_.StepUp(ValueStride());
  }

  const PortableForwardParameters& p_;
  TileCopy<kT.element, kT.qk_dim, kC.block_n, Threads(kC), kT.vector_bytes> keys_;
  TileCopy<kT.element, kT.v_dim, kC.block_n, Threads(kC), kT.vector_bytes,
           kT.element == ElementType::kFloat ? Swizzle::kFourByTwo : Swizzle::kRows>
      values_;
  cuda::std::uint32_t shared_;
  int begin_;
  int kv_len_;
  int stage_ = 0;
};

}  // namespace attune::portable

#endif  // ATTUNE_ATTENTION_CUDA_PORTABLE_PIPELINE_CUH_
