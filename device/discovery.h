// Which devices this machine has, by the names that people give on command lines.
#ifndef ATTUNE_DEVICE_DISCOVERY_H_
#define ATTUNE_DEVICE_DISCOVERY_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
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

// NotFound: that no device is called `id`, which there are, and why there are no others.
absl::Status UnknownDevice(absl::string_view id, const DeviceListing& listing);

// Opens the device that DeviceInfo::id names: "cpu", "cuda:0". UnknownDevice if there is none.
absl::StatusOr<std::unique_ptr<Device>> OpenDevice(absl::string_view id);

}  // namespace attune

#endif  // ATTUNE_DEVICE_DISCOVERY_H_
