#include "attention/cuda/portable/portable_forward_kernel.h"

#include <variant>

#include "absl/strings/str_cat.h"
#include "attention/cuda/portable/portable_forward_model.h"
#include "base/status_macros.h"

namespace attune {

absl::StatusOr<std::unique_ptr<PortableForwardKernel>> PortableForwardKernel::Load(
    const Problem& problem, const portable::PortableForwardConfiguration& configuration,
    const KernelImage& image, CudaDevice& device) {
  ATTUNE_ASSIGN_OR_RETURN(const portable::ForwardLaunch launch,
                          portable::LaunchOf(problem, configuration));
  ATTUNE_ASSIGN_OR_RETURN(KernelModule module,
                          KernelModule::Load(device.context(), image, launch.shared_bytes));
  LaunchShape shape;
  shape.grid.x = static_cast<uint32_t>(launch.blocks);
  shape.block.x = static_cast<uint32_t>(launch.threads);
  shape.dynamic_shared_bytes = static_cast<uint32_t>(launch.shared_bytes);
  const portable::PortableForwardParameters parameters = portable::ParametersOf(
      problem, configuration, ForwardTensors{}, device.info().Attribute("l2_bytes"));
  return std::unique_ptr<PortableForwardKernel>(new PortableForwardKernel(
      problem, std::move(module), shape, parameters, portable::TraitsOf(problem).vector_bytes));
}

Resources PortableForwardKernel::resources() const {
  const KernelResources& used = module_.resources();
  return {{"registers", used.registers},
          {"shared_bytes", shape_.dynamic_shared_bytes + used.static_shared_bytes},
          {"spill_bytes", used.spill_store_bytes + used.spill_load_bytes},
          {"workspace_bytes", 0}};
}

absl::Status PortableForwardKernel::Run(const AttentionTensors& tensors, void*,
                                        Stream& stream) const {
  const auto* forward = std::get_if<ForwardTensors>(&tensors);
  if (forward == nullptr) {
    return absl::InvalidArgumentError(
        "portable_forward was given the tensors of a backward pass; it needs ForwardTensors.");
  }
  const int alignment = portable::AddressAlignment(*forward);
  if (alignment < vector_bytes_) {
    return absl::InvalidArgumentError(absl::StrCat(
        "portable_forward reads ", vector_bytes_,
        " bytes at a time, as the problem's strides "
        "allow; the addresses of query, key, value and out must be multiples of that, and one is "
        "a multiple of no more than ",
        alignment, "."));
  }
  if (shape_.grid.x == 0) return absl::OkStatus();
  portable::PortableForwardParameters parameters = parameters_;
  portable::SetAddresses(problem_, *forward, parameters);
  return LaunchWith(stream, module_, shape_, parameters);
}

}  // namespace attune
