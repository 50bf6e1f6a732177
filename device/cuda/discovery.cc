#include "device/cuda/discovery.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "device/cuda/cuda_device.h"
#include "device/cuda/cuda_device_info.h"
#include "device/cuda/driver.h"
#include "device/cuda/nvrtc.h"

namespace attune {
namespace {

// A GPU without a compiler is still a GPU: what needs kernels compiled says so when it does.
std::string NvrtcVersion() {
  const absl::StatusOr<const Nvrtc*> nvrtc = LoadNvrtc();
  return nvrtc.ok() ? (*nvrtc)->version : "";
}

absl::StatusOr<int> CountDevices(const Driver& driver) {
  int count = 0;
  ATTUNE_CUDA_RETURN_IF_ERROR(driver, DeviceGetCount, &count);
  if (count == 0) {
    return absl::NotFoundError(
        "the NVIDIA driver sees no GPU (CUDA_VISIBLE_DEVICES can hide them all)");
  }
  return count;
}

}  // namespace

CudaDiscovery DiscoverCudaDevices() {
  CudaDiscovery discovery;
  const absl::StatusOr<const Driver*> driver = LoadDriver();
  discovery.status = driver.status();
  if (!driver.ok()) return discovery;
  const absl::StatusOr<int> count = CountDevices(**driver);
  discovery.status = count.status();
  if (!count.ok()) return discovery;
  for (int index = 0; index < *count; ++index) {
    discovery.devices.push_back(QueryCudaDeviceInfo(**driver, index, NvrtcVersion()));
  }
  return discovery;
}

absl::StatusOr<std::unique_ptr<Device>> OpenCudaDevice(int index) {
  ATTUNE_ASSIGN_OR_RETURN(const Driver* driver, LoadDriver());
  ATTUNE_ASSIGN_OR_RETURN(const int count, CountDevices(*driver));
  if (index < 0 || index >= count) {
    return absl::NotFoundError(absl::StrCat(
        "there is no GPU cuda:", index, "; the NVIDIA driver sees ", count, ", from cuda:0 on"));
  }
  return CudaDevice::Create(*driver, index, NvrtcVersion());
}

}  // namespace attune
