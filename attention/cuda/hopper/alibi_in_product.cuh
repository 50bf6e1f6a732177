// ALiBi whose term within a block of keys comes out of the tensor cores.
#ifndef ATTUNE_ATTENTION_CUDA_HOPPER_ALIBI_IN_PRODUCT_CUH_
#define ATTUNE_ATTENTION_CUDA_HOPPER_ALIBI_IN_PRODUCT_CUH_

#include <cuda/std/cstdint>

#include "attention/cuda/hopper/forward_arguments.cuh"
#include "attention/cuda/hopper/score_positions.cuh"
#include "attention/cuda/hopper/score_transform.cuh"
#include "attention/cuda/hopper/sequence.cuh"
#include "attention/cuda/hopper/tile.cuh"
#include "attention/cuda/hopper/tile_rows.cuh"
#include "attention/cuda/ptx/element.cuh"

namespace attune::hopper {

template <Element kElement>
struct AlibiInProduct {};

// Left of the diagonal the bias of key j of a block is slope * j and what a row has in common over
// the block: the first is one more step of the product with the keys, where the queries' operand is
// the slope in three parts of the element type (24 bits in all) and the keys' is j; the second goes
// to maxima and shift. Right of it the slope's sign turns. Blocks that the diagonal crosses, and
// those with a masked edge, take the bias score by score. Right of the diagonal, where each block's
// maximum is above the last's, maxima lead: without, 40 % of the steps of a full mask at length
// 4096 rescaled the output (NVIDIA H200, 2026-11-22). Scale as functors::Alibi's.
template <Element kElement, int kTileHeads>
class ScoreTransform<AlibiInProduct<kElement>, kTileHeads>
    : public PlainExponents<ScoreTransform<AlibiInProduct<kElement>, kTileHeads>> {
  using Fragment = FragmentPlace<kTileHeads>;

 public:
  static constexpr bool kAnyHead = false;
  static constexpr bool kMayHide = false;
  static constexpr bool kRowBias = true;
  static constexpr bool kBounded = false;
  static constexpr bool kInProduct = true;
  // Probabilities of fp16 would underflow.
  static constexpr bool kLead = kElement == Element::kBfloat16;

  struct Place {
    float first_distance;
    float bias[2];
    float lead[2];

    // in_product: of a block for which RowTerm takes part.
    __device__ __forceinline__ Place(const ScoreTransform& transform, const Fragment& place,
                                     bool in_product)
        : first_distance(place.first_distance) {
      const float slope = first_distance < 0.0f ? transform.slope_ : -transform.slope_;
      const float block_distance = first_distance - static_cast<float>(2 * (threadIdx.x % 4));
#pragma unroll
      for (int r = 0; r < 2; ++r) {
        const float distance = block_distance - static_cast<float>(kPositionStep<kTileHeads> * r);
        bias[r] = in_product ? slope * distance : 0.0f;
        // Blocks come from the right, and towards the diagonal maxima grow.
        lead[r] = fminf(fmaxf(transform.slope_ * distance, 0.0f), transform.largest_lead_);
      }
    }
  };

  __device__ __forceinline__ ScoreTransform(const ForwardArguments& arguments, const Tile& tile,
                                            const SequenceLengths&)
      : slope_(arguments.alibi_slopes[tile.head] / arguments.scale),
        largest_lead_(kLargestLead / arguments.scale_log2) {
    const cuda::std::uint32_t high = ptx::Pack<kElement>(slope_, 0.0f);
    const float rest = slope_ - ptx::Low<kElement>(high);
    const cuda::std::uint32_t middle = ptx::Pack<kElement>(rest, 0.0f);
    const float last = rest - ptx::Low<kElement>(middle);
    const unsigned int column_pair = threadIdx.x % 4;
    row_term_ = 0;
    if (column_pair == 0) row_term_ = high | middle << 16;
    if (column_pair == 1) row_term_ = ptx::Pack<kElement>(last, 0.0f);
  }

  // The thread's part of the queries' operand, for blocks left of the diagonal, or right of it.
  __device__ __forceinline__ cuda::std::uint32_t RowTerm(bool left) const {
    constexpr cuda::std::uint32_t kSigns = 0x80008000u;
    return left ? row_term_ : row_term_ ^ kSigns;
  }

  static __device__ __forceinline__ float exponent_scale(const ForwardArguments& arguments) {
    return arguments.scale_log2;
  }

  template <int kCount>
  __device__ __forceinline__ void Apply(float (&s)[kCount], const ForwardArguments&,
                                        const Place& place) const {
#pragma unroll
    for (int i = 0; i < kCount; ++i) {
      s[i] = fmaf(-slope_, fabsf(place.first_distance + Fragment::Distance(i)), s[i]);
    }
  }

 private:
  // Powers of two from 2^-126 up are exact enough: what is left of a row whose scores grow no
  // further is 2^-96, and terms 2^-24 below that still count.
  static constexpr float kLargestLead = 96.0f;

  float slope_;  // in units of raw products, as the next
  float largest_lead_;
  cuda::std::uint32_t row_term_;
};

}  // namespace attune::hopper

#endif  // ATTUNE_ATTENTION_CUDA_HOPPER_ALIBI_IN_PRODUCT_CUH_
