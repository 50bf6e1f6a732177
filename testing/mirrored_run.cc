#include "testing/mirrored_run.h"

#include <cstdint>
#include <map>
#include <memory>

#include "base/status_macros.h"

namespace attune {
namespace {

constexpr uint8_t kPoison = 0xff;  // NaN in every dtype

using Mirrors = std::map<TensorRole, Buffer>;

absl::StatusOr<Mirrors> Upload(Device& device, const AttentionInputs& inputs) {
  Mirrors mirrors;
  for (const HostTensor& tensor : inputs.tensors()) {
    const auto bytes = tensor.array.bytes();
    const auto size = static_cast<int64_t>(bytes.size());
    ATTUNE_ASSIGN_OR_RETURN(mirrors[tensor.role], device.Allocate(size));
    ATTUNE_RETURN_IF_ERROR(device.CopyToDevice(mirrors[tensor.role].data(), bytes.data(), size));
  }
  return mirrors;
}

AttentionTensors Bind(const Mirrors& mirrors, Direction direction) {
  const auto address = [&](TensorRole role) -> void* {
    const auto mirror = mirrors.find(role);
    if (mirror == mirrors.end()) return nullptr;
    return static_cast<uint8_t*>(mirror->second.data()) + GuardedArray::kGuardBytes;
  };
  if (direction == Direction::kForward) return BindForward(address);
  return BindBackward(address);
}

}  // namespace

absl::Status RunMirrored(
    Device& device, AttentionInputs& inputs,
    absl::FunctionRef<absl::Status(const AttentionTensors& tensors, Stream& stream)> run) {
  ATTUNE_ASSIGN_OR_RETURN(const Mirrors mirrors, Upload(device, inputs));
  ATTUNE_ASSIGN_OR_RETURN(const std::unique_ptr<Stream> stream, device.CreateStream());
  ATTUNE_RETURN_IF_ERROR(run(Bind(mirrors, inputs.direction()), *stream));
  ATTUNE_RETURN_IF_ERROR(stream->Synchronize());
  for (HostTensor& tensor : inputs.tensors()) {
    const auto bytes = tensor.array.bytes();
    ATTUNE_RETURN_IF_ERROR(device.CopyToHost(bytes.data(), mirrors.at(tensor.role).data(),
                                             static_cast<int64_t>(bytes.size())));
  }
  return absl::OkStatus();
}

absl::Status RunMirrored(const AttentionKernel& kernel, Device& device, AttentionInputs& inputs) {
  ATTUNE_ASSIGN_OR_RETURN(const Buffer workspace, device.Allocate(kernel.workspace_bytes()));
  if (workspace.bytes() > 0) {
    ATTUNE_RETURN_IF_ERROR(device.Fill(workspace.data(), kPoison, workspace.bytes()));
  }
  ATTUNE_RETURN_IF_ERROR(kernel.PrepareWorkspace(workspace.data(), device));
  return RunMirrored(device, inputs, [&](const AttentionTensors& tensors, Stream& stream) {
    return kernel.Run(tensors, workspace.data(), stream);
  });
}

}  // namespace attune
