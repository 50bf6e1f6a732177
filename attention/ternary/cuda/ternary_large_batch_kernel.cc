#include "attention/ternary/cuda/ternary_large_batch_kernel.h"

#include <algorithm>
#include <cstring>

#include "attention/ternary/cuda/cuda_ternary_support.h"
#include "attention/ternary/cuda/large_batch_model.h"
#include "attention/ternary/cuda/packed_weights.h"
#include "base/status_macros.h"
#include "device/cuda/tensor_map.h"

namespace attune {
namespace {

static_assert(sizeof(ptx::TensorMap) == sizeof(CUtensorMap));

// Activations [batch, columns], in boxes of a stage; the copies' two outer dimensions have one
// index each.
TensorMapSpec ActivationsSpec(const TernaryMatmulProblem& problem,
                              const ternary_cuda::LargeBatchConfiguration& configuration) {
  const ternary_cuda::LargeBatchTraits traits = ternary_cuda::LargeBatchTraitsOf(problem);
  const bool int8 = problem.activation == Activation::kInt8;
  const int64_t element_bytes = ActivationBytes(problem.activation);
  constexpr int64_t kAnyStride = 16;
  TensorMapSpec spec;
  // Replaced before each launch.
  spec.address = reinterpret_cast<const void*>(uintptr_t{4096});
  spec.element = int8 ? TensorMapElement::kUint8 : TensorMapElement::kBfloat16;
  spec.rank = 4;
  spec.dims = {problem.weights.columns, problem.batch, 1, 1};
  spec.strides = {element_bytes, problem.weights.columns * element_bytes, kAnyStride, kAnyStride};
  spec.box = {ternary_cuda::StageColumns(traits), configuration.block_batch / configuration.cluster,
              1, 1};
  spec.swizzle = TensorMapSwizzle::k128Bytes;
  spec.l2_promotion = TensorMapL2Promotion::k256Bytes;
  return spec;
}

}  // namespace

absl::StatusOr<std::unique_ptr<TernaryLargeBatchKernel>> TernaryLargeBatchKernel::Load(
    const TernaryMatmulProblem& problem, const ternary_cuda::LargeBatchConfiguration& configuration,
    const KernelImage& image, CudaDevice& device) {
  const int64_t shared_bytes = ternary_cuda::SharedBytes(configuration);
  ATTUNE_ASSIGN_OR_RETURN(KernelModule module,
                          KernelModule::Load(device.context(), image, shared_bytes));
  ATTUNE_ASSIGN_OR_RETURN(
      const CUtensorMap map,
      EncodeTensorMap(*device.context(), ActivationsSpec(problem, configuration)));
  const ternary_cuda::LargeBatchParameters parameters =
      ternary_cuda::LargeBatchParametersOf(problem, configuration);
  const int64_t tiles = int64_t{parameters.row_blocks} * parameters.batch_blocks;
  LaunchShape shape;
  const int64_t cluster = configuration.cluster;
  shape.grid.x = static_cast<uint32_t>(
      std::min(tiles, device.info().Attribute("multiprocessors") / cluster * cluster));
  shape.cluster.x = static_cast<uint32_t>(cluster);
  shape.block.x = static_cast<uint32_t>(ternary_cuda::Threads(configuration));
  shape.dynamic_shared_bytes = static_cast<uint32_t>(shared_bytes);
  return std::unique_ptr<TernaryLargeBatchKernel>(
      new TernaryLargeBatchKernel(problem, std::move(module), shape, parameters, map));
}

WeightLayout TernaryLargeBatchKernel::weight_layout() const { return CudaWeightLayout(problem_); }

void TernaryLargeBatchKernel::PackWeights(const TernaryMatrix& weights,
                                          absl::Span<uint8_t> packed) const {
  PackCudaWeights(weights, CodeOrderOf(problem_.activation), packed);
}

Resources TernaryLargeBatchKernel::resources() const {
  const KernelResources& used = module_.resources();
  return {{"registers", used.registers},
          {"shared_bytes", shape_.dynamic_shared_bytes + used.static_shared_bytes},
          {"spill_bytes", used.spill_store_bytes + used.spill_load_bytes},
          {"workspace_bytes", 0}};
}

absl::Status TernaryLargeBatchKernel::Run(const TernaryMatmulTensors& tensors, void*,
                                          Stream& stream) const {
  ATTUNE_RETURN_IF_ERROR(CheckCudaTernaryTensors("ternary_large_batch", tensors));
  CUtensorMap map = map_;
  ATTUNE_RETURN_IF_ERROR(ReplaceTensorMapAddress(module_.context(), tensors.activations, map));
  const char* const weights = static_cast<const char*>(tensors.weights);
  const bool int8 = problem_.activation == Activation::kInt8;
  ternary_cuda::LargeBatchParameters parameters = parameters_;
  std::memcpy(&parameters.activations, &map, sizeof(map));
  parameters.chunks = weights;
  parameters.packed_scales =
      reinterpret_cast<const float*>(weights + CudaScalesOffset(problem_.weights));
  parameters.activation_scales = int8 ? tensors.activation_scales : nullptr;
  parameters.bias = problem_.bias ? tensors.bias : nullptr;
  parameters.out = tensors.out;
  return LaunchWith(stream, module_, shape_, parameters);
}

}  // namespace attune
