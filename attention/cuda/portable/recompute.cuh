// Keeps the compiler from holding on to what is cheap to compute again.
#ifndef ATTUNE_ATTENTION_CUDA_PORTABLE_RECOMPUTE_CUH_
#define ATTUNE_ATTENTION_CUDA_PORTABLE_RECOMPUTE_CUH_

namespace attune::portable {

// `x`, as a value that the compiler knows nothing about: what is computed from it is computed here,
// neither hoisted out of a loop nor kept in registers from an earlier time.
template <typename T>
__device__ __forceinline__ T Recompute(T x) {
  static_assert(sizeof(T) == 4);
  asm volatile("" : "+r"(x));
  return x;
}

}  // namespace attune::portable

#endif  // ATTUNE_ATTENTION_CUDA_PORTABLE_RECOMPUTE_CUH_
