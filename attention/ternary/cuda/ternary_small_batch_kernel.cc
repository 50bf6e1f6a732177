#include "attention/ternary/cuda/ternary_small_batch_kernel.h"

#include "attention/ternary/cuda/cuda_ternary_support.h"
#include "attention/ternary/cuda/packed_weights.h"
#include "base/status_macros.h"

namespace attune {
namespace {

constexpr int64_t kDependentLaunchCapability = 90;

}  // namespace

absl::StatusOr<std::unique_ptr<TernarySmallBatchKernel>> TernarySmallBatchKernel::Load(
    const TernaryMatmulProblem& problem, const ternary_cuda::SmallBatchConfiguration& configuration,
    const KernelImage& image, CudaDevice& device) {
  const ternary_cuda::SmallBatchLaunch launch =
      ternary_cuda::SmallBatchLaunchOf(problem, configuration);
  ATTUNE_ASSIGN_OR_RETURN(KernelModule module,
                          KernelModule::Load(device.context(), image, launch.shared_bytes));
  LaunchShape shape;
  shape.grid = {.x = static_cast<uint32_t>(launch.row_blocks),
                .y = static_cast<uint32_t>(configuration.split),
                .z = static_cast<uint32_t>(launch.batch_blocks)};
  if (configuration.cluster != 0) shape.cluster.y = shape.grid.y;
  shape.block.x = static_cast<uint32_t>(launch.threads);
  shape.dynamic_shared_bytes = static_cast<uint32_t>(launch.shared_bytes);
  shape.overlaps_previous =
      device.info().Attribute("compute_capability") >= kDependentLaunchCapability;
  return std::unique_ptr<TernarySmallBatchKernel>(
      new TernarySmallBatchKernel(problem, std::move(module), shape, launch));
}

WeightLayout TernarySmallBatchKernel::weight_layout() const { return CudaWeightLayout(problem_); }

void TernarySmallBatchKernel::PackWeights(const TernaryMatrix& weights,
                                          absl::Span<uint8_t> packed) const {
  PackCudaWeights(weights, CodeOrderOf(problem_.activation), packed);
}

Resources TernarySmallBatchKernel::resources() const {
  const KernelResources& used = module_.resources();
  return {{"registers", used.registers},
          {"shared_bytes", shape_.dynamic_shared_bytes + used.static_shared_bytes},
          {"spill_bytes", used.spill_store_bytes + used.spill_load_bytes},
          {"workspace_bytes", launch_.workspace_bytes}};
}

absl::Status TernarySmallBatchKernel::PrepareWorkspace(void* workspace, Device& device) const {
  if (launch_.counter_bytes == 0) return absl::OkStatus();
  return device.Fill(workspace, 0, launch_.counter_bytes);
}

absl::Status TernarySmallBatchKernel::Run(const TernaryMatmulTensors& tensors, void* workspace,
                                          Stream& stream) const {
  ATTUNE_RETURN_IF_ERROR(CheckCudaTernaryTensors("ternary_small_batch", tensors));
  return LaunchWith(stream, module_, shape_,
                    ternary_cuda::SmallBatchParametersOf(problem_, launch_, tensors, workspace));
}

}  // namespace attune
