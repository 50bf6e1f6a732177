// Plans on the GPU, run and judged: what most GPU tests do.
#ifndef ATTUNE_TESTING_GPU_GPU_PLAN_H_
#define ATTUNE_TESTING_GPU_GPU_PLAN_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "attention/attention.h"
#include "attention/problem.h"

namespace attune {

// Plans `problem` on the shared GPU as it would run there, whatever this machine was tuned for.
absl::StatusOr<AttentionPlan> PlanOnGpu(const Problem& problem);

// Runs a plan of `problem` on inputs drawn from `seed`, and compares every element of the outputs
// with the fp64 reference.
absl::Status RunAndVerify(const Problem& problem, uint64_t seed);

// The same for problems that are too large for the reference: every element of the outputs is
// written and finite, and the first row, the last, and 14 more are right.
absl::Status RunAndVerifyRows(const Problem& problem, uint64_t seed);

// A name for parameterised tests: "fp32".
std::string NameOf(Dtype dtype);

// The GPU's memory as the driver sees it, all of the machine's processes considered.
struct DeviceMemory {
  int64_t free_bytes = 0;
  int64_t total_bytes = 0;
};
absl::StatusOr<DeviceMemory> QueryDeviceMemory();
absl::StatusOr<int64_t> FreeDeviceBytes();

}  // namespace attune

#endif  // ATTUNE_TESTING_GPU_GPU_PLAN_H_
