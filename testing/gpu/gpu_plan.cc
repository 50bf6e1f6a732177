#include "testing/gpu/gpu_plan.h"

#include <map>

#include "attention/tuning/device_tensors.h"
#include "attention/tuning/sampled_rows.h"
#include "attention/tuning/verification_problem.h"
#include "attention/verification/attention_inputs.h"
#include "attention/verification/verify.h"
#include "autotune/cache/tuning_cache.h"
#include "base/status_macros.h"
#include "device/cuda/context.h"
#include "device/cuda/cuda_device.h"
#include "testing/gpu/gpu.h"
#include "testing/mirrored_run.h"

namespace attune {
namespace {

constexpr int kSampledRows = 16;

// Tests see the same code on every machine: nothing that was tuned.
const TuningCache& EmptyCache() {
  static const auto* const cache = new TuningCache(TuningCacheOptions{});
  return *cache;
}

// Follows from the traits alone, so that one serves all lengths.
const ForwardTolerance& ToleranceOf(const Problem& problem) {
  static auto* const tolerances = new std::map<std::string, ForwardTolerance>;
  const Problem small = VerificationProblem(problem);
  const auto found = tolerances->find(small.ToString());
  if (found != tolerances->end()) return found->second;
  const AttentionInputs inputs(small, Direction::kForward, 1);
  return tolerances->emplace(small.ToString(), ExpectForward(inputs).tolerance).first->second;
}

}  // namespace

absl::StatusOr<AttentionPlan> PlanOnGpu(const Problem& problem) {
  ATTUNE_ASSIGN_OR_RETURN(Device* const device, SharedGpu());
  return Attention::Plan(problem, {.device = device, .cache = &EmptyCache()});
}

absl::Status RunAndVerify(const Problem& problem, uint64_t seed) {
  ATTUNE_ASSIGN_OR_RETURN(Device* const device, SharedGpu());
  ATTUNE_ASSIGN_OR_RETURN(const AttentionPlan plan, PlanOnGpu(problem));
  AttentionInputs inputs(problem, Direction::kForward, seed);
  ATTUNE_RETURN_IF_ERROR(RunMirrored(
      *device, inputs,
      [&](const AttentionTensors& tensors, Stream& stream) { return plan.Run(tensors, stream); }));
  return VerifyForward(inputs, ExpectForward(inputs));
}

absl::Status RunAndVerifyRows(const Problem& problem, uint64_t seed) {
  ATTUNE_ASSIGN_OR_RETURN(Device* const device, SharedGpu());
  ATTUNE_ASSIGN_OR_RETURN(const AttentionPlan plan, PlanOnGpu(problem));
  ATTUNE_ASSIGN_OR_RETURN(DeviceTensors tensors,
                          DeviceTensors::Create(problem, Direction::kForward, *device, seed));
  ATTUNE_ASSIGN_OR_RETURN(const SampledRows rows, SampledRows::Draw(problem, tensors, kSampledRows,
                                                                    seed, ToleranceOf(problem)));
  ATTUNE_RETURN_IF_ERROR(tensors.PoisonOutputs());
  ATTUNE_RETURN_IF_ERROR(plan.Run(tensors.Bind()));
  ATTUNE_ASSIGN_OR_RETURN(const HostTensors outputs, tensors.CopyOutputsToHost());
  ATTUNE_RETURN_IF_ERROR(tensors.CheckAllWritten(outputs));
  return rows.Check(outputs);
}

std::string NameOf(Dtype dtype) { return std::string(DtypeName(dtype)); }

absl::StatusOr<DeviceMemory> QueryDeviceMemory() {
  ATTUNE_ASSIGN_OR_RETURN(Device* const device, SharedGpu());
  ATTUNE_ASSIGN_OR_RETURN(const CudaDevice* const cuda, AsCudaDevice(*device));
  const ScopedContext scope(*cuda->context());
  ATTUNE_RETURN_IF_ERROR(scope.status());
  size_t free_bytes = 0;
  size_t total_bytes = 0;
  ATTUNE_CUDA_RETURN_IF_ERROR(cuda->context()->driver(), MemGetInfo, &free_bytes, &total_bytes);
  return DeviceMemory{.free_bytes = static_cast<int64_t>(free_bytes),
                      .total_bytes = static_cast<int64_t>(total_bytes)};
}

absl::StatusOr<int64_t> FreeDeviceBytes() {
  ATTUNE_ASSIGN_OR_RETURN(const DeviceMemory memory, QueryDeviceMemory());
  return memory.free_bytes;
}

}  // namespace attune
