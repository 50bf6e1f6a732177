// Which tile a block takes next: both sides of the block ask, and must get the same answer.
//
// Static: every thread computes it. Dynamic: the producer draws from a global counter and passes
// the index on through a small ring. The last block to run dry resets the counter, so that a
// captured graph can be replayed. For packed sequences the producer finds each tile, whatever the
// scheduler, and passes on what it found (packed_scheduler.cuh).
#ifndef ATTUNE_ATTENTION_CUDA_HOPPER_SCHEDULER_CUH_
#define ATTUNE_ATTENTION_CUDA_HOPPER_SCHEDULER_CUH_

#include <cuda/std/type_traits>

#include "attention/cuda/hopper/forward_arguments.cuh"
#include "attention/cuda/hopper/forward_shared.cuh"
#include "attention/cuda/hopper/packed_scheduler.cuh"
#include "attention/cuda/hopper/tile.cuh"
#include "attention/cuda/hopper/tile_counters.cuh"

namespace attune::hopper {

// The producer's side, one thread. Draw() early, to hide the counter's latency behind loads; then
// Next().
template <HopperForwardConfiguration kC>
class UniformTileSource {
 public:
  __device__ __forceinline__ UniformTileSource(const ForwardArguments& arguments,
                                               ForwardShared<kC>& shared)
      : arguments_(arguments), shared_(shared), tile_(blockIdx.x) {}

  __device__ __forceinline__ bool HasTile() const { return tile_ < arguments_.tiles; }
  __device__ __forceinline__ Tile tile() const { return TileAt<kC>(arguments_, tile_); }
  __device__ __forceinline__ Sequence<false> sequence() const {
    return Sequence<false>(arguments_);
  }

  __device__ __forceinline__ void Draw() {
    if constexpr (kC.scheduler == Scheduler::kDynamic) {
      drawn_ = DrawTile(*arguments_.counters);
    }
  }

  __device__ __forceinline__ void Next() {
    if constexpr (kC.scheduler == Scheduler::kStatic) {
      tile_ += gridDim.x;
    } else {
      tile_ = drawn_;
      shared_.tile_ring.WaitEmpty(position_);
      shared_.tile[position_.stage] = tile_;
      ptx::BarrierArrive(&shared_.tile_ring.full[position_.stage]);
      position_.Advance();
    }
  }

  // Once there are no more.
  __device__ __forceinline__ void Finish() {
    if constexpr (kC.scheduler == Scheduler::kDynamic) FinishCounting(*arguments_.counters);
  }

 private:
  const ForwardArguments& arguments_;
  ForwardShared<kC>& shared_;
  RingPosition<ForwardShared<kC>::kTileSlots> position_;
  int tile_;
  int drawn_ = 0;
};

// A consumer's side, all its threads.
template <HopperForwardConfiguration kC>
class UniformTileSink {
 public:
  // A tile's index.
  using Work = int;

  __device__ __forceinline__ UniformTileSink(const ForwardArguments& arguments,
                                             ForwardShared<kC>& shared)
      : arguments_(arguments), shared_(shared) {}

  __device__ __forceinline__ Work First() { return blockIdx.x; }
  __device__ __forceinline__ bool HasTile(Work work) const { return work < arguments_.tiles; }
  __device__ __forceinline__ Tile TileOf(Work work) const { return TileAt<kC>(arguments_, work); }
  __device__ __forceinline__ Sequence<false> SequenceOf(Work) const {
    return Sequence<false>(arguments_);
  }

  // The one after `work`.
  __device__ __forceinline__ Work Next(Work work) {
    if constexpr (kC.scheduler == Scheduler::kStatic) {
      return work + gridDim.x;
    } else {
      shared_.tile_ring.WaitFull(position_);
      const int next = *static_cast<volatile int*>(&shared_.tile[position_.stage]);
      __syncwarp();
      if (threadIdx.x % 32 == 0) shared_.tile_ring.Release(position_);
      position_.Advance();
      return next;
    }
  }

 private:
  const ForwardArguments& arguments_;
  ForwardShared<kC>& shared_;
  RingPosition<ForwardShared<kC>::kTileSlots> position_;
};

template <HopperForwardConfiguration kC>
using TileSource = cuda::std::conditional_t<kC.packed, PackedTileSource<kC>, UniformTileSource<kC>>;
template <HopperForwardConfiguration kC>
using TileSink = cuda::std::conditional_t<kC.packed, PackedTileSink<kC>, UniformTileSink<kC>>;

}  // namespace attune::hopper

#endif  // ATTUNE_ATTENTION_CUDA_HOPPER_SCHEDULER_CUH_
