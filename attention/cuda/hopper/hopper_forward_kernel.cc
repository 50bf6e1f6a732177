#include "attention/cuda/hopper/hopper_forward_kernel.h"

#include <algorithm>
#include <variant>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "base/status_macros.h"

namespace attune {
namespace {

constexpr uintptr_t kAddressGrain = 16;

absl::Status CheckAddress(absl::string_view tensor, const void* address) {
  const uintptr_t misalignment = reinterpret_cast<uintptr_t>(address) % kAddressGrain;
  if (misalignment == 0) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("hopper_forward copies by TMA, which needs addresses that are multiples of ",
                   kAddressGrain, "; that of ", tensor, " is ", misalignment, " beyond one."));
}

absl::Status CheckAddresses(const ForwardTensors& tensors) {
  ATTUNE_RETURN_IF_ERROR(CheckAddress("query", tensors.query));
  ATTUNE_RETURN_IF_ERROR(CheckAddress("key", tensors.key));
  ATTUNE_RETURN_IF_ERROR(CheckAddress("value", tensors.value));
  return CheckAddress("out", tensors.out);
}

}  // namespace

absl::StatusOr<std::unique_ptr<HopperForwardKernel>> HopperForwardKernel::Load(
    const Problem& problem, const hopper::HopperForwardConfiguration& variant,
    const hopper::LaunchChoice& choice, const KernelImage& image, CudaDevice& device) {
  const hopper::ForwardLaunch launch =
      hopper::LaunchOf(problem, variant, device.info().Attribute("multiprocessors"));
  ATTUNE_ASSIGN_OR_RETURN(KernelModule module,
                          KernelModule::Load(device.context(), image, launch.shared_bytes));
  ATTUNE_ASSIGN_OR_RETURN(HopperForwardMaps maps,
                          HopperForwardMaps::Encode(problem, variant, device.context()));
  LaunchShape shape;
  shape.grid.x = static_cast<uint32_t>(launch.blocks);
  shape.cluster.x = static_cast<uint32_t>(launch.cluster);
  shape.block.x = static_cast<uint32_t>(launch.threads);
  shape.dynamic_shared_bytes = static_cast<uint32_t>(launch.shared_bytes);
  return std::unique_ptr<HopperForwardKernel>(
      new HopperForwardKernel(std::move(module), shape, ArgumentsOf(problem, variant, choice),
                              std::move(maps), launch.workspace_bytes));
}

Resources HopperForwardKernel::resources() const {
  const KernelResources& used = module_.resources();
  return {{"registers", used.registers},
          {"shared_bytes", shape_.dynamic_shared_bytes + used.static_shared_bytes},
          {"spill_bytes", used.spill_store_bytes + used.spill_load_bytes},
          {"workspace_bytes", workspace_bytes_}};
}

absl::Status HopperForwardKernel::PrepareWorkspace(void* workspace, Device& device) const {
  return device.Fill(workspace, 0, workspace_bytes_);
}

absl::Status HopperForwardKernel::Run(const AttentionTensors& tensors, void* workspace,
                                      Stream& stream) const {
  const auto* forward = std::get_if<ForwardTensors>(&tensors);
  if (forward == nullptr) {
    return absl::InvalidArgumentError(
        "hopper_forward was given the tensors of a backward pass; it needs ForwardTensors.");
  }
  ATTUNE_RETURN_IF_ERROR(CheckAddresses(*forward));
  if (shape_.grid.x == 0) return absl::OkStatus();
  hopper::ForwardArguments arguments = arguments_;
  ATTUNE_RETURN_IF_ERROR(maps_.Fill(*forward, arguments));
  arguments.out_base = forward->out;
  arguments.log_sum_exp = forward->log_sum_exp;
  arguments.alibi_slopes = forward->alibi_slopes;
  std::copy(forward->buffers.begin(), forward->buffers.end(), arguments.buffers);
  arguments.cumulative_query_lengths = forward->cumulative_query_lengths;
  arguments.cumulative_key_lengths = forward->cumulative_key_lengths;
  arguments.counters = static_cast<hopper::TileCounters*>(workspace);
  return LaunchWith(stream, module_, shape_, arguments);
}

}  // namespace attune
