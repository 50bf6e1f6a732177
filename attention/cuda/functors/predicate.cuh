// Predicates: functors that strike out keys of those that the band of a mask (causal, window) lets
// a query see.
//
// Made like a score modifier (score_modifier.cuh), a predicate has
//   static constexpr bool kAlways            true: strikes out nothing, and is never asked
//   bool operator()(const Position& at)      whether this query sees this key
// A user's own is an expression over b, h, kv_h, q, kv, q_len, kv_len and the names of extra
// buffers, from which user_functors.h makes `struct UserMask`.
#ifndef ATTUNE_ATTENTION_CUDA_FUNCTORS_PREDICATE_CUH_
#define ATTUNE_ATTENTION_CUDA_FUNCTORS_PREDICATE_CUH_

#include "attention/cuda/functors/position.cuh"

namespace attune::functors {

struct Everything {
  static constexpr bool kAlways = true;
  template <typename Parameters, typename Tile, typename Sequence>
  __device__ __forceinline__ Everything(const Parameters&, const Tile&, const Sequence&) {}
  __device__ __forceinline__ bool operator()(const Position&) const { return true; }
};

}  // namespace attune::functors

#endif  // ATTUNE_ATTENTION_CUDA_FUNCTORS_PREDICATE_CUH_
