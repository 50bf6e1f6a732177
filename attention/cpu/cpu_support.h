// Whether this machine can run the CPU kernels.
#ifndef ATTUNE_ATTENTION_CPU_CPU_SUPPORT_H_
#define ATTUNE_ATTENTION_CPU_CPU_SUPPORT_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "device/device_info.h"

namespace attune {

// OK, or why kernel family `family` cannot run on `device`.
absl::Status CheckCpuSupport(absl::string_view family, const DeviceInfo& device);

}  // namespace attune

#endif  // ATTUNE_ATTENTION_CPU_CPU_SUPPORT_H_
