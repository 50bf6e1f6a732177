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

// One new token for each sequence of a batch, with the keys and values of those before it: 32 query
// heads on 8 of keys and values, on one, and on 32, head dim 128, 2048 to 131072 keys; bf16, and
// fp16. And four tokens at once, as a draft model's are verified.
std::vector<Problem> DecodeProblems();

// Of those what a CPU is asked: batch 1 and 4, 8 query heads on 2, 2048 and 16384 keys, fp32 and
// bf16.
std::vector<Problem> ModestDecodeProblems();

}  // namespace attune

#endif  // ATTUNE_BENCHMARKS_ATTENTION_PROBLEMS_H_
