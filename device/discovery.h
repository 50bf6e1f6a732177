// Which devices this machine has, by the names that people give on command lines.
#ifndef ATTUNE_DEVICE_DISCOVERY_H_
#define ATTUNE_DEVICE_DISCOVERY_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "device/device.h"
#include "device/device_info.h"

namespace attune {

struct DeviceListing {
  std::vector<DeviceInfo> devices;  // the CPU first
  // One line for each kind of device that was looked for in vain: what is missing.
  std::vector<std::string> absent;
};

DeviceListing ListDevices();

// Opens the device that DeviceInfo::id names: "cpu". NotFound lists the ids that there are, and why there are no
// others.
absl::StatusOr<std::unique_ptr<Device>> OpenDevice(absl::string_view id);

}  // namespace attune

#endif  // ATTUNE_DEVICE_DISCOVERY_H_
