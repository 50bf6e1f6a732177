// What a host would generate from `score + bias[h] * (kv - q)` and `kv % 3 != 1 || kv == q`.
#ifndef ATTUNE_ATTENTION_CUDA_PORTABLE_PROTOTYPE_USER_EXAMPLE_CUH_
#define ATTUNE_ATTENTION_CUDA_PORTABLE_PROTOTYPE_USER_EXAMPLE_CUH_

#include "attention/cuda/portable/forward.cuh"

namespace attune::portable {

struct UserScore {
  static constexpr bool kIdentity = false;
  const float* __restrict__ bias;
  int h, q_len, kv_len;
  __device__ UserScore(const PortableForwardParameters& p, const Tile& tile, const Sequence& s)
      : bias(static_cast<const float*>(p.buffers[0])),
        h(tile.head),
        q_len(s.q_len),
        kv_len(s.kv_len) {}
  __device__ float operator()(float score, const Position& at) const {
    const int q = min(at.q, q_len - 1), kv = min(at.kv, kv_len - 1);
    return static_cast<float>(score + bias[h] * (kv - q));
  }
};
struct UserMask {
  __device__ UserMask(const PortableForwardParameters&, const Tile&, const Sequence&) {}
  __device__ bool operator()(const Position& at) const {
    const int q = at.q, kv = at.kv;
    return static_cast<bool>(kv % 3 != 1 || kv == q);
  }
};

}  // namespace attune::portable

#endif  // ATTUNE_ATTENTION_CUDA_PORTABLE_PROTOTYPE_USER_EXAMPLE_CUH_
