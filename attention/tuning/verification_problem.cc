#include "attention/tuning/verification_problem.h"

#include <algorithm>
#include <cstdint>
#include <optional>

namespace attune {
namespace {

// Above the largest tiles of any family (512 keys, 224 queries), and no multiple of anything.
constexpr int64_t kQueryLimit = 237;
constexpr int64_t kKeyLimit = 603;

}  // namespace

Problem VerificationProblem(const Problem& problem) {
  Problem small = problem;
  // Two tell whether sequences are kept apart; packed ones should differ in length besides.
  small.batch = std::min<int64_t>(problem.batch, problem.packed ? 5 : 2);
  const int64_t group = std::min<int64_t>(problem.q_heads / problem.kv_heads, 4);
  small.kv_heads = std::min<int64_t>(problem.kv_heads, 2);
  small.q_heads = small.kv_heads * group;
  small.q_len = std::min(problem.q_len, kQueryLimit);
  small.kv_len = std::min(problem.kv_len, kKeyLimit);
  if (problem.packed) {
    const auto total = [](int64_t rows, int64_t longest) {
      return std::min(rows, 2 * longest + 3);
    };
    small.packed = {.total_q_len = total(problem.packed->total_q_len, small.q_len),
                    .total_kv_len = total(problem.packed->total_kv_len, small.kv_len)};
  }
  // A window as wide as the keys that are left would be no window.
  for (std::optional<int64_t>* bound : {&small.mask.left, &small.mask.right}) {
    if (bound->has_value() && **bound > 0) *bound = std::min<int64_t>(**bound, small.kv_len / 3);
  }
  small.query_strides = small.key_strides = small.value_strides = small.out_strides = std::nullopt;
  return small;
}

}  // namespace attune
