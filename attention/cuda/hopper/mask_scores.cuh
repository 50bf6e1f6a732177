// Masks score fragments: the end of the keys, and the mask's bounds.
#ifndef ATTUNE_ATTENTION_CUDA_HOPPER_MASK_SCORES_CUH_
#define ATTUNE_ATTENTION_CUDA_HOPPER_MASK_SCORES_CUH_

#include "attention/cuda/hopper/forward_configuration.cuh"
#include "attention/cuda/hopper/sequence.cuh"
#include "attention/cuda/hopper/softmax.cuh"
#include "attention/cuda/hopper/tile_rows.cuh"

namespace attune::hopper {

// Sets scores to minus infinity whose keys are past the last that their row sees: the end of the
// keys and the mask's right bound. Scores of the 2 * kCount keys from `key` on; `position`
// is that of the thread's first fragment row.
template <HopperForwardConfiguration kC, int kCount>
__device__ __forceinline__ void MaskEnd(float (&s)[kCount], const Sequence<kC.packed>& sequence,
                                        int position, int key) {
  // Limits relative to the thread's first column, so that the unrolled comparisons are with
  // constants.
  const int first_column = key + 2 * (threadIdx.x % 4);
  constexpr int kStep = kPositionStep<kC.tile_heads>;
#pragma unroll
  for (int r = 0; r < 2; ++r) {
    int end = sequence.kv_len();
    if constexpr (kC.mask != MaskShape::kFull) {
      end = min(end, position + kStep * r + sequence.right() + 1);
    }
    end -= first_column;
#pragma unroll
    for (int i = 0; i < kCount; i += 4) {
#pragma unroll
      for (int e = 0; e < 2; ++e) {
        if (2 * i + e >= end) s[i + 2 * r + e] = MinusInfinity();
      }
    }
  }
}

// The same for keys before the first that their row sees: the mask's left bound.
template <HopperForwardConfiguration kC, int kCount>
__device__ __forceinline__ void MaskBegin(float (&s)[kCount], const Sequence<kC.packed>& sequence,
                                          int position, int key) {
  const int first_column = key + 2 * (threadIdx.x % 4);
  constexpr int kStep = kPositionStep<kC.tile_heads>;
#pragma unroll
  for (int r = 0; r < 2; ++r) {
    const int begin = position + kStep * r - sequence.left() - first_column;
#pragma unroll
    for (int i = 0; i < kCount; i += 4) {
#pragma unroll
      for (int e = 0; e < 2; ++e) {
        if (2 * i + e < begin) s[i + 2 * r + e] = MinusInfinity();
      }
    }
  }
}

}  // namespace attune::hopper

#endif  // ATTUNE_ATTENTION_CUDA_HOPPER_MASK_SCORES_CUH_
