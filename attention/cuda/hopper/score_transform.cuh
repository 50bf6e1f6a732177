// What a score modifier (functors/score_modifier.cuh) makes of a warpgroup's score fragments.
//
// Every operation on a score costs: one multiplication each takes 10 % off the rate at head dim 128
// (H200, 2026-11-22). A transform is made for each tile, and does its work where that is cheapest:
//   Place                          what follows from a block's place alone, made while its product
//                                  runs
//   Apply(s, arguments, place)     changes products, before masks and maxima
//   Maximum(score, r)              of row r: from the largest of a row's changed products to its
//   score Exponentiate<kFirst, kMasked>(s, arguments, shift, alpha, rows)   as softmax.cuh has it,
//                                  of the changed products. kMasked: some may be minus infinity
//   exponent_scale(arguments)      from scores to exponents of two, above zero
//   kMayHide                       true: scores may come out as minus infinity
//   kRowBias                       true: a thread's scores in a row are larger by place.bias
//   kLead                          true: a maximum that is moved is moved by place.lead further
//   kInProduct                     true: RowTerm(left) is an operand of the scores' product, for
//                                  blocks on one side of the diagonal, and Apply not for these
//   kBounded                       true: exponents of whatever scores fit fp32 and the element type
//                                  as they are. There are no maxima then, and Maximum is not asked
//   kAnyHead                       true: scores are the same function of the products of any head
// kTileHeads: heads whose rows a tile has beside each other (tile_rows.cuh).
#ifndef ATTUNE_ATTENTION_CUDA_HOPPER_SCORE_TRANSFORM_CUH_
#define ATTUNE_ATTENTION_CUDA_HOPPER_SCORE_TRANSFORM_CUH_

#include "attention/cuda/functors/score_modifier.cuh"
#include "attention/cuda/functors/tanh.cuh"
#include "attention/cuda/hopper/forward_arguments.cuh"
#include "attention/cuda/hopper/score_positions.cuh"
#include "attention/cuda/hopper/sequence.cuh"
#include "attention/cuda/hopper/softmax.cuh"
#include "attention/cuda/hopper/tile.cuh"

namespace attune::hopper {

inline constexpr float kLog2E = 1.4426950408889634f;

// The rest of a transform whose scores are what Apply leaves.
template <typename Transform>
class PlainExponents {
 public:
  static __device__ __forceinline__ float Maximum(float score, int) { return score; }

  template <bool kFirst, bool kMasked, int kCount>
  static __device__ __forceinline__ void Exponentiate(float (&s)[kCount],
                                                      const ForwardArguments& arguments,
                                                      const float (&shift)[2],
                                                      const float (&alpha)[2], RowState& rows) {
    hopper::Exponentiate<kFirst>(s, shift, alpha, rows, [&](float score, float row_shift) {
      return fmaf(score, Transform::exponent_scale(arguments), -row_shift);
    });
  }
};

// Any modifier: asked about each score.
template <typename Modifier, int kTileHeads = 1>
class ScoreTransform : public PlainExponents<ScoreTransform<Modifier, kTileHeads>> {
 public:
  static constexpr bool kAnyHead = false;
  static constexpr bool kMayHide = true;
  static constexpr bool kRowBias = false;
  static constexpr bool kBounded = false;
  static constexpr bool kInProduct = false;
  static constexpr bool kLead = false;

  struct Place {
    FragmentPlace<kTileHeads> fragment;
    float bias[2];
    __device__ __forceinline__ Place(const ScoreTransform&, const FragmentPlace<kTileHeads>& place,
                                     int)
        : fragment(place) {}
  };

  __device__ __forceinline__ ScoreTransform(const ForwardArguments& arguments, const Tile& tile,
                                            const SequenceLengths& lengths)
      : modifier_(arguments, tile, lengths) {}

  static __device__ __forceinline__ float exponent_scale(const ForwardArguments&) { return kLog2E; }

