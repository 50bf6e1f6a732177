#include "device/discovery.h"

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "device/cpu/cpu_device.h"
#include "device/cuda/discovery.h"

namespace attune {

DeviceListing ListDevices() {
  DeviceListing listing;
  listing.devices.push_back(CpuDevice().info());
  const CudaDiscovery cuda = DiscoverCudaDevices();
  for (const absl::StatusOr<DeviceInfo>& gpu : cuda.devices) {
    if (gpu.ok()) {
      listing.devices.push_back(*gpu);
    } else {
      listing.absent.push_back(absl::StrCat("cuda: ", gpu.status().message()));
    }
  }
  if (!cuda.status.ok()) listing.absent.push_back(absl::StrCat("cuda: ", cuda.status.message()));
  return listing;
}

absl::Status UnknownDevice(absl::string_view id, const DeviceListing& listing) {
  std::string message = absl::StrCat(
      "no device is called '", id, "'; this machine has ",
      absl::StrJoin(listing.devices, ", ",
                    [](std::string* out, const DeviceInfo& info) { out->append(info.id); }));
  for (const std::string& reason : listing.absent) absl::StrAppend(&message, " (", reason, ")");
  return absl::NotFoundError(message);
}

absl::StatusOr<std::unique_ptr<Device>> OpenDevice(absl::string_view id) {
  if (id == "cpu") return std::make_unique<CpuDevice>();
  int index = 0;
  absl::string_view number = id;
  if (absl::ConsumePrefix(&number, "cuda:") && absl::SimpleAtoi(number, &index)) {
    return OpenCudaDevice(index);
  }
  return UnknownDevice(id, ListDevices());
}

}  // namespace attune
