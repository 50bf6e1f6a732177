// What every attention kernel family gives besides what families of every operator do
// (operators/operator_family.h).
#ifndef ATTUNE_ATTENTION_FAMILY_H_
#define ATTUNE_ATTENTION_FAMILY_H_

#include <variant>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "attention/problem.h"
#include "attention/tensors.h"
#include "autotune/space/variables.h"
#include "autotune/workload/workload.h"
#include "operators/operator_family.h"

namespace attune {

// The tensors of one direction.
using AttentionTensors = std::variant<ForwardTensors, BackwardTensors>;

// The workspace is linear in the lengths. Run takes tensors of the family's direction.
class AttentionKernel : public OperatorKernel<AttentionTensors> {};

class AttentionFamily : public OperatorFamily<Problem, AttentionKernel> {
 public:
  virtual Direction direction() const = 0;

  absl::string_view operator_name() const final { return OperatorName(direction()); }
  Workload ToWorkload(const Problem& problem) const final;
  absl::StatusOr<Problem> FromWorkload(const Workload& workload) const final;
  Variables ProblemNumbers(const Problem& problem) const final;
};

}  // namespace attune

#endif  // ATTUNE_ATTENTION_FAMILY_H_
