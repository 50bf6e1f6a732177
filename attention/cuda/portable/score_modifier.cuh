// Score modifiers: functors from a scaled score to the score that the softmax sees.
//
// A modifier is made once per block from the launch's parameters, the tile and the sequence, and
// has
//   static constexpr bool kIdentity          true: scores stay raw and the softmax folds the scale
//                                            into its exponents. Needs a scale above zero.
//   float operator()(float score, const Position& at)   `score` is <query, key> times the scale
// Modifiers chain with Then, in Problem's order: SoftCap, Alibi, the user's own.
//
// A user's own is an expression over score, b, h, kv_h, q, kv, q_len, kv_len and the names of extra
// buffers. For `score + bias[h] * (kv - q)` with a float buffer named bias, user_functors.h makes,
// in namespace attune::portable,
//
//   struct UserScore {
//     static constexpr bool kIdentity = false;
//     const float* __restrict__ bias;                       // one member for each buffer
//     int b, h, kv_h, q_len, kv_len;
//     __device__ UserScore(const PortableForwardParameters& p, const Tile& tile, const Sequence& s)
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
// is the same with `bool operator()(const Position&) const`, wrapped in BandAnd (mask.cuh).
#ifndef ATTUNE_ATTENTION_CUDA_PORTABLE_SCORE_MODIFIER_CUH_
#define ATTUNE_ATTENTION_CUDA_PORTABLE_SCORE_MODIFIER_CUH_

#include "attention/cuda/portable/forward_parameters.h"
#include "attention/cuda/portable/position.cuh"
#include "attention/cuda/portable/tile.cuh"
#include "attention/cuda/ptx/exp2.cuh"

namespace attune::portable {

struct Identity {
  static constexpr bool kIdentity = true;
  __device__ __forceinline__ Identity(const PortableForwardParameters&, const Tile&,
                                      const Sequence&) {}
  __device__ __forceinline__ float operator()(float score, const Position&) const { return score; }
};

// For scales that are not above zero, where a score's order is not that of the raw product.
struct Scaled {
  static constexpr bool kIdentity = false;
  __device__ __forceinline__ Scaled(const PortableForwardParameters&, const Tile&,
                                    const Sequence&) {}
  __device__ __forceinline__ float operator()(float score, const Position&) const { return score; }
};

// cap * tanh(score / cap). tanh(x) = 1 - 2 / (2^(2 x log2(e)) + 1) loses half its digits around
// zero to cancellation, so small arguments take the odd polynomial instead (to x^7: its next term,
// 62/2835 x^9, is below 2^-24 of x for |x| < 0.18).
class SoftCap {
 public:
  static constexpr bool kIdentity = false;
  __device__ __forceinline__ SoftCap(const PortableForwardParameters& p, const Tile&,
                                     const Sequence&)
      : cap_(p.soft_cap), inverse_(1.0f / p.soft_cap) {}

  __device__ __forceinline__ float operator()(float score, const Position&) const {
    const float x = score * inverse_;
    constexpr float kTwoLog2E = 2.885390081777927f;
    const float large = 1.0f - __fdividef(2.0f, ptx::Exp2(x * kTwoLog2E) + 1.0f);
    const float x2 = x * x;
    const float tail = fmaf(x2, fmaf(x2, -17.0f / 315.0f, 2.0f / 15.0f), -1.0f / 3.0f);
    const float small = fmaf(x * x2, tail, x);
    return cap_ * (fabsf(x) < 0.18f ? small : large);
  }

 private:
  float cap_;
  float inverse_;
};

// score - slope * |distance from the diagonal| (Press, Smith, Lewis, ICLR 2022).
class Alibi {
 public:
  static constexpr bool kIdentity = false;
  __device__ __forceinline__ Alibi(const PortableForwardParameters& p, const Tile& tile,
                                   const Sequence&)
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
  __device__ __forceinline__ Then(const PortableForwardParameters& p, const Tile& tile,
                                  const Sequence& sequence)
      : first_(p, tile, sequence), second_(p, tile, sequence) {}
  __device__ __forceinline__ float operator()(float score, const Position& at) const {
    return second_(first_(score, at), at);
  }

 private:
  First first_;
  Second second_;
};

}  // namespace attune::portable

#endif  // ATTUNE_ATTENTION_CUDA_PORTABLE_SCORE_MODIFIER_CUH_
