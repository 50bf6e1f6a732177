// Which tile a block takes next: both sides of the block ask, and must get the same answer.
//
// Static: every thread computes it. Dynamic: the producer draws an index from a global counter and
// passes the tile on through a small ring. The last block to run dry resets the counter, so that a
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

// The producer's side, one thread. Draw() some loads ahead of Next(), which waits for what it drew.
template <HopperForwardConfiguration kC>
class UniformTileSource {
 public:
  __device__ __forceinline__ UniformTileSource(const ForwardArguments& arguments,
                                               ForwardShared<kC>& shared)
      : arguments_(arguments), shared_(shared), index_(blockIdx.x) {
    Publish();
  }

  __device__ __forceinline__ bool HasTile() const { return tile_.head >= 0; }
  __device__ __forceinline__ Tile tile() const { return tile_; }
  __device__ __forceinline__ Sequence<false> sequence() const {
    return Sequence<false>(arguments_);
  }

  __device__ __forceinline__ void Draw() {
    if constexpr (kC.scheduler == Scheduler::kDynamic) index_ = DrawTile(*arguments_.counters);
  }

  __device__ __forceinline__ void Next() {
    if constexpr (kC.scheduler == Scheduler::kStatic) index_ += gridDim.x;
    Publish();
  }

  // Once there are no more.
  __device__ __forceinline__ void Finish() {
    if constexpr (kC.scheduler == Scheduler::kDynamic) FinishCounting(*arguments_.counters);
  }

 private:
  __device__ __forceinline__ void Publish() {
    tile_ = index_ < arguments_.tiles ? TileAt<kC>(arguments_, index_) : kNoTile;
    if constexpr (kC.scheduler == Scheduler::kDynamic) {
      shared_.tile_ring.WaitEmpty(position_);
      shared_.tile[position_.stage] = tile_;
      ptx::BarrierArrive(&shared_.tile_ring.full[position_.stage]);
      position_.Advance();
    }
  }

  const ForwardArguments& arguments_;
  ForwardShared<kC>& shared_;
  RingPosition<ForwardShared<kC>::kTileSlots> position_;
  int index_;
  Tile tile_;
};

// A consumer's side, all its threads.
template <HopperForwardConfiguration kC>
class UniformTileSink {
 public:
  // Dealt out in turn, a tile's index: what follows from it is the same for all threads, and takes
  // few registers.
  using Work = cuda::std::conditional_t<kC.scheduler == Scheduler::kStatic, int, Tile>;

  __device__ __forceinline__ UniformTileSink(const ForwardArguments& arguments,
                                             ForwardShared<kC>& shared)
      : arguments_(arguments), shared_(shared) {}

  __device__ __forceinline__ Work First() {
    if constexpr (kC.scheduler == Scheduler::kStatic) {
      return blockIdx.x;
    } else {
      return Take();
    }
  }
  // The one after `work`.
  __device__ __forceinline__ Work Next(const Work& work) {
    if constexpr (kC.scheduler == Scheduler::kStatic) {
      return work + gridDim.x;
    } else {
      return Take();
    }
  }

  __device__ __forceinline__ bool HasTile(int index) const { return index < arguments_.tiles; }
  __device__ __forceinline__ bool HasTile(const Tile& tile) const { return tile.head >= 0; }
  __device__ __forceinline__ Tile TileOf(int index) const { return TileAt<kC>(arguments_, index); }
  __device__ __forceinline__ Tile TileOf(const Tile& tile) const { return tile; }
  __device__ __forceinline__ Sequence<false> SequenceOf(const Work&) const {
    return Sequence<false>(arguments_);
  }

 private:
  __device__ __forceinline__ Tile Take() {
    shared_.tile_ring.WaitFull(position_);
    const volatile Tile& slot = shared_.tile[position_.stage];
    const Tile tile = {slot.first_row, slot.head, slot.batch};
    __syncwarp();
    if (threadIdx.x % 32 == 0) shared_.tile_ring.Release(position_);
    position_.Advance();
    return tile;
  }

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
