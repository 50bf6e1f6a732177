// How many named buffers a user's mask and score modifier may read. Host and device code include
// this.
#ifndef ATTUNE_ATTENTION_CUDA_FUNCTORS_MAX_BUFFERS_H_
#define ATTUNE_ATTENTION_CUDA_FUNCTORS_MAX_BUFFERS_H_

namespace attune::functors {

inline constexpr int kMaxBuffers = 8;

}  // namespace attune::functors

#endif  // ATTUNE_ATTENTION_CUDA_FUNCTORS_MAX_BUFFERS_H_
