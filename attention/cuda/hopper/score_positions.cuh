// Where in the problem the scores of a fragment are (accumulator layout of ptx/wgmma.cuh).
#ifndef ATTUNE_ATTENTION_CUDA_HOPPER_SCORE_POSITIONS_CUH_
#define ATTUNE_ATTENTION_CUDA_HOPPER_SCORE_POSITIONS_CUH_

#include "attention/cuda/functors/position.cuh"
#include "attention/cuda/hopper/tile_rows.cuh"

namespace attune::hopper {

// A thread's fragment of scores: `position` is that of its first fragment row (tile_rows.cuh),
// `key` the first key of the warpgroup's scores.
template <int kTileHeads>
struct FragmentPlace {
  int position;          // of the thread's first row
  int key;               // of the thread's first score
  float first_distance;  // from the diagonal, of that score
  int warp_distance;     // the same of the warp's first row and key

  __device__ __forceinline__ FragmentPlace(int position, int key, int offset)
      : position(position), key(key + 2 * (threadIdx.x % 4)) {
    const int distance = this->key - position - offset;
    first_distance = static_cast<float>(distance);
    const int in_warp = PositionOfRow<kTileHeads>(threadIdx.x % 32 / 4);
    warp_distance = key - (position - in_warp) - offset;
  }

  // Score i: positions below, and keys to the right of, the first.
  static __device__ __forceinline__ constexpr int Down(int i) {
    return i / 2 % 2 * kPositionStep<kTileHeads>;
  }
  static __device__ __forceinline__ constexpr int Right(int i) { return i / 4 * 8 + i % 2; }
  // Its distance from the diagonal beyond the first's.
  static __device__ __forceinline__ constexpr float Distance(int i) {
    return static_cast<float>(Right(i) - Down(i));
  }

  // Over the warp's 16 rows and 2 * count keys.
  __device__ __forceinline__ int LowestDistance() const {
    return warp_distance - PositionOfRow<kTileHeads>(15);
  }
  __device__ __forceinline__ int HighestDistance(int count) const {
    return warp_distance + 2 * count - 1;
  }
};

// Calls f(score, position) for each of a thread's scores.
template <int kTileHeads, int kCount, typename Function>
__device__ __forceinline__ void ForEachScore(float (&s)[kCount],
                                             const FragmentPlace<kTileHeads>& place, Function f) {
  using Place = FragmentPlace<kTileHeads>;
#pragma unroll
  for (int i = 0; i < kCount; ++i) {
    f(s[i], functors::Position{place.position + Place::Down(i), place.key + Place::Right(i),
                               place.first_distance + Place::Distance(i)});
  }
}

}  // namespace attune::hopper

#endif  // ATTUNE_ATTENTION_CUDA_HOPPER_SCORE_POSITIONS_CUH_
