#include "attention/ternary/cuda/ternary_large_batch_family.h"

#include "absl/strings/str_cat.h"
#include "attention/ternary/cuda/cuda_ternary_support.h"
#include "attention/ternary/cuda/large_batch_model.h"
#include "attention/ternary/cuda/ternary_large_batch_kernel.h"
#include "attention/ternary/cuda/ternary_large_batch_sources.h"
#include "base/status_macros.h"
#include "device/cuda/cuda_device.h"
#include "operators/cuda/cuda_support.h"
#include "operators/cuda/device_code.h"
#include "operators/cuda/family_code.h"
#include "operators/cuda/kernel_store.h"

namespace attune {
namespace {

constexpr int64_t kComputeCapability = 90;
constexpr int64_t kCopyGrain = 16;  // of the copy engine, in bytes
constexpr int64_t kSmallBatch = 16;
constexpr int64_t kTile = 128;  // weight rows and batch rows that keep a multiprocessor busy

const FamilyCode& Code() {
  static const auto* const code = new FamilyCode(
      {
          .family = "ternary_large_batch",
          .header = "attention/ternary/cuda/large_batch.cuh",
          .headers = std::make_shared<const HeaderSet>(TernaryLargeBatchSources()),
      },
      "attention/ternary/cuda/ternary_large_batch.space.textproto");
  return *code;
}

// Whether it can be computed at all.
absl::Status CheckComputable(absl::string_view family, const TernaryMatmulProblem& problem,
                             const DeviceInfo& device) {
  ATTUNE_RETURN_IF_ERROR(CheckArchitectureSpecificSupport(family, kComputeCapability, device));
  ATTUNE_RETURN_IF_ERROR(CheckCudaTernaryProblem(family, problem));
  const int64_t row_bytes = problem.weights.columns * ActivationBytes(problem.activation);
  if (row_bytes % kCopyGrain == 0) return absl::OkStatus();
  return absl::UnimplementedError(absl::StrCat(
      family, " copies activations by TMA, which needs rows of a multiple of ", kCopyGrain,
      " bytes; those of ", problem.weights.columns, " columns have ", row_bytes, "."));
}

// Whether it should: an answer that depends on sizes alone.
absl::Status CheckFast(absl::string_view family, const TernaryMatmulProblem& problem,
                       const DeviceInfo& device) {
  const int64_t tiles =
      (problem.weights.rows + kTile - 1) / kTile * ((problem.batch + kTile - 1) / kTile);
  const int64_t enough = device.Attribute("multiprocessors") / 2;
  if (problem.batch > kSmallBatch && tiles >= enough) return absl::OkStatus();
  return absl::UnimplementedError(absl::StrCat(family, " is for more than ", kSmallBatch,
                                               " batch rows, and ", enough, " tiles of ", kTile,
                                               " x ", kTile, " outputs or more on ", device.id,
                                               "; ", problem.ToString(), " has ", tiles, "."));
}

}  // namespace

const ParameterSpace& TernaryLargeBatchFamily::space() const { return Code().space(); }

std::string TernaryLargeBatchFamily::fingerprint() const { return Code().fingerprint(); }

absl::Status TernaryLargeBatchFamily::Supports(const TernaryMatmulProblem& problem,
                                               const DeviceInfo& device) const {
  ATTUNE_RETURN_IF_ERROR(CheckComputable(name(), problem, device));
  return CheckFast(name(), problem, device);
}

Variables TernaryLargeBatchFamily::Model(const TernaryMatmulProblem& problem,
                                         const Configuration& configuration,
                                         const DeviceInfo&) const {
  return ternary_cuda::LargeBatchVariables(problem,
                                           ternary_cuda::LargeBatchConfigurationOf(configuration));
}

KernelSource TernaryLargeBatchFamily::Source(const TernaryMatmulProblem& problem,
                                             const Configuration& configuration,
                                             absl::string_view architecture) const {
  KernelVariant variant;
  variant.kernel =
      ternary_cuda::LargeBatchExpression(ternary_cuda::LargeBatchTraitsOf(problem),
                                         ternary_cuda::LargeBatchConfigurationOf(configuration));
  return SourceOf(Code().code(), variant, architecture);
}

int64_t TernaryLargeBatchFamily::DynamicSharedBytes(const TernaryMatmulProblem&,
                                                    const Configuration& configuration) const {
  return ternary_cuda::SharedBytes(ternary_cuda::LargeBatchConfigurationOf(configuration));
}

absl::StatusOr<std::unique_ptr<TernaryMatmulKernel>> TernaryLargeBatchFamily::Prepare(
    const TernaryMatmulProblem& problem, const Configuration& configuration, Device& device) const {
  ATTUNE_RETURN_IF_ERROR(Validate(problem));
  ATTUNE_RETURN_IF_ERROR(CheckComputable(name(), problem, device.info()));
  ATTUNE_RETURN_IF_ERROR(space().Validate(configuration));
  ATTUNE_ASSIGN_OR_RETURN(CudaDevice* const cuda, AsCudaDevice(device));
  ATTUNE_ASSIGN_OR_RETURN(KernelCache* const cache, SharedKernelCache());
  ATTUNE_ASSIGN_OR_RETURN(const KernelImage image,
                          cache->Get(Source(problem, configuration, device.info().architecture)));
  if (!image.performance_warnings.empty()) {
    return absl::FailedPreconditionError(
        absl::StrCat(name(), "'s variant ", configuration.ToString(), " for ", problem.ToString(),
                     " compiles to slow code: ", image.performance_warnings));
  }
  return TernaryLargeBatchKernel::Load(
      problem, ternary_cuda::LargeBatchConfigurationOf(configuration), image, *cuda);
}

}  // namespace attune
