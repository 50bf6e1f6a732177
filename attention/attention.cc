#include "attention/attention.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "attention/configuration_choice.h"
#include "attention/families.h"
#include "attention/process_defaults.h"
#include "attention/required_tensors.h"
#include "base/status_macros.h"

namespace attune {
namespace {

// What a plan is made of before anything is compiled or allocated.
struct Draft {
  Device* device = nullptr;
  FamilyChoice family;
  ConfigurationChoice configuration;
};

absl::Span<const AttentionFamily* const> FamiliesOf(const PlanOptions& options) {
  return options.families.empty() ? AttentionFamilies() : options.families;
}

absl::StatusOr<Draft> MakeDraft(const Problem& problem, const PlanOptions& options,
                                absl::Span<const AttentionFamily* const> families) {
  ATTUNE_RETURN_IF_ERROR(Validate(problem));
  Draft draft;
  draft.device = options.device != nullptr ? options.device : &SharedCpuDevice();
  const DeviceInfo& info = draft.device->info();
  ATTUNE_ASSIGN_OR_RETURN(draft.family,
                          ChooseFamily(families, problem, options.direction, info, options.family));
  const AttentionFamily& family = *draft.family.family;
  if (options.configuration.has_value()) {
    ATTUNE_RETURN_IF_ERROR(CheckAdmitted(family, problem, info, *options.configuration));
    draft.configuration = {.configuration = *options.configuration, .origin = "given"};
  } else {
    const TuningCache& cache = options.cache != nullptr ? *options.cache : SharedTuningCache();
    ATTUNE_ASSIGN_OR_RETURN(draft.configuration,
                            ChooseConfiguration(family, problem, info, &cache));
  }
  return draft;
}

// Whether another family may do better where one's Prepare gave `error`: its variant did not
// compile, or to slow code. Not where the error is the user's expression, or the device's.
bool IsTheFamilysOwn(const absl::Status& error, const Problem& problem) {
  switch (error.code()) {
    case absl::StatusCode::kInvalidArgument:
      return !problem.has_expressions();
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kUnimplemented:
      return true;
    default:
      return false;
  }
}

struct PreparedDraft {
  Draft draft;
  std::unique_ptr<AttentionKernel> kernel;
};

// Of the first family that supports the problem and whose variant can be made.
absl::StatusOr<PreparedDraft> PrepareDraft(const Problem& problem, const PlanOptions& options) {
  absl::Span<const AttentionFamily* const> families = FamiliesOf(options);
  const bool fixed = !options.family.empty() || options.configuration.has_value();
  std::vector<std::string> passed_over;
  absl::Status first_error;
  while (true) {
    absl::StatusOr<Draft> draft = MakeDraft(problem, options, families);
    // That no family is left says less than why the first one could not.
    if (!draft.ok()) return first_error.ok() ? draft.status() : first_error;
    const AttentionFamily* const family = draft->family.family;
    std::vector<std::string>& reasons = draft->family.passed_over;
    reasons.insert(reasons.begin(), passed_over.begin(), passed_over.end());
    auto kernel = family->Prepare(problem, draft->configuration.configuration, *draft->device);
    if (kernel.ok()) return PreparedDraft{*std::move(draft), *std::move(kernel)};
    if (first_error.ok()) first_error = kernel.status();
    if (fixed || !IsTheFamilysOwn(kernel.status(), problem)) return kernel.status();
    passed_over = reasons;
    passed_over.push_back(absl::StrCat(family->name(), ": ", kernel.status().message()));
    families.remove_prefix(std::find(families.begin(), families.end(), family) - families.begin() +
                           1);
  }
}

std::string Describe(const Problem& problem, const Draft& draft, const MemoryEstimate& memory) {
  std::string text = absl::StrCat(OperatorName(draft.family.family->direction()), " of ",
                                  problem.ToString(), " on ", draft.device->info().ToString(),
                                  "\nfamily: ", draft.family.family->name(), "\n");
  for (const std::string& reason : draft.family.passed_over) {
    absl::StrAppend(&text, "  passed over ", reason, "\n");
  }
  absl::StrAppend(&text, "configuration: ", draft.configuration.configuration.ToString(), " (",
                  draft.configuration.origin, ")\n");
  for (const std::string& note : draft.configuration.notes) {
    absl::StrAppend(&text, "  ", note, "\n");
  }
  absl::StrAppend(&text, "memory: ", memory.tensor_bytes, " bytes of tensors, ",
                  memory.workspace_bytes, " bytes of workspace\n");
  return text;
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
  ATTUNE_ASSIGN_OR_RETURN(PreparedDraft prepared, PrepareDraft(problem, options));
  const Draft& draft = prepared.draft;
  AttentionPlan plan;
  plan.problem_ = problem;
  plan.family_ = draft.family.family;
  plan.configuration_ = draft.configuration.configuration;
  plan.kernel_ = std::move(prepared.kernel);
  ATTUNE_ASSIGN_OR_RETURN(plan.stream_, draft.device->CreateStream());
  ATTUNE_ASSIGN_OR_RETURN(plan.workspace_, draft.device->Allocate(plan.kernel_->workspace_bytes()));
  ATTUNE_RETURN_IF_ERROR(plan.kernel_->PrepareWorkspace(plan.workspace_.data(), *draft.device));
  plan.explanation_ = Describe(problem, draft, plan.memory());
  return plan;
}

absl::StatusOr<MemoryEstimate> Attention::EstimateMemory(const Problem& problem,
                                                         const PlanOptions& options) {
  ATTUNE_ASSIGN_OR_RETURN(const Draft draft, MakeDraft(problem, options, FamiliesOf(options)));
  const Variables model =
      draft.family.family->Model(problem, draft.configuration.configuration, draft.device->info());
  return MemoryEstimate{.tensor_bytes = TensorBytes(problem, options.direction),
                        .workspace_bytes = static_cast<int64_t>(model.at(kWorkspaceBytesVariable))};
}

}  // namespace attune
