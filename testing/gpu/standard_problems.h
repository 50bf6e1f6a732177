// Problems that GPUs are validated and timed on.
#ifndef ATTUNE_TESTING_GPU_STANDARD_PROBLEMS_H_
#define ATTUNE_TESTING_GPU_STANDARD_PROBLEMS_H_

#include <string>
#include <vector>

#include "attention/problem.h"

namespace attune {

struct NamedProblem {
  std::string name;
  Problem problem;
};

// Small (1,4,128,64), medium (2,8,512,64) and large (4,16,1024,64), as batch, heads, length and
// head dim, in every dtype: "large_bf16".
std::vector<NamedProblem> SizedProblems();

// One of each kind that the operator knows: masks, modifiers, grouped heads, head dims, decoding,
// rows without keys, a long sequence.
std::vector<NamedProblem> FeatureProblems();

}  // namespace attune

#endif  // ATTUNE_TESTING_GPU_STANDARD_PROBLEMS_H_
