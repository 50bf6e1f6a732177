// Whether this machine can run the CPU kernels.
#ifndef ATTUNE_ATTENTION_CPU_CPU_SUPPORT_H_
#define ATTUNE_ATTENTION_CPU_CPU_SUPPORT_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "attention/problem.h"
#include "device/device_info.h"

namespace attune {

// OK, or why kernel family `family` cannot run on `device`.
absl::Status CheckCpuSupport(absl::string_view family, const DeviceInfo& device);

// OK, or Unimplemented where `problem` has expressions, which only a compiler at run time could
// take into a kernel. That they have functions too does not change it: one call for each score
// would be slower than the rest of the kernel.
absl::Status CheckNoExpressions(absl::string_view family, const Problem& problem);

// How many tasks run on `device` at once.
int64_t CpuWorkers(const DeviceInfo& device);

}  // namespace attune

#endif  // ATTUNE_ATTENTION_CPU_CPU_SUPPORT_H_
