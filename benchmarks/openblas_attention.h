// Baselines on the CPU.
#ifndef ATTUNE_BENCHMARKS_OPENBLAS_ATTENTION_H_
#define ATTUNE_BENCHMARKS_OPENBLAS_ATTENTION_H_

#include <vector>

#include "attention/problem.h"
#include "attention/tensors.h"

namespace attune {

// Attention of two matrix products and a softmax between them, a head at a time, with the scores of
// a whole head in memory: what an engine without a fused kernel does. For fp32 problems of Layout
// kBatchHeadLength with one batch, equal heads and lengths, no mask and no modifier.
class OpenblasAttention {
 public:
  explicit OpenblasAttention(const Problem& problem);
  void Run(const ForwardTensors& tensors);

 private:
  const Problem problem_;
  std::vector<float> scores_;
};

}  // namespace attune

#endif  // ATTUNE_BENCHMARKS_OPENBLAS_ATTENTION_H_
