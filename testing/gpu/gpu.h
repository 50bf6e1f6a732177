// The GPU that tests run on.
#ifndef ATTUNE_TESTING_GPU_GPU_H_
#define ATTUNE_TESTING_GPU_GPU_H_

#include "absl/status/statusor.h"
#include "device/device.h"

namespace attune {

// The process's cuda:0, opened at the first call and never closed; why there is none.
absl::StatusOr<Device*> SharedGpu();

}  // namespace attune

#endif  // ATTUNE_TESTING_GPU_GPU_H_
