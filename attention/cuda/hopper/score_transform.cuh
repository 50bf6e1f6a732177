// What a score modifier (functors/score_modifier.cuh) makes of a warpgroup's score fragments.
//
// A transform is made for each tile, and has
//   float exponent_scale(arguments)   from transformed scores to exponents of two, above zero
//   static constexpr bool kMayHide    true: scores may come out as minus infinity
//   static constexpr bool kRowBias    true: what it adds to all of a thread's scores in a row of a
//                                     block is left in `bias`, for the softmax to take into account
//                                     once
//   Apply(s, arguments, sequence, row, key, bias)
// for scores of the keys from `key` on; `row` is the query row of the thread's first fragment row.
#ifndef ATTUNE_ATTENTION_CUDA_HOPPER_SCORE_TRANSFORM_CUH_
#define ATTUNE_ATTENTION_CUDA_HOPPER_SCORE_TRANSFORM_CUH_

#include "attention/cuda/functors/score_modifier.cuh"
#include "attention/cuda/functors/tanh.cuh"
#include "attention/cuda/hopper/forward_arguments.cuh"
#include "attention/cuda/hopper/score_positions.cuh"
#include "attention/cuda/hopper/sequence.cuh"
#include "attention/cuda/hopper/tile.cuh"

namespace attune::hopper {

inline constexpr float kLog2E = 1.4426950408889634f;

// Any modifier: asked about each score.
template <typename Modifier>
class ScoreTransform {
 public:
  static constexpr bool kMayHide = true;
  static constexpr bool kRowBias = false;

  __device__ __forceinline__ ScoreTransform(const ForwardArguments& arguments, const Tile& tile,
                                            const SequenceLengths& lengths)
      : modifier_(arguments, tile, lengths) {}

  static __device__ __forceinline__ float exponent_scale(const ForwardArguments&) { return kLog2E; }

  template <typename Sequence, int kCount>
  __device__ __forceinline__ void Apply(float (&s)[kCount], const ForwardArguments& arguments,
                                        const Sequence& sequence, int row, int key,
                                        float (&)[2]) const {
    const float scale = arguments.scale;
    ForEachScore(s, row, key, sequence.offset(), [&](float& score, const functors::Position& at) {
      score = modifier_(score * scale, at);
    });
  }

 private:
  Modifier modifier_;
};

// Raw products, whose scale the exponents take in.
template <>
class ScoreTransform<functors::Identity> {
 public:
  static constexpr bool kMayHide = false;
  static constexpr bool kRowBias = false;

  __device__ __forceinline__ ScoreTransform(const ForwardArguments&, const Tile&,
                                            const SequenceLengths&) {}

  static __device__ __forceinline__ float exponent_scale(const ForwardArguments& arguments) {
    return arguments.scale_log2;
  }

  template <typename Sequence, int kCount>
  __device__ __forceinline__ void Apply(float (&)[kCount], const ForwardArguments&, const Sequence&,
                                        int, int, float (&)[2]) const {}
};

// tanh(score / cap), whose cap the exponents take in. While no score of the warp exceeds half the
// cap, in six operations on the multiply-add units: the special-function unit, which the two
// operations of the general formula would take, is what the softmax needs most.
template <>
class ScoreTransform<functors::SoftCap> {
 public:
  static constexpr bool kMayHide = false;
  static constexpr bool kRowBias = false;

  __device__ __forceinline__ ScoreTransform(const ForwardArguments& arguments, const Tile&,
                                            const SequenceLengths&)
      : scale_(arguments.scale / arguments.soft_cap) {}

  static __device__ __forceinline__ float exponent_scale(const ForwardArguments& arguments) {
    return arguments.soft_cap * kLog2E;
  }

  template <typename Sequence, int kCount>
  __device__ __forceinline__ void Apply(float (&s)[kCount], const ForwardArguments&,
                                        const Sequence&, int, int, float (&)[2]) const {
    if (__all_sync(0xffffffffu, Largest(s) * fabsf(scale_) <= 0.5f)) {
#pragma unroll
      for (int i = 0; i < kCount; ++i) s[i] = SmallTanh(s[i] * scale_);
    } else {
#pragma unroll
      for (int i = 0; i < kCount; ++i) s[i] = functors::Tanh(s[i] * scale_);
    }
  }

 private:
  template <int kCount>
  static __device__ __forceinline__ float Largest(const float (&s)[kCount]) {
    float chain[4] = {};
#pragma unroll
    for (int i = 0; i < kCount; ++i) chain[i % 4] = fmaxf(chain[i % 4], fabsf(s[i]));
    return fmaxf(fmaxf(chain[0], chain[1]), fmaxf(chain[2], chain[3]));
  }

  // For |x| up to 1/2, relative error 6e-7: tanh(x) / x interpolated in x^2 at Chebyshev's nodes.
  static __device__ __forceinline__ float SmallTanh(float x) {
    const float x2 = x * x;
    float ratio = fmaf(x2, -0.0443927384f, 0.131899394f);
    ratio = fmaf(x2, ratio, -0.333262842f);
    ratio = fmaf(x2, ratio, 0.999999451f);
    return x * ratio;
  }

  float scale_;
};

// One multiply-add a score wherever a block lies on one side of the diagonal: there the distance is
// the first key's, which is left to `bias`, and a constant. In units of raw products, so that the
// exponents still take in the scale: that must be above zero, and no less than 1e-6 lest the slope
// overflow.
template <>
class ScoreTransform<functors::Alibi> {
 public:
  static constexpr bool kMayHide = false;
  static constexpr bool kRowBias = true;

  __device__ __forceinline__ ScoreTransform(const ForwardArguments& arguments, const Tile& tile,
                                            const SequenceLengths&)
      : slope_(arguments.alibi_slopes[tile.head] / arguments.scale) {}

  static __device__ __forceinline__ float exponent_scale(const ForwardArguments& arguments) {
    return arguments.scale_log2;
  }

  template <typename Sequence, int kCount>
  __device__ __forceinline__ void Apply(float (&s)[kCount], const ForwardArguments&,
                                        const Sequence& sequence, int row, int key,
                                        float (&bias)[2]) const {
    const FragmentPlace place(row, key, sequence.offset());
    const bool left = place.HighestDistance(kCount) <= 0;
    if (__all_sync(0xffffffffu, left || place.LowestDistance() >= 0)) {
      const float slope = left ? slope_ : -slope_;
#pragma unroll
      for (int i = 0; i < kCount; ++i) s[i] = fmaf(slope, FragmentPlace::Distance(i), s[i]);
      bias[0] = bias[1] = slope * place.first_distance;
    } else {
#pragma unroll
      for (int i = 0; i < kCount; ++i) {
        s[i] = fmaf(-slope_, fabsf(place.first_distance + FragmentPlace::Distance(i)), s[i]);
      }
      bias[0] = bias[1] = 0.0f;
    }
  }

 private:
  float slope_;
};

}  // namespace attune::hopper

#endif  // ATTUNE_ATTENTION_CUDA_HOPPER_SCORE_TRANSFORM_CUH_
