#include "attention/ternary/ternary_matmul.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "attention/process_defaults.h"
#include "attention/ternary/matmul_configuration.h"
#include "attention/ternary/matmul_families.h"
#include "base/status_macros.h"

namespace attune {
namespace {

absl::StatusOr<ConfigurationChoice> ChooseConfiguration(const TernaryMatmulFamily& family,
                                                        const TernaryMatmulProblem& problem,
                                                        const DeviceInfo& device,
                                                        const TernaryMatmulOptions& options) {
  if (!options.configuration.has_value()) {
    const TuningCache& cache = options.cache != nullptr ? *options.cache : SharedTuningCache();
    return ChooseConfiguration(family, problem, device, &cache);
  }
  ATTUNE_RETURN_IF_ERROR(CheckAdmitted(family, problem, device, *options.configuration));
  return ConfigurationChoice{.configuration = *options.configuration, .origin = "given"};
}

std::string Describe(const TernaryMatmulProblem& problem, const DeviceInfo& device,
                     const TernaryMatmulFamilyChoice& family, const ConfigurationChoice& choice,
                     const TernaryMatmulKernel& kernel) {
  std::string text = absl::StrCat(kTernaryMatmul, " of ", problem.ToString(), " on ",
                                  device.ToString(), "\nfamily: ", family.family->name(), "\n");
  for (const std::string& reason : family.passed_over) {
    absl::StrAppend(&text, "  passed over ", reason, "\n");
  }
  absl::StrAppend(&text, "configuration: ", choice.configuration.ToString(), " (", choice.origin,
                  ")\n");
  for (const std::string& note : choice.notes) absl::StrAppend(&text, "  ", note, "\n");
  absl::StrAppend(&text, "memory: ", kernel.weight_layout().bytes, " bytes of weights as ",
                  kernel.weight_layout().name, ", ", kernel.workspace_bytes(),
                  " bytes of workspace\n");
  return text;
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
  ATTUNE_ASSIGN_OR_RETURN(const TernaryMatmulFamilyChoice family,
                          ChooseTernaryMatmulFamily(
                              options.families.empty() ? TernaryMatmulFamilies() : options.families,
                              problem, device.info(), options.family));
  ATTUNE_ASSIGN_OR_RETURN(const ConfigurationChoice choice,
                          ChooseConfiguration(*family.family, problem, device.info(), options));
  TernaryMatmulPlan plan;
  plan.problem_ = problem;
  plan.device_ = &device;
  plan.family_ = family.family;
  plan.configuration_ = choice.configuration;
  ATTUNE_ASSIGN_OR_RETURN(plan.kernel_,
                          family.family->Prepare(problem, choice.configuration, device));
  ATTUNE_ASSIGN_OR_RETURN(plan.workspace_, device.Allocate(plan.kernel_->workspace_bytes()));
  ATTUNE_RETURN_IF_ERROR(plan.kernel_->PrepareWorkspace(plan.workspace_.data(), device));
  plan.explanation_ = Describe(problem, device.info(), family, choice, *plan.kernel_);
  return plan;
}

}  // namespace attune
