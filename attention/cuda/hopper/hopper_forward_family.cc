#include "attention/cuda/hopper/hopper_forward_family.h"

#include "absl/strings/str_cat.h"
#include "attention/cuda/functors/problem_functors.h"
#include "attention/cuda/hopper/hopper_forward_functors.h"
#include "attention/cuda/hopper/hopper_forward_kernel.h"
#include "attention/cuda/hopper/hopper_forward_model.h"
#include "attention/cuda/hopper/hopper_forward_sources.h"
#include "attention/cuda/hopper/hopper_forward_support.h"
#include "attention/cuda/hopper/hopper_forward_untuned.h"
#include "base/status_macros.h"
#include "device/cuda/cuda_device.h"
#include "operators/cuda/cuda_support.h"
#include "operators/cuda/device_code.h"
#include "operators/cuda/family_code.h"
#include "operators/cuda/kernel_store.h"

namespace attune {
namespace {

constexpr int64_t kComputeCapability = 90;

const FamilyCode& Code() {
  static const auto* const code = new FamilyCode(
      {
          .family = "hopper_forward",
          .header = "attention/cuda/hopper/forward_kernel.cuh",
          .headers = std::make_shared<const HeaderSet>(HopperForwardSources()),
          // The functions that the host shares carry no mark of either side.
          .options = {"--device-as-default-execution-space"},
      },
      "attention/cuda/hopper/hopper_forward.space.textproto");
  return *code;
}

}  // namespace

const ParameterSpace& HopperForwardFamily::space() const { return Code().space(); }

std::string HopperForwardFamily::fingerprint() const { return Code().fingerprint(); }

absl::Status HopperForwardFamily::Supports(const Problem& problem, const DeviceInfo& device) const {
  ATTUNE_RETURN_IF_ERROR(CheckArchitectureSpecificSupport(name(), kComputeCapability, device));
  return hopper::CheckProblem(problem);
}

Variables HopperForwardFamily::FixedVariables(const Problem& problem, const DeviceInfo&) const {
  Variables variables = hopper::FixedVariables(problem);
  variables.merge(hopper::UntunedVariables(problem));
  return variables;
}

Variables HopperForwardFamily::Model(const Problem& problem, const Configuration& configuration,
                                     const DeviceInfo& device) const {
  const auto variant = hopper::VariantOf(problem, configuration);
  Variables variables = FixedVariables(problem, device);
  variables.merge(hopper::ForwardVariables(problem, variant));
  variables[kWorkspaceBytesVariable] = static_cast<double>(
      hopper::LaunchOf(problem, variant, device.Attribute("multiprocessors")).workspace_bytes);
  return variables;
}

KernelSource HopperForwardFamily::Source(const Problem& problem, const Configuration& configuration,
                                         absl::string_view architecture) const {
  KernelVariant variant;
  variant.functions = functors::FunctorsOf(problem);
  variant.kernel =
      hopper::KernelExpression(hopper::VariantOf(problem, configuration),
                               hopper::ModifierType(problem), hopper::PredicateType(problem));
  return SourceOf(Code().code(), variant, architecture);
}

int64_t HopperForwardFamily::DynamicSharedBytes(const Problem& problem,
                                                const Configuration& configuration) const {
  return hopper::SharedBytes(hopper::VariantOf(problem, configuration));
}

absl::StatusOr<std::unique_ptr<AttentionKernel>> HopperForwardFamily::Prepare(
    const Problem& problem, const Configuration& configuration, Device& device) const {
  ATTUNE_RETURN_IF_ERROR(Validate(problem));
  ATTUNE_RETURN_IF_ERROR(Supports(problem, device.info()));
  ATTUNE_RETURN_IF_ERROR(space().Validate(configuration));
  const auto variant = hopper::VariantOf(problem, configuration);
  if (!hopper::IsValid(variant)) {
    return absl::InvalidArgumentError(
        absl::StrCat("hopper_forward has no variant ", configuration.ToString(), " for ",
                     problem.ToString(), ": its parameters contradict each other"));
  }
  ATTUNE_ASSIGN_OR_RETURN(CudaDevice* const cuda, AsCudaDevice(device));
  ATTUNE_ASSIGN_OR_RETURN(KernelCache* const cache, SharedKernelCache());
  ATTUNE_ASSIGN_OR_RETURN(const KernelImage image,
                          cache->Get(Source(problem, configuration, device.info().architecture)));
  if (!image.performance_warnings.empty()) {
    return absl::FailedPreconditionError(
        absl::StrCat("hopper_forward's variant ", configuration.ToString(), " for ",
                     problem.ToString(), " compiles to slow code: ", image.performance_warnings));
  }
  return HopperForwardKernel::Load(problem, variant, hopper::LaunchChoiceOf(configuration), image,
                                   *cuda);
}

}  // namespace attune
