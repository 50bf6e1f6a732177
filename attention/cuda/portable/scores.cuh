// Score modifiers and masks over a warp's score fragments.
#ifndef ATTUNE_ATTENTION_CUDA_PORTABLE_SCORES_CUH_
#define ATTUNE_ATTENTION_CUDA_PORTABLE_SCORES_CUH_

#include "attention/cuda/functors/position.cuh"
#include "attention/cuda/portable/fragments.cuh"
#include "attention/cuda/portable/softmax.cuh"

namespace attune::portable {

// Calls f(score, position) for each of a lane's scores. `row` is the warp's first query row, `key`
// the block's first key.
template <PortableForwardTraits kT, PortableForwardConfiguration kC, typename Function>
__device__ __forceinline__ void ForEachScore(typename Fragments<kT, kC>::Scores& s, int row,
                                             int key, int offset, Function f) {
  using F = Fragments<kT, kC>;
  const int first_row = row + F::FirstRow();
  const int first_key = key + F::FirstKey();
  const float first_distance = static_cast<float>(first_key - first_row - offset);
#pragma unroll
  for (int i = 0; i < F::kRowTiles; ++i) {
#pragma unroll
    for (int j = 0; j < F::kKeyTiles; ++j) {
#pragma unroll
      for (int e = 0; e < 4; ++e) {
        const int down = 16 * i + 8 * (e / 2);
        const int right = F::Key(j, e);
        f(s[i][j][e], functors::Position{first_row + down, first_key + right,
                                         first_distance + static_cast<float>(right - down)});
      }
    }
  }
}

}  // namespace attune::portable

#endif  // ATTUNE_ATTENTION_CUDA_PORTABLE_SCORES_CUH_
