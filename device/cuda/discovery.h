// The NVIDIA GPUs of this machine. The only library of this directory that others link
// unconditionally: it is there in every build and answers on every machine.
#ifndef ATTUNE_DEVICE_CUDA_DISCOVERY_H_
#define ATTUNE_DEVICE_CUDA_DISCOVERY_H_

#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "device/device.h"

namespace attune {

struct CudaDiscovery {
  // One per GPU, by index: what it is, or why it cannot be asked.
  std::vector<absl::StatusOr<DeviceInfo>> devices;
  // OK if there is a GPU. Otherwise why there is none to use, in one line: no driver, no GPU, a
  // build without CUDA.
  absl::Status status;
};

// Touches no GPU: no context is made.
CudaDiscovery DiscoverCudaDevices();

// GPU `index` of those discovered. NotFound if it is none of them; the reason that
// DiscoverCudaDevices gives if there are none.
absl::StatusOr<std::unique_ptr<Device>> OpenCudaDevice(int index);

}  // namespace attune

#endif  // ATTUNE_DEVICE_CUDA_DISCOVERY_H_