  template <int kCount>
  __device__ __forceinline__ void Apply(float (&s)[kCount], const ForwardArguments& arguments,
                                        const Place& place) const {
    const float scale = arguments.scale;
    ForEachScore(s, place.fragment, [&](float& score, const functors::Position& at) {
      score = modifier_(score * scale, at);
    });
  }

 private:
  Modifier modifier_;
};

// Raw products, whose scale the exponents take in.
template <int kTileHeads>
class ScoreTransform<functors::Identity, kTileHeads>
    : public PlainExponents<ScoreTransform<functors::Identity, kTileHeads>> {
 public:
  static constexpr bool kAnyHead = true;
  static constexpr bool kMayHide = false;
  static constexpr bool kRowBias = false;
  static constexpr bool kBounded = false;
  static constexpr bool kInProduct = false;
  static constexpr bool kLead = false;

  struct Place {
    float bias[2];
    __device__ __forceinline__ Place(const ScoreTransform&, const FragmentPlace<kTileHeads>&, int) {
    }
  };

  __device__ __forceinline__ ScoreTransform(const ForwardArguments&, const Tile&,
                                            const SequenceLengths&) {}

  static __device__ __forceinline__ float exponent_scale(const ForwardArguments& arguments) {
    return arguments.scale_log2;
  }

  template <int kCount>
  __device__ __forceinline__ void Apply(float (&)[kCount], const ForwardArguments&,
                                        const Place&) const {}
};

// cap * tanh(score / cap) is monotone, so maxima come from raw products, and the exponents take in
// cap and scale. Scale and cap must be above zero.
//
// While no score exceeds a quarter of the cap, tanh is a polynomial of degree five, three
// operations a score: its exact formula takes the special-function unit twice, which the softmax
// needs most. Only the positive side is looked at. The polynomial falls as tanh does for every
// negative score, and is off by more than 1e-6 of the cap only below minus a third of it: in a row
// that has seen a score which is not negative, with a cap of 30 or more, such scores weigh e^-9 or
// less of the sum.
template <int kTileHeads>
class ScoreTransform<functors::SoftCap, kTileHeads> {
 public:
  static constexpr bool kAnyHead = true;
  static constexpr bool kMayHide = false;
  static constexpr bool kRowBias = false;
  static constexpr bool kBounded = false;
  static constexpr bool kInProduct = false;
  static constexpr bool kLead = false;

  struct Place {
    float bias[2];
    __device__ __forceinline__ Place(const ScoreTransform&, const FragmentPlace<kTileHeads>&, int) {
    }
  };

  __device__ __forceinline__ ScoreTransform(const ForwardArguments& arguments, const Tile&,
                                            const SequenceLengths&)
      : inverse_cap_(arguments.scale / arguments.soft_cap) {}

  // Scores are in units of the cap.
  static __device__ __forceinline__ float exponent_scale(const ForwardArguments& arguments) {
    return arguments.soft_cap * kLog2E;
  }

  template <int kCount>
  __device__ __forceinline__ void Apply(float (&)[kCount], const ForwardArguments&, const Place&) {}

  __device__ __forceinline__ float Maximum(float score, int r) {
    largest_[r] = score;
    seen_positive_[r] = seen_positive_[r] || score >= 0.0f;
    return Capped(score);
  }

