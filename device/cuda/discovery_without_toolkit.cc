#include "device/cuda/discovery.h"

namespace attune {
namespace {

absl::Status NoSupport() {
  return absl::FailedPreconditionError(
      "this build has no CUDA support: no toolkit was found when it was built");
}

}  // namespace

CudaDiscovery DiscoverCudaDevices() { return {.devices = {}, .status = NoSupport()}; }

absl::StatusOr<std::unique_ptr<Device>> OpenCudaDevice(int) { return NoSupport(); }

}  // namespace attune
