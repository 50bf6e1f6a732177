#include "attention/ternary/cuda/ternary_small_batch_family.h"

#include "attention/ternary/cuda/cuda_ternary_support.h"
#include "attention/ternary/cuda/small_batch_model.h"
#include "attention/ternary/cuda/ternary_small_batch_kernel.h"
#include "attention/ternary/cuda/ternary_small_batch_sources.h"
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
          .family = "ternary_small_batch",
          .header = "attention/ternary/cuda/small_batch.cuh",
          .headers = std::make_shared<const HeaderSet>(TernarySmallBatchSources()),
      },
      "attention/ternary/cuda/ternary_small_batch.space.textproto");
  return *code;
}

}  // namespace

const ParameterSpace& TernarySmallBatchFamily::space() const { return Code().space(); }

std::string TernarySmallBatchFamily::fingerprint() const { return Code().fingerprint(); }

absl::Status TernarySmallBatchFamily::Supports(const TernaryMatmulProblem& problem,
                                               const DeviceInfo& device) const {
  ATTUNE_RETURN_IF_ERROR(CheckCudaSupport(name(), kComputeCapability, device));
  return CheckCudaTernaryProblem(name(), problem);
}

Variables TernarySmallBatchFamily::Model(const TernaryMatmulProblem& problem,
                                         const Configuration& configuration,
                                         const DeviceInfo&) const {
  return ternary_cuda::SmallBatchVariables(problem,
                                           ternary_cuda::SmallBatchConfigurationOf(configuration));
}

KernelSource TernarySmallBatchFamily::Source(const TernaryMatmulProblem& problem,
                                             const Configuration& configuration,
                                             absl::string_view architecture) const {
  KernelVariant variant;
  variant.kernel =
      ternary_cuda::SmallBatchExpression(ternary_cuda::SmallBatchTraitsOf(problem),
                                         ternary_cuda::SmallBatchConfigurationOf(configuration));
  return SourceOf(Code().code(), variant, architecture);
}

int64_t TernarySmallBatchFamily::DynamicSharedBytes(const TernaryMatmulProblem& problem,
                                                    const Configuration& configuration) const {
  return ternary_cuda::SharedBytes(ternary_cuda::SmallBatchTraitsOf(problem),
                                   ternary_cuda::SmallBatchConfigurationOf(configuration));
}

absl::StatusOr<std::unique_ptr<TernaryMatmulKernel>> TernarySmallBatchFamily::Prepare(
    const TernaryMatmulProblem& problem, const Configuration& configuration, Device& device) const {
  ATTUNE_RETURN_IF_ERROR(Validate(problem));
  ATTUNE_RETURN_IF_ERROR(Supports(problem, device.info()));
  ATTUNE_RETURN_IF_ERROR(space().Validate(configuration));
  ATTUNE_ASSIGN_OR_RETURN(CudaDevice* const cuda, AsCudaDevice(device));
  ATTUNE_ASSIGN_OR_RETURN(KernelCache* const cache, SharedKernelCache());
  ATTUNE_ASSIGN_OR_RETURN(const KernelImage image,
                          cache->Get(Source(problem, configuration, device.info().architecture)));
  return TernarySmallBatchKernel::Load(
      problem, ternary_cuda::SmallBatchConfigurationOf(configuration), image, *cuda);
}

}  // namespace attune
