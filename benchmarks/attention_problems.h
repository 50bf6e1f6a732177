// The problems that the attention benchmarks time.
#ifndef ATTUNE_BENCHMARKS_ATTENTION_PROBLEMS_H_
#define ATTUNE_BENCHMARKS_ATTENTION_PROBLEMS_H_

#include <vector>

#include "attention/problem.h"

namespace attune {

// Small enough for a CPU, for comparing it with a GPU: batch 2 with 8 heads of 512, batch 4 with 16
// heads of 512 to 2048, head dim 64; every dtype, full and causal.
std::vector<Problem> ModestProblems();

// What training and prefill look like: 16384 tokens in all, a hidden size of 2048, lengths 512 to
// 16384, head dims 64, 128 and 256, bf16, full and causal. And single ones: fp16, fp32 at length
// 2048, grouped heads, a window, a soft cap, ALiBi, head dims of different size.
std::vector<Problem> LargeProblems();

}  // namespace attune

#endif  // ATTUNE_BENCHMARKS_ATTENTION_PROBLEMS_H_
