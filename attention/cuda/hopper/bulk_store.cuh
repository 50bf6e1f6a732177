// A warpgroup's output through the queries' slot and the copy engine, and when the slot goes back.
#ifndef ATTUNE_ATTENTION_CUDA_HOPPER_BULK_STORE_CUH_
#define ATTUNE_ATTENTION_CUDA_HOPPER_BULK_STORE_CUH_

#include "attention/cuda/hopper/forward_arguments.cuh"
#include "attention/cuda/hopper/forward_configuration.cuh"
#include "attention/cuda/hopper/forward_epilogue.cuh"
#include "attention/cuda/hopper/forward_shared.cuh"
#include "attention/cuda/hopper/ring.cuh"
#include "attention/cuda/hopper/tile.cuh"
#include "attention/cuda/hopper/turns.cuh"
#include "attention/cuda/ptx/named_barrier.cuh"
#include "attention/cuda/ptx/tma.cuh"

namespace attune::hopper {

// All threads of consumer warpgroup `consumer` call the same members in the same order.
template <HopperForwardConfiguration kC>
class BulkStore {
 public:
  // `query`: where the tile's queries are, all of which have been used.
  __device__ __forceinline__ void Store(const float (&o)[ValueColumns(kC) / 2],
                                        const float (&factor)[2], const ForwardArguments& arguments,
                                        ForwardShared<kC>& shared, int consumer, const Tile& tile,
                                        RingPosition<kC.q_stages> query) {
    unsigned char* out = shared.query[query.stage][consumer];
    // All four warps are past their last read of the queries before any of them overwrites these.
    ptx::NamedBarrierSync(kOutputBarrier + consumer, kWarpgroupThreads);
    StageOutput<kC>(o, factor, ptx::SharedAddress(out));
    ptx::SharedWriteFence();
    ptx::NamedBarrierSync(kOutputBarrier + consumer, kWarpgroupThreads);
    if (threadIdx.x % kWarpgroupThreads == 0) {
      StoreOutput<kC>(arguments, tile, tile.first_row + consumer * kWarpgroupRows, out);
    }
    stored_ = query;
    pending_ = true;
    // The next tile's queries wait for this slot.
    if constexpr (kC.q_stages == 1) Flush(shared, consumer);
  }

  // Hands the slot of the last stored output back to the producer, once the copy engine has read
  // it. Put off until there is something else to do meanwhile.
  __device__ __forceinline__ void Flush(ForwardShared<kC>& shared, int consumer) {
    if (!pending_) return;
    pending_ = false;
    if (threadIdx.x % kWarpgroupThreads == 0) {
      ptx::TmaStoreWaitRead();
      shared.query_ring[consumer].Release(stored_);
    }
  }

 private:
  RingPosition<kC.q_stages> stored_;
  bool pending_ = false;
};

}  // namespace attune::hopper

#endif  // ATTUNE_ATTENTION_CUDA_HOPPER_BULK_STORE_CUH_
