#include "attention/cuda/portable/portable_forward_family.h"

#include <utility>

#include "attention/cuda/functors/problem_functors.h"
#include "attention/cuda/portable/portable_forward_kernel.h"
#include "attention/cuda/portable/portable_forward_model.h"
#include "attention/cuda/portable/portable_forward_sources.h"
#include "base/status_macros.h"
#include "device/cuda/cuda_device.h"
#include "operators/cuda/cuda_support.h"
#include "operators/cuda/device_code.h"
#include "operators/cuda/family_code.h"
#include "operators/cuda/kernel_store.h"

namespace attune {
namespace {

constexpr int64_t kComputeCapability = 80;

const FamilyCode& Code() {
  static const auto* const code = new FamilyCode(
      {
          .family = "portable_forward",
          .header = "attention/cuda/portable/forward.cuh",
          .headers = std::make_shared<const HeaderSet>(PortableForwardSources()),
      },
      "attention/cuda/portable/portable_forward.space.textproto");
  return *code;
}

}  // namespace

const ParameterSpace& PortableForwardFamily::space() const { return Code().space(); }

std::string PortableForwardFamily::fingerprint() const { return Code().fingerprint(); }

absl::Status PortableForwardFamily::Supports(const Problem&, const DeviceInfo& device) const {
  return CheckCudaSupport(name(), kComputeCapability, device);
}

Variables PortableForwardFamily::Model(const Problem& problem, const Configuration& configuration,
                                       const DeviceInfo&) const {
  Variables variables =
      portable::ForwardVariables(problem, portable::ConfigurationOf(configuration));
  variables.merge(portable::UntunedVariables(problem));
  variables[kWorkspaceBytesVariable] = 0;
  return variables;
}

KernelSource PortableForwardFamily::Source(const Problem& problem,
                                           const Configuration& configuration,
                                           absl::string_view architecture) const {
  KernelVariant variant;
  variant.functions = functors::FunctorsOf(problem);
  variant.kernel = portable::KernelExpression(
      portable::TraitsOf(problem), portable::ConfigurationOf(configuration),
      portable::MaskType(problem), functors::ModifierType(problem));
  return SourceOf(Code().code(), variant, architecture);
}

int64_t PortableForwardFamily::DynamicSharedBytes(const Problem& problem,
                                                  const Configuration& configuration) const {
  return portable::SharedBytes(portable::TraitsOf(problem),
                               portable::ConfigurationOf(configuration));
}

absl::StatusOr<std::unique_ptr<AttentionKernel>> PortableForwardFamily::Prepare(
    const Problem& problem, const Configuration& configuration, Device& device) const {
  ATTUNE_RETURN_IF_ERROR(Validate(problem));
  ATTUNE_RETURN_IF_ERROR(Supports(problem, device.info()));
  ATTUNE_RETURN_IF_ERROR(space().Validate(configuration));
  ATTUNE_ASSIGN_OR_RETURN(CudaDevice* const cuda, AsCudaDevice(device));
  ATTUNE_ASSIGN_OR_RETURN(KernelCache* const cache, SharedKernelCache());
  ATTUNE_ASSIGN_OR_RETURN(const KernelImage image,
                          cache->Get(Source(problem, configuration, device.info().architecture)));
  return PortableForwardKernel::Load(problem, portable::ConfigurationOf(configuration), image,
                                     *cuda);
}

}  // namespace attune
