// What gpu_validate --probe says of the GPU.
#ifndef ATTUNE_TESTING_REPORT_DEVICE_STATE_H_
#define ATTUNE_TESTING_REPORT_DEVICE_STATE_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace attune {

struct ProbedGpu {
  std::string device;  // "cuda:0: NVIDIA H200 (sm_90; cuda 13.0 driver 580)"
  int64_t free_bytes = 0;
  int64_t total_bytes = 0;
};

std::string ToJson(const ProbedGpu& state);

// InvalidArgument if `json` is not what ToJson writes.
absl::StatusOr<ProbedGpu> ParseProbedGpu(absl::string_view json);

// ResourceExhausted with what is asked, what is free and what there is in all, if less than
// `min_gigabytes` (of 10^9 bytes) is free.
absl::Status CheckFreeMemory(const ProbedGpu& state, double min_gigabytes);

}  // namespace attune

#endif  // ATTUNE_TESTING_REPORT_DEVICE_STATE_H_
