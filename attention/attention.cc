#include "attention/attention.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "attention/families.h"
#include "attention/required_tensors.h"
#include "base/status_macros.h"
#include "operators/plan_draft.h"
#include "operators/process_defaults.h"

namespace attune {
namespace {

using Draft = PlanDraft<AttentionFamily>;

Device& DeviceOf(const PlanOptions& options) {
  return options.device != nullptr ? *options.device : SharedCpuDevice();
}

absl::StatusOr<Draft> MakeDraft(const Problem& problem, const PlanOptions& options) {
  ATTUNE_RETURN_IF_ERROR(Validate(problem));
  const std::vector<const AttentionFamily*> families = OfDirection(
      options.families.empty() ? AttentionFamilies() : options.families, options.direction);
  const TuningCache* cache = options.cache;
  if (cache == nullptr && !options.configuration.has_value()) cache = &SharedTuningCache();
  return PreparePlan<AttentionFamily>({.problem = problem,
                                       .families = families,
                                       .wish = {.operator_name = OperatorName(options.direction),
                                                .wanted = options.family,
                                                .absent = AbsentAttentionFamilies()},
                                       .configuration = options.configuration,
                                       .cache = cache,
                                       .has_users_code = problem.has_expressions()},
                                      DeviceOf(options));
}

std::string Describe(const Problem& problem, const Draft& draft, const DeviceInfo& device,
                     const MemoryEstimate& memory) {
  const AttentionFamily& family = *draft.family.family;
  return absl::StrCat(family.operator_name(), " of ", problem.ToString(), " on ", device.ToString(),
                      "\n",
                      DescribeDraft(family.name(), draft.family.passed_over, draft.configuration),
                      "memory: ", memory.tensor_bytes, " bytes of tensors, ",
                      memory.workspace_bytes, " bytes of workspace\n");
}

}  // namespace

absl::Status AttentionPlan::Run(const AttentionTensors& tensors, Stream& stream) const {
  ATTUNE_RETURN_IF_ERROR(CheckTensors(problem_, family_->direction(), tensors));
  return kernel_->Run(tensors, workspace_.data(), stream);
}

absl::Status AttentionPlan::Run(const AttentionTensors& tensors) const {
  ATTUNE_RETURN_IF_ERROR(Run(tensors, *stream_));
  return stream_->Synchronize();
}

MemoryEstimate AttentionPlan::memory() const {
  return {.tensor_bytes = TensorBytes(problem_, family_->direction()),
          .workspace_bytes = workspace_.bytes()};
}

absl::StatusOr<AttentionPlan> Attention::Plan(const Problem& problem, const PlanOptions& options) {
  ATTUNE_ASSIGN_OR_RETURN(Draft draft, MakeDraft(problem, options));
  Device& device = DeviceOf(options);
  AttentionPlan plan;
  plan.problem_ = problem;
  plan.family_ = draft.family.family;
  plan.configuration_ = draft.configuration.configuration;
  plan.kernel_ = std::move(draft.kernel);
  ATTUNE_ASSIGN_OR_RETURN(plan.stream_, device.CreateStream());
  ATTUNE_ASSIGN_OR_RETURN(plan.workspace_, device.Allocate(plan.kernel_->workspace_bytes()));
  ATTUNE_RETURN_IF_ERROR(plan.kernel_->PrepareWorkspace(plan.workspace_.data(), device));
  plan.explanation_ = Describe(problem, draft, device.info(), plan.memory());
  return plan;
}

absl::StatusOr<MemoryEstimate> Attention::EstimateMemory(const Problem& problem,
                                                         const PlanOptions& options) {
  ATTUNE_ASSIGN_OR_RETURN(const Draft draft, MakeDraft(problem, options));
  return MemoryEstimate{.tensor_bytes = TensorBytes(problem, options.direction),
                        .workspace_bytes = draft.kernel->workspace_bytes()};
}

}  // namespace attune
