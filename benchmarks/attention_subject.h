// One case, planned on a device with its tensors there, ready to be timed.
#ifndef ATTUNE_BENCHMARKS_ATTENTION_SUBJECT_H_
#define ATTUNE_BENCHMARKS_ATTENTION_SUBJECT_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "attention/attention.h"
#include "attention/tuning/device_tensors.h"
#include "autotune/timing/sampler.h"
#include "benchmarks/attention_case.h"
#include "device/device.h"

namespace attune {

class AttentionSubject {
 public:
  // Plans, allocates two sets of standard-normal inputs, and warms up. `device` must outlive it.
  static absl::StatusOr<std::unique_ptr<AttentionSubject>> Create(const AttentionCase& timed,
                                                                  Device& device);

  // The time of a run that finds nothing of its data in the caches, on the next set of inputs, by
  // the device's own timer. Runs shorter than 20 us are repeated, and their mean is the sample;
  // those after the first find the caches as the one before left them.
  absl::StatusOr<absl::Duration> Sample();

  const AttentionPlan& plan() const { return *plan_; }
  // The most memory of the device that was held at once to plan and run, tensors included.
  int64_t peak_bytes() const { return peak_bytes_; }

 private:
  explicit AttentionSubject(Device& device) : device_(device) {}
  absl::Status Initialize(const AttentionCase& timed);
  absl::Status Launch(Stream& stream);

  Device& device_;
  std::vector<DeviceTensors> inputs_;
  std::unique_ptr<AttentionPlan> plan_;
  std::unique_ptr<Sampler> sampler_;
  size_t next_input_ = 0;
  int64_t peak_bytes_ = 0;
};

}  // namespace attune

#endif  // ATTUNE_BENCHMARKS_ATTENTION_SUBJECT_H_
