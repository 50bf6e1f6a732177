// Which tile a block takes next: both sides of the block ask, and must get the same answer.
//
// Static: every thread computes it. Dynamic: the producer draws from a global counter and passes
// the index on through a small ring. The last block to run dry resets the counter, so that a
// captured graph can be replayed.
#ifndef ATTUNE_ATTENTION_CUDA_HOPPER_SCHEDULER_CUH_
#define ATTUNE_ATTENTION_CUDA_HOPPER_SCHEDULER_CUH_

#include "attention/cuda/hopper/forward_arguments.cuh"
#include "attention/cuda/hopper/forward_shared.cuh"

namespace attune::hopper {

// The producer's side, one thread. Draw() early, to hide the counter's latency behind loads; then
// Next().
template <HopperForwardConfiguration kC>
class TileSource {
 public:
  __device__ __forceinline__ TileSource(const ForwardArguments& arguments,
                                        ForwardShared<kC>& shared)
      : arguments_(arguments), shared_(shared), tile_(blockIdx.x) {}

  __device__ __forceinline__ int tile() const { return tile_; }

  __device__ __forceinline__ void Draw() {
    if constexpr (kC.scheduler == Scheduler::kDynamic) {
      drawn_ = gridDim.x + atomicAdd(&arguments_.counters->next, 1u);
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

  // Once tile() is past the end.
  __device__ __forceinline__ void Finish() {
    if constexpr (kC.scheduler == Scheduler::kDynamic) {
      // atomicInc wraps to zero at its second argument. Every block has drawn its last by the time
      // the last one is here.
      if (atomicInc(&arguments_.counters->finished, gridDim.x - 1) == gridDim.x - 1) {
        atomicExch(&arguments_.counters->next, 0u);
      }
    }
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
class TileSink {
 public:
  __device__ __forceinline__ explicit TileSink(ForwardShared<kC>& shared) : shared_(shared) {}

  // The tile after `tile`.
  __device__ __forceinline__ int Next(int tile) {
    if constexpr (kC.scheduler == Scheduler::kStatic) {
      return tile + gridDim.x;
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
  ForwardShared<kC>& shared_;
  RingPosition<ForwardShared<kC>::kTileSlots> position_;
};

}  // namespace attune::hopper

#endif  // ATTUNE_ATTENTION_CUDA_HOPPER_SCHEDULER_CUH_
