// What the system tells of its processor.
#ifndef ATTUNE_DEVICE_CPU_CPU_INFO_H_
#define ATTUNE_DEVICE_CPU_CPU_INFO_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "device/device_info.h"

namespace attune {

// What this machine's processor is. See CpuDevice::info for the attributes.
DeviceInfo ReadCpuInfo();

// The value of the first line "key : value" of /proc/cpuinfo-like text, or empty.
std::string FindCpuInfoField(absl::string_view text, absl::string_view key);

// Bytes that new allocations can get without swapping, from /proc/meminfo-like text; -1 if it does
// not say.
int64_t FindAvailableBytes(absl::string_view text);

}  // namespace attune

#endif  // ATTUNE_DEVICE_CPU_CPU_INFO_H_
