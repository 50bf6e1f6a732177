#include "device/discovery.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "device/cpu/cpu_device.h"

namespace attune {

DeviceListing ListDevices() {
  DeviceListing listing;
  listing.devices.push_back(CpuDevice().info());
  listing.absent.push_back("cuda: this build has no CUDA support");
  return listing;
}

absl::StatusOr<std::unique_ptr<Device>> OpenDevice(absl::string_view id) {
  if (id == "cpu") return std::make_unique<CpuDevice>();
  const DeviceListing listing = ListDevices();
  std::string message = absl::StrCat(
      "no device is called '", id, "'; this machine has ",
      absl::StrJoin(listing.devices, ", ",
                    [](std::string* out, const DeviceInfo& info) { out->append(info.id); }));
  for (const std::string& reason : listing.absent) absl::StrAppend(&message, " (", reason, ")");
  return absl::NotFoundError(message);
}

}  // namespace attune
