// What user_functors.h makes of `score + bias[h] * (kv - q)` and `kv % 3 != 1 || kv == q`, for
// programs without that host code. Included before a kernel's own headers.
#ifndef ATTUNE_ATTENTION_CUDA_FUNCTORS_PROTOTYPE_USER_EXAMPLE_CUH_
#define ATTUNE_ATTENTION_CUDA_FUNCTORS_PROTOTYPE_USER_EXAMPLE_CUH_

#include "attention/cuda/functors/position.cuh"

namespace attune::functors {

struct UserScore {
  static constexpr bool kIdentity = false;
  const float* __restrict__ bias;
  int b, h, kv_h, q_len, kv_len;
  template <typename Parameters, typename Tile, typename Sequence>
  __device__ __forceinline__ UserScore(const Parameters& attune_p, const Tile& attune_tile,
                                       const Sequence& attune_sequence)
      : bias(static_cast<const float*>(attune_p.buffers[0])),
        b(attune_tile.batch),
        h(attune_tile.head),
        kv_h(attune_tile.head / attune_p.group),
        q_len(attune_sequence.q_len),
        kv_len(attune_sequence.kv_len) {}
  __device__ __forceinline__ float operator()(float score, const Position& attune_at) const {
    [[maybe_unused]] const int q = min(attune_at.q, q_len - 1);
    [[maybe_unused]] const int kv = min(attune_at.kv, kv_len - 1);
    return static_cast<float>(score + bias[h] * (kv - q));
  }
};

struct UserMask {
  static constexpr bool kAlways = false;
  int b, h, kv_h, q_len, kv_len;
  template <typename Parameters, typename Tile, typename Sequence>
  __device__ __forceinline__ UserMask(const Parameters& attune_p, const Tile& attune_tile,
                                      const Sequence& attune_sequence)
      : b(attune_tile.batch),
        h(attune_tile.head),
        kv_h(attune_tile.head / attune_p.group),
        q_len(attune_sequence.q_len),
        kv_len(attune_sequence.kv_len) {}
  __device__ __forceinline__ bool operator()(const Position& attune_at) const {
    [[maybe_unused]] const int q = min(attune_at.q, q_len - 1);
    [[maybe_unused]] const int kv = min(attune_at.kv, kv_len - 1);
    return static_cast<bool>(kv % 3 != 1 || kv == q);
  }
};

}  // namespace attune::functors

#endif  // ATTUNE_ATTENTION_CUDA_FUNCTORS_PROTOTYPE_USER_EXAMPLE_CUH_
