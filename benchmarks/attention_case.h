// What the attention benchmarks time, and what it is called.
#ifndef ATTUNE_BENCHMARKS_ATTENTION_CASE_H_
#define ATTUNE_BENCHMARKS_ATTENTION_CASE_H_

#include <optional>
#include <string>

#include "attention/family.h"
#include "attention/problem.h"
#include "autotune/space/configuration.h"

namespace attune {

// A problem, computed by one family.
struct AttentionCase {
  Problem problem;
  const AttentionFamily* family = nullptr;
  // What the machine's cache has, or else the default, if not given.
  std::optional<Configuration> configuration;
  // Tells cases of one family with given configurations apart: "bf16_products".
  std::string variant;
};

// Direction, dtype, head dim, mask and what else decides a score, length, batch and heads:
// "forward/bf16/128/causal/4096/4x16". A head dim of the values' own follows the keys' ("192_128"),
// so does a length of the keys' own ("1_2048"), and heads of keys and values ("4x32_8").
std::string ProblemName(const Problem& problem, Direction direction);

// The problem's name, the family's, and the variant's if it has one:
// "forward/bf16/128/causal/4096/4x16/hopper_forward".
std::string CaseName(const AttentionCase& timed);

}  // namespace attune

#endif  // ATTUNE_BENCHMARKS_ATTENTION_CASE_H_
