#include "benchmarks/attention_case.h"

#include "absl/strings/str_cat.h"
#include "numerics/dtype.h"

namespace attune {
namespace {

std::string OneOrTwo(int64_t first, int64_t second) {
  return first == second ? absl::StrCat(first) : absl::StrCat(first, "_", second);
}

}  // namespace

std::string ProblemName(const Problem& p, Direction direction) {
  return absl::StrCat(direction == Direction::kForward ? "forward/" : "backward/",
                      DtypeName(p.dtype), "/", OneOrTwo(p.qk_dim, p.v_dim), "/", p.mask.ToString(),
                      p.soft_cap != 0 ? "+soft_cap" : "", p.alibi ? "+alibi" : "", "/",
                      OneOrTwo(p.q_len, p.kv_len), "/", p.batch, "x",
                      OneOrTwo(p.q_heads, p.kv_heads));
}

std::string CaseName(const AttentionCase& timed) {
  return absl::StrCat(ProblemName(timed.problem, timed.family->direction()), "/",
                      timed.family->name(), timed.variant.empty() ? "" : "/", timed.variant);
}

}  // namespace attune
