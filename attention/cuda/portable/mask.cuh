// Masks: functors that say which keys a query sees.
//
// A mask is made once per block from the launch's parameters, the tile and the sequence, and has
//   KeyRange Visible(int first, int last)   keys outside it are seen by none of the query rows
//                                           [first, last]: their blocks are never loaded
//   KeyRange Whole(int first, int last)     keys inside it are seen by all of those rows: their
//                                           blocks skip the mask
//   bool operator()(const Position&)        whether this query sees this key; asked of the rest
//   static constexpr bool kRare             true: few blocks need masking, so the mask is made anew
//                                           for each instead of occupying registers throughout
// Both ranges may be empty, and Whole may be smaller than it could be.
#ifndef ATTUNE_ATTENTION_CUDA_PORTABLE_MASK_CUH_
#define ATTUNE_ATTENTION_CUDA_PORTABLE_MASK_CUH_

#include "attention/cuda/functors/position.cuh"
#include "attention/cuda/portable/forward_parameters.h"
#include "attention/cuda/portable/tile.cuh"

namespace attune::portable {

// Keys [begin, end); empty if end <= begin.
struct KeyRange {
  int begin;
  int end;
};

// The end of the keys, and the bounds of attune::Mask: full, causal and window masks alike. Bounds
// that do not bind cost nothing, as only blocks outside Whole are masked.
class BandMask {
 public:
  static constexpr bool kRare = true;

  __device__ __forceinline__ BandMask(const PortableForwardParameters& p, const Tile&,
                                      const Sequence& sequence)
      : left_(sequence.offset - p.left),
        right_(sequence.offset + p.right),
        kv_len_(sequence.kv_len) {}

  __device__ __forceinline__ KeyRange Visible(int first, int last) const {
    return {max(0, first + left_), min(kv_len_, last + right_ + 1)};
  }
  __device__ __forceinline__ KeyRange Whole(int first, int last) const {
    return {max(0, last + left_), min(kv_len_, first + right_ + 1)};
  }
  __device__ __forceinline__ bool operator()(const functors::Position& at) const {
    return at.kv < kv_len_ && at.kv >= at.q + left_ && at.kv <= at.q + right_;
  }

 private:
  int left_;
  int right_;
  int kv_len_;
};

// A band mask of whose keys `Predicate` (functors/predicate.cuh) strikes out more: the form of a
// user's own mask.
template <typename Predicate>
class BandAnd {
 public:
  static constexpr bool kRare = false;

  __device__ __forceinline__ BandAnd(const PortableForwardParameters& p, const Tile& tile,
                                     const Sequence& sequence)
      : band_(p, tile, sequence), predicate_(p, tile, sequence) {}

  __device__ __forceinline__ KeyRange Visible(int first, int last) const {
    return band_.Visible(first, last);
  }
  __device__ __forceinline__ KeyRange Whole(int, int) const { return {0, 0}; }
  __device__ __forceinline__ bool operator()(const functors::Position& at) const {
    return band_(at) && predicate_(at);
  }

 private:
  BandMask band_;
  Predicate predicate_;
};

}  // namespace attune::portable

#endif  // ATTUNE_ATTENTION_CUDA_PORTABLE_MASK_CUH_