  template <bool kFirst, bool kMasked, int kCount>
  __device__ __forceinline__ void Exponentiate(float (&s)[kCount],
                                               const ForwardArguments& arguments,
                                               const float (&shift)[2], const float (&alpha)[2],
                                               RowState& rows) const {
    const float scale = exponent_scale(arguments);
    const bool small = fmaxf(largest_[0], largest_[1]) * inverse_cap_ <= 0.25f &&
                       seen_positive_[0] && seen_positive_[1] && arguments.soft_cap >= kLeastCap;
    if (__all_sync(0xffffffffu, small)) {
      const float x = inverse_cap_, x2 = x * x;
      const float first = kFirstCoefficient * x * scale;
      const float third = kThirdCoefficient * x2 * x * scale;
      const float fifth = kFifthCoefficient * x2 * x2 * x * scale;
      hopper::Exponentiate<kFirst>(s, shift, alpha, rows, [&](float product, float row_shift) {
        const float square = product * product;
        return fmaf(product, fmaf(square, fmaf(square, fifth, third), first), -row_shift);
      });
    } else {
      hopper::Exponentiate<kFirst>(s, shift, alpha, rows, [&](float product, float row_shift) {
        return fmaf(Capped(product), scale, -row_shift);
      });
    }
  }

 private:
  // tanh(x) / x interpolated in x^2 at Chebyshev's nodes: relative error 4e-7 for |x| <= 1/4.
  static constexpr float kFirstCoefficient = 0.9999996035f;
  static constexpr float kThirdCoefficient = -0.3332189699f;
  static constexpr float kFifthCoefficient = 0.1284143393f;
  static constexpr float kLeastCap = 30.0f;

  // tanh of a score in units of the cap; masked ones stay masked.
  __device__ __forceinline__ float Capped(float product) const {
    return product == MinusInfinity() ? product : functors::Tanh(product * inverse_cap_);
  }

  float inverse_cap_;           // of raw products
  float largest_[2] = {};       // of the block, of each of the thread's rows
  bool seen_positive_[2] = {};  // of the tile
};

// One multiply-add a score wherever a block lies on one side of the diagonal: there the distance is
// the thread's first key's, which becomes the bias, and a constant. In units of raw products, so
// that the exponents still take in the scale: that must be above zero, and no less than 1e-6 lest
// the slope overflow.
template <int kTileHeads>
class ScoreTransform<functors::Alibi, kTileHeads>
    : public PlainExponents<ScoreTransform<functors::Alibi, kTileHeads>> {
  using Fragment = FragmentPlace<kTileHeads>;

 public:
  static constexpr bool kAnyHead = false;
  static constexpr bool kMayHide = false;
  static constexpr bool kRowBias = true;
  static constexpr bool kBounded = false;
  static constexpr bool kInProduct = false;
  static constexpr bool kLead = false;

  struct Place {
    float first_distance;
    float slope;  // of scores to the right
    bool crossing;
    float bias[2];

    // Scores of 2 * count keys.
    __device__ __forceinline__ Place(const ScoreTransform& transform, const Fragment& place,
                                     int count)
        : first_distance(place.first_distance) {
      const bool left = place.HighestDistance(count) <= 0;
      crossing = !__all_sync(0xffffffffu, left || place.LowestDistance() >= 0);
      slope = left ? transform.slope_ : -transform.slope_;
      bias[0] = bias[1] = crossing ? 0.0f : slope * first_distance;
    }
  };

  __device__ __forceinline__ ScoreTransform(const ForwardArguments& arguments, const Tile& tile,
                                            const SequenceLengths&)
      : slope_(arguments.alibi_slopes[tile.head] / arguments.scale) {}

  static __device__ __forceinline__ float exponent_scale(const ForwardArguments& arguments) {
    return arguments.scale_log2;
  }

  template <int kCount>
  __device__ __forceinline__ void Apply(float (&s)[kCount], const ForwardArguments&,
                                        const Place& place) const {
    if (!place.crossing) {
#pragma unroll
      for (int i = 0; i < kCount; ++i) s[i] = fmaf(place.slope, Fragment::Distance(i), s[i]);
    } else {
#pragma unroll
      for (int i = 0; i < kCount; ++i) {
        s[i] = fmaf(-slope_, fabsf(place.first_distance + Fragment::Distance(i)), s[i]);
      }
    }
  }

 private:
  float slope_;
};

}  // namespace attune::hopper

#endif  // ATTUNE_ATTENTION_CUDA_HOPPER_SCORE_TRANSFORM_CUH_
