// Asynchronous copies from global to shared memory (cp.async, sm_80 and later).
#ifndef ATTUNE_ATTENTION_CUDA_PTX_CP_ASYNC_CUH_
#define ATTUNE_ATTENTION_CUDA_PTX_CP_ASYNC_CUH_

#include <cuda/std/cstdint>

namespace attune::ptx {

__device__ __forceinline__ cuda::std::uint32_t SharedAddressOf(const void* shared) {
  return static_cast<cuda::std::uint32_t>(__cvta_generic_to_shared(shared));
}

// Copies kBytes (4, 8 or 16; both addresses aligned to them), or writes zeros without reading where
// `present` is false. Sixteen bytes bypass L1, which a tile that is read once would only disturb.
template <int kBytes>
__device__ __forceinline__ void CopyAsync(cuda::std::uint32_t shared, const void* global,
                                          bool present) {
  static_assert(kBytes == 4 || kBytes == 8 || kBytes == 16);
  const int read = present ? kBytes : 0;
  if constexpr (kBytes == 16) {
    asm volatile("cp.async.cg.shared.global.L2::128B [%0], [%1], 16, %2;" ::"r"(shared),
                 "l"(global), "r"(read)
                 : "memory");
  } else {
    asm volatile("cp.async.ca.shared.global [%0], [%1], %2, %3;" ::"r"(shared), "l"(global),
                 "n"(kBytes), "r"(read)
                 : "memory");
  }
}

// What is present for sure.
template <int kBytes>
__device__ __forceinline__ void CopyAsync(cuda::std::uint32_t shared, const void* global) {
  static_assert(kBytes == 16);
  asm volatile("cp.async.cg.shared.global.L2::128B [%0], [%1], 16;" ::"r"(shared), "l"(global)
               : "memory");
}

// Closes the thread's current group of copies; empty groups count too.
__device__ __forceinline__ void CommitCopies() {
  asm volatile("cp.async.commit_group;" ::: "memory");
}

// Until at most kPending of the thread's latest groups are still under way. Other threads see the
// copies after a barrier.
template <int kPending>
__device__ __forceinline__ void WaitCopies() {
  asm volatile("cp.async.wait_group %0;" ::"n"(kPending) : "memory");
}

}  // namespace attune::ptx

#endif  // ATTUNE_ATTENTION_CUDA_PTX_CP_ASYNC_CUH_
