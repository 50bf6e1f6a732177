// Bulk copies between global and shared memory through a tensor map (TMA), four dimensions or five.
//
// The map, made by the host with cuTensorMapEncodeTiled, carries base, sizes, strides, box and
// swizzle. Elements of a box outside the tensor arrive as zeros and leave unwritten, so tiles that
// overhang need no code here. One thread issues a copy. A load completes on an mbarrier that counts
// the bytes of the whole box, zeros included.
#ifndef ATTUNE_ATTENTION_CUDA_PTX_TMA_CUH_
#define ATTUNE_ATTENTION_CUDA_PTX_TMA_CUH_

#include <cuda/ptx>
#include <cuda/std/cstdint>

#include "attention/cuda/ptx/mbarrier.cuh"
#include "attention/cuda/ptx/tensor_map.h"

namespace attune::ptx {

struct Coordinates {
  int x, y, z, w;  // innermost dimension first
};
struct Coordinates5 {
  int x, y, z, w, v;
};

__device__ __forceinline__ void TmaPrefetchMap(const TensorMap& map) {
  asm volatile("prefetch.tensormap [%0];" ::"l"(&map) : "memory");
}

// How long the lines that a load touches should stay in L2.
enum class L2Hint { kEvictFirst, kEvictLast };

template <L2Hint kHint>
__device__ __forceinline__ cuda::std::uint64_t MakeL2Policy() {
  cuda::std::uint64_t policy;
  if constexpr (kHint == L2Hint::kEvictFirst) {
    asm volatile("createpolicy.fractional.L2::evict_first.b64 %0, 1.0;" : "=l"(policy));
  } else {
    asm volatile("createpolicy.fractional.L2::evict_last.b64 %0, 1.0;" : "=l"(policy));
  }
  return policy;
}

// cuda::ptx has this copy without a cache policy only.
__device__ __forceinline__ void TmaLoad(void* shared, const TensorMap& map, Coordinates at,
                                        Barrier* barrier, cuda::std::uint64_t l2_policy) {
  asm volatile(
      "cp.async.bulk.tensor.4d.shared::cluster.global.tile.mbarrier::complete_tx::bytes"
      ".L2::cache_hint [%0], [%1, {%2, %3, %4, %5}], [%6], %7;" ::"r"(SharedAddress(shared)),
      "l"(&map), "r"(at.x), "r"(at.y), "r"(at.z), "r"(at.w), "r"(SharedAddress(barrier)),
      "l"(l2_policy)
      : "memory");
}

// Through a map of five dimensions.
__device__ __forceinline__ void TmaLoad5(void* shared, const TensorMap& map, Coordinates5 at,
                                         Barrier* barrier, cuda::std::uint64_t l2_policy) {
  asm volatile(
      "cp.async.bulk.tensor.5d.shared::cluster.global.tile.mbarrier::complete_tx::bytes"
      ".L2::cache_hint [%0], [%1, {%2, %3, %4, %5, %6}], [%7], %8;" ::"r"(SharedAddress(shared)),
      "l"(&map), "r"(at.x), "r"(at.y), "r"(at.z), "r"(at.w), "r"(at.v), "r"(SharedAddress(barrier)),
      "l"(l2_policy)
      : "memory");
}

// As TmaLoad of four dimensions, into each block of the cluster whose bit is set in `blocks`, at
// the same place of its shared memory; the bytes are counted by the barrier at the same place.
__device__ __forceinline__ void TmaLoadMulticast(void* shared, const TensorMap& map, Coordinates at,
                                                 Barrier* barrier, cuda::std::uint16_t blocks,
                                                 cuda::std::uint64_t l2_policy) {
  asm volatile(
      "cp.async.bulk.tensor.4d.shared::cluster.global.tile.mbarrier::complete_tx::bytes"
      ".multicast::cluster.L2::cache_hint [%0], [%1, {%2, %3, %4, %5}], [%6], %7, %8;" ::"r"(
          SharedAddress(shared)),
      "l"(&map), "r"(at.x), "r"(at.y), "r"(at.z), "r"(at.w), "r"(SharedAddress(barrier)),
      "h"(blocks), "l"(l2_policy)
      : "memory");
}

// The tile must have been written before a SharedWriteFence in the writing threads and a barrier
// with this one.
__device__ __forceinline__ void TmaStore(const TensorMap& map, Coordinates at, const void* shared) {
  const cuda::std::int32_t coordinates[4] = {at.x, at.y, at.z, at.w};
  cuda::ptx::cp_async_bulk_tensor(cuda::ptx::space_global, cuda::ptx::space_shared, &map,
                                  coordinates, shared);
}

// Through a map of five dimensions.
__device__ __forceinline__ void TmaStore5(const TensorMap& map, Coordinates5 at,
                                          const void* shared) {
  const cuda::std::int32_t coordinates[5] = {at.x, at.y, at.z, at.w, at.v};
  cuda::ptx::cp_async_bulk_tensor(cuda::ptx::space_global, cuda::ptx::space_shared, &map,
                                  coordinates, shared);
}

__device__ __forceinline__ void TmaStoreCommit() { cuda::ptx::cp_async_bulk_commit_group(); }

// Until the shared memory of every store that this thread committed may be overwritten.
__device__ __forceinline__ void TmaStoreWaitRead() {
  cuda::ptx::cp_async_bulk_wait_group_read(cuda::ptx::n32_t<0>());
}

// Orders this thread's ordinary shared-memory writes before reads by the copy engine and the tensor
// cores.
__device__ __forceinline__ void SharedWriteFence() {
  cuda::ptx::fence_proxy_async(cuda::ptx::space_shared);
}

}  // namespace attune::ptx

#endif  // ATTUNE_ATTENTION_CUDA_PTX_TMA_CUH_
