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
        shared_(shared) {
#pragma unroll
    for (Cursor& cursor : cursors_) {
      cursor = {end - begin, sequence.kv_len - (end - 1) * kC.block_n};
    }
  }

  // Starts the first blocks. What the thread copied before, the queries, joins their first group.
  __device__ __forceinline__ void Begin() {
    if constexpr (kC.stages == 1 || kAhead == 1) LoadKeys(0);
    if constexpr (kC.stages == 1 || kAhead == 1) ptx::CommitCopies();
#pragma unroll
    for (int stage = 0; stage < kC.stages - 1; ++stage) LoadBoth(stage);
  }

  // Until the queries and the first block's keys are there, to all threads.
  __device__ __forceinline__ void AwaitFirst() const {
    ptx::WaitCopies<kPending + kAhead>();
    __syncthreads();
  }

  // Until the current block's keys are there, to all threads, and with several stages its values
  // too. One barrier tells both that the new stage is full and that the last one is used up, to be
  // filled again at once.
  __device__ __forceinline__ void AwaitKeys() {
    ptx::WaitCopies<kPending>();
    __syncthreads();
    if constexpr (kC.stages == 1) {
      LoadValues(0);
      ptx::CommitCopies();
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

  // With overlap: until the current block's values and the next one's keys are there.
  __device__ __forceinline__ void Await() { AwaitKeys(); }

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

  struct Cursor {
    int blocks_left;  // to load
    int rows_left;    // of the sequence, from the next block on

    __device__ __forceinline__ void StepUp() {
      --blocks_left;
      rows_left += kC.block_n;
    }
  };

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

  // The next values into `stage` and the next keys into the same, or, running ahead, the one after.
  // A group even past the last block: waiting counts groups.
  __device__ __forceinline__ void LoadBoth(int stage) {
    LoadKeys(kAhead == 1 ? After(stage) : stage);
    LoadValues(stage);
    ptx::CommitCopies();
  }
  __device__ __forceinline__ void LoadKeys(int stage) {
    Cursor& cursor = cursors_[0];
    if (cursor.blocks_left > 0) keys_.Copy(KeyStage(stage), KeyStride(), cursor.rows_left);
    keys_.StepUp(KeyStride());
    if constexpr (kAhead == 1) cursor.StepUp();
  }
  __device__ __forceinline__ void LoadValues(int stage) {
    Cursor& cursor = cursors_[kAhead];
    if (cursor.blocks_left > 0) values_.Copy(ValueStage(stage), ValueStride(), cursor.rows_left);
    values_.StepUp(ValueStride());
    cursor.StepUp();
  }

  const PortableForwardParameters& p_;
  TileCopy<kT.element, kT.qk_dim, kC.block_n, Threads(kC), kT.vector_bytes> keys_;
  TileCopy<kT.element, kT.v_dim, kC.block_n, Threads(kC), kT.vector_bytes,
           kT.element == ElementType::kFloat ? Swizzle::kFourByTwo : Swizzle::kRows>
      values_;
  cuda::std::uint32_t shared_;
  // Of keys, and of values if they are not the same.
  Cursor cursors_[1 + kAhead];
  int stage_ = 0;
};

}  // namespace attune::portable

#endif  // ATTUNE_ATTENTION_CUDA_PORTABLE_PIPELINE_CUH_
