// One score's place in the problem: what masks and score modifiers are asked about.
#ifndef ATTUNE_ATTENTION_CUDA_FUNCTORS_POSITION_CUH_
#define ATTUNE_ATTENTION_CUDA_FUNCTORS_POSITION_CUH_

namespace attune::functors {

struct Position {
  int q;   // row in the sequence
  int kv;  // key in the sequence
  // kv - (q + offset), the signed distance from the diagonal, as a number: exact, as lengths end
  // at 2^20. Counting in fp32 spares a conversion for each score.
  float distance;
};

}  // namespace attune::functors

#endif  // ATTUNE_ATTENTION_CUDA_FUNCTORS_POSITION_CUH_
