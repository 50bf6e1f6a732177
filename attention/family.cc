#include "attention/family.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "attention/workload.h"
#include "base/status_macros.h"

namespace attune {

Workload AttentionFamily::ToWorkload(const Problem& problem) const {
  return WorkloadOf(problem, direction());
}

absl::StatusOr<Problem> AttentionFamily::FromWorkload(const Workload& workload) const {
  ATTUNE_ASSIGN_OR_RETURN(const AttentionWorkload parsed, ProblemOf(workload));
  if (parsed.direction != direction()) {
    return absl::InvalidArgumentError(
        absl::StrCat(name(), " computes ", operator_name(), ", not ", workload.operator_name));
  }
  return parsed.problem;
}

Variables AttentionFamily::ProblemNumbers(const Problem& problem) const {
  return ProblemVariables(problem);
}

}  // namespace attune
