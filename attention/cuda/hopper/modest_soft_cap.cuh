// Soft caps so modest that no score needs a maximum to be taken from it.
#ifndef ATTUNE_ATTENTION_CUDA_HOPPER_MODEST_SOFT_CAP_CUH_
#define ATTUNE_ATTENTION_CUDA_HOPPER_MODEST_SOFT_CAP_CUH_

#include "attention/cuda/functors/tanh.cuh"
#include "attention/cuda/hopper/forward_arguments.cuh"
#include "attention/cuda/hopper/score_positions.cuh"
#include "attention/cuda/hopper/score_transform.cuh"
#include "attention/cuda/hopper/sequence.cuh"
#include "attention/cuda/hopper/soft_cap_series.h"
#include "attention/cuda/hopper/softmax.cuh"
#include "attention/cuda/hopper/tile.cuh"

namespace attune::hopper {

// cap * tanh(score / cap) with a cap of at most 64 and a scale above zero, for elements with the
// exponents of fp32 (bf16): powers of e between 2^-93 and 2^93 have the relative error of any, and
// sums of them stay below 2^128. So nothing is taken from the exponents, there are no row maxima,
// and the output is never rescaled.
struct ModestSoftCap {};

// The scores' largest magnitude, over the warp, says how much of tanh's series is needed.
template <int kTileHeads>
class ScoreTransform<ModestSoftCap, kTileHeads> {
 public:
  static constexpr bool kAnyHead = true;
  static constexpr bool kMayHide = false;
  static constexpr bool kRowBias = false;
  static constexpr bool kBounded = true;
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

  // No maximum is ever scaled.
  static __device__ __forceinline__ float exponent_scale(const ForwardArguments&) { return 1.0f; }

  // Before masks: what they hide becomes minus infinity and needs no series.
  template <int kCount>
  __device__ __forceinline__ void Apply(const float (&s)[kCount], const ForwardArguments&,
                                        const Place&) {
    float chain[4] = {};
#pragma unroll
    for (int i = 0; i < kCount; ++i) chain[i % 4] = fmaxf(chain[i % 4], fabsf(s[i]));
    largest_ = fmaxf(fmaxf(chain[0], chain[1]), fmaxf(chain[2], chain[3]));
  }

  template <bool kFirst, bool kMasked, int kCount>
  __device__ __forceinline__ void Exponentiate(float (&s)[kCount],
                                               const ForwardArguments& arguments,
                                               const float (&shift)[2], const float (&alpha)[2],
                                               RowState& rows) const {
    const SoftCapSeries& series = arguments.soft_cap_series;
    const float largest = largest_ * inverse_cap_;
    // With all three branches three warpgroups with 128 keys spill (44 bytes at head dim 64).
    constexpr bool kQuintic = kCount < 64;
    // A cubic is plus infinity at minus infinity.
    if (!kMasked && __all_sync(0xffffffffu, largest <= kCubicLimit)) {
      hopper::Exponentiate<kFirst>(s, shift, alpha, rows, [&](float product, float) {
        return product * fmaf(product * product, series.cubic[1], series.cubic[0]);
      });
    } else if (kQuintic && __all_sync(0xffffffffu, largest <= kQuinticLimit)) {
      hopper::Exponentiate<kFirst>(s, shift, alpha, rows, [&](float product, float) {
        const float square = product * product;
        return product *
               fmaf(square, fmaf(square, series.quintic[2], series.quintic[1]), series.quintic[0]);
      });
    } else {
      const float scale = arguments.soft_cap * kLog2E;
      hopper::Exponentiate<kFirst>(s, shift, alpha, rows, [&](float product, float) {
        return product == MinusInfinity() ? product
                                          : functors::Tanh(product * inverse_cap_) * scale;
      });
    }
  }

 private:
  float inverse_cap_;  // of raw products
  float largest_ = 0;  // magnitude of the thread's products of the block
};

}  // namespace attune::hopper

#endif  // ATTUNE_ATTENTION_CUDA_HOPPER_MODEST_SOFT_CAP_CUH_
