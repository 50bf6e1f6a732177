// Score modifiers: functors from a scaled score to the score that the softmax sees.
//
// A modifier is made for each tile from the launch's parameters (members group, soft_cap,
// alibi_slopes, buffers), the tile (head, batch) and its sequence (q_len, kv_len), and has
//   static constexpr bool kIdentity          true: scores stay raw and the softmax folds the scale
//                                            into its exponents. Needs a scale above zero.
//   float operator()(float score, const Position& at)   `score` is <query, key> times the scale
// Modifiers chain with Then, in Problem's order: SoftCap, Alibi, the user's own.
//
// A user's own is an expression over score, b, h, kv_h, q, kv, q_len, kv_len and the names of extra
// buffers. For `score + bias[h] * (kv - q)` with a float buffer named bias, user_functors.h makes,
// in namespace attune::functors,
//
//   struct UserScore {
//     static constexpr bool kIdentity = false;
//     const float* __restrict__ bias;                       // one member for each buffer
//     int b, h, kv_h, q_len, kv_len;
//     template <typename Parameters, typename Tile, typename Sequence>
//     __device__ UserScore(const Parameters& p, const Tile& tile, const Sequence& s)
//         : bias(static_cast<const float*>(p.buffers[0])), b(tile.batch), h(tile.head),
//           kv_h(tile.head / p.group), q_len(s.q_len), kv_len(s.kv_len) {}
//     __device__ float operator()(float score, const Position& at) const {
//       const int q = min(at.q, q_len - 1), kv = min(at.kv, kv_len - 1);
//       return static_cast<float>(
//   #line 1 "score_modifier"
//   score + bias[h] * (kv - q)
//       );
//     }
//   };
//
// to be compiled before the kernel that is instantiated with it: the compiler's complaints then
// name the expression. Rows and keys past the end are asked about too, where fragments reach beyond
// them; clamping keeps buffers that are indexed by q and kv from being read outside. A user's mask
// is the same with `bool operator()(const Position&) const` (predicate.cuh).
#ifndef ATTUNE_ATTENTION_CUDA_FUNCTORS_SCORE_MODIFIER_CUH_
#define ATTUNE_ATTENTION_CUDA_FUNCTORS_SCORE_MODIFIER_CUH_

#include "attention/cuda/functors/position.cuh"
#include "attention/cuda/functors/tanh.cuh"

namespace attune::functors {

struct Identity {
  static constexpr bool kIdentity = true;
  template <typename Parameters, typename Tile, typename Sequence>
  __device__ __forceinline__ Identity(const Parameters&, const Tile&, const Sequence&) {}
  __device__ __forceinline__ float operator()(float score, const Position&) const { return score; }
};

// For scales that are not above zero, where a score's order is not that of the raw product.
struct Scaled {
  static constexpr bool kIdentity = false;
  template <typename Parameters, typename Tile, typename Sequence>
  __device__ __forceinline__ Scaled(const Parameters&, const Tile&, const Sequence&) {}
  __device__ __forceinline__ float operator()(float score, const Position&) const { return score; }
};

// cap * tanh(score / cap).
class SoftCap {
 public:
  static constexpr bool kIdentity = false;
  template <typename Parameters, typename Tile, typename Sequence>
  __device__ __forceinline__ SoftCap(const Parameters& p, const Tile&, const Sequence&)
      : cap_(p.soft_cap), inverse_(1.0f / p.soft_cap) {}

  __device__ __forceinline__ float operator()(float score, const Position&) const {
    return cap_ * Tanh(score * inverse_);
  }

 private:
  float cap_;
  float inverse_;
};

// score - slope * |distance from the diagonal| (Press, Smith, Lewis, ICLR 2022).
class Alibi {
 public:
  static constexpr bool kIdentity = false;
  template <typename Parameters, typename Tile, typename Sequence>
  __device__ __forceinline__ Alibi(const Parameters& p, const Tile& tile, const Sequence&)
      : slope_(p.alibi_slopes[tile.head]) {}
  __device__ __forceinline__ float operator()(float score, const Position& at) const {
    return fmaf(-slope_, fabsf(at.distance), score);
  }

 private:
  float slope_;
};

template <typename First, typename Second>
class Then {
 public:
  static constexpr bool kIdentity = false;
  template <typename Parameters, typename Tile, typename Sequence>
  __device__ __forceinline__ Then(const Parameters& p, const Tile& tile, const Sequence& sequence)
      : first_(p, tile, sequence), second_(p, tile, sequence) {}
  __device__ __forceinline__ float operator()(float score, const Position& at) const {
    return second_(first_(score, at), at);
  }

 private:
  First first_;
  Second second_;
};

}  // namespace attune::functors

#endif  // ATTUNE_ATTENTION_CUDA_FUNCTORS_SCORE_MODIFIER_CUH_
