#include "attention/ternary/ternary_matmul.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "attention/ternary/matmul_families.h"
#include "base/status_macros.h"
#include "operators/plan_draft.h"
#include "operators/process_defaults.h"

namespace attune {
namespace {

using Draft = PlanDraft<TernaryMatmulFamily>;

std::string Describe(const TernaryMatmulProblem& problem, const Draft& draft,
                     const DeviceInfo& device, const TernaryMatmulKernel& kernel) {
  const WeightLayout layout = kernel.weight_layout();
  return absl::StrCat(
      kTernaryMatmul, " of ", problem.ToString(), " on ", device.ToString(), "\n",
      DescribeDraft(draft.family.family->name(), draft.family.passed_over, draft.configuration),
      "memory: ", layout.bytes, " bytes of weights as ", layout.name, ", ",
      kernel.workspace_bytes(), " bytes of workspace\n");
}

absl::Status CheckTensors(const TernaryMatmulProblem& problem,
                          const TernaryMatmulTensors& tensors) {
  const bool scales = problem.activation == Activation::kInt8;
  const std::pair<const char*, bool> missing[] = {
      {"activations", tensors.activations == nullptr},
      {"activation_scales", scales && tensors.activation_scales == nullptr},
      {"weights", tensors.weights == nullptr},
      {"bias", problem.bias && tensors.bias == nullptr},
      {"out", tensors.out == nullptr}};
  for (const auto& [name, is_missing] : missing) {
    if (!is_missing) continue;
    return absl::InvalidArgumentError(
        absl::StrCat("tensor ", name, " is null; ", problem.ToString(), " needs it"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Buffer> TernaryMatmulPlan::PackWeights(const TernaryMatrix& weights) const {
  ATTUNE_RETURN_IF_ERROR(Validate(weights));
  if (weights.shape != problem_.weights) {
    return absl::InvalidArgumentError(absl::StrCat("weights are ", weights.shape.ToString(),
                                                   "; the plan is for ",
                                                   problem_.weights.ToString()));
  }
  std::vector<uint8_t> packed(kernel_->weight_layout().bytes);
  kernel_->PackWeights(weights, absl::MakeSpan(packed));
  ATTUNE_ASSIGN_OR_RETURN(Buffer buffer, device_->Allocate(static_cast<int64_t>(packed.size())));
  ATTUNE_RETURN_IF_ERROR(
      device_->CopyToDevice(buffer.data(), packed.data(), static_cast<int64_t>(packed.size())));
  return buffer;
}

absl::Status TernaryMatmulPlan::Run(const TernaryMatmulTensors& tensors, Stream& stream) const {
  ATTUNE_RETURN_IF_ERROR(CheckTensors(problem_, tensors));
  return kernel_->Run(tensors, workspace_.data(), stream);
}

absl::StatusOr<TernaryMatmulPlan> TernaryMatmul::Plan(const TernaryMatmulProblem& problem,
                                                      const TernaryMatmulOptions& options) {
  ATTUNE_RETURN_IF_ERROR(Validate(problem));
  Device& device = options.device != nullptr ? *options.device : SharedCpuDevice();
  const TuningCache* cache = options.cache;
  if (cache == nullptr && !options.configuration.has_value()) cache = &SharedTuningCache();
  ATTUNE_ASSIGN_OR_RETURN(
      Draft draft,
      PreparePlan<TernaryMatmulFamily>(
          {.problem = problem,
           .families = options.families.empty() ? TernaryMatmulFamilies() : options.families,
           .wish = {.operator_name = kTernaryMatmul,
                    .wanted = options.family,
                    .absent = AbsentTernaryMatmulFamilies()},
           .configuration = options.configuration,
           .cache = cache},
          device));
  TernaryMatmulPlan plan;
  plan.problem_ = problem;
  plan.device_ = &device;
  plan.family_ = draft.family.family;
  plan.configuration_ = draft.configuration.configuration;
  plan.kernel_ = std::move(draft.kernel);
  ATTUNE_ASSIGN_OR_RETURN(plan.workspace_, device.Allocate(plan.kernel_->workspace_bytes()));
  ATTUNE_RETURN_IF_ERROR(plan.kernel_->PrepareWorkspace(plan.workspace_.data(), device));
  plan.explanation_ = Describe(problem, draft, device.info(), *plan.kernel_);
  return plan;
}

}  // namespace attune
