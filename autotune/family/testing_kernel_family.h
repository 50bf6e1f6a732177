// A kernel family for tests of what tunes: each step does what the test tells it to.
#ifndef ATTUNE_AUTOTUNE_FAMILY_TESTING_KERNEL_FAMILY_H_
#define ATTUNE_AUTOTUNE_FAMILY_TESTING_KERNEL_FAMILY_H_

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "autotune/family/kernel_family.h"

namespace attune {

// What becomes of a configuration at each step; OK where nothing is given.
struct TestingKernelSteps {
  using Step = std::function<absl::Status(const Configuration&)>;
  Step prepare;  // called from several threads
  Step verify;
  Step launch;
};

// Computes "testing_op" for workloads of one size, n. Parameters block (1, 2, 4, ..., 128; 8 unless
// tuned) and unroll (1 or 2; 1). Admitted is block <= n ("block_fits"). Each candidate holds a
// buffer of candidate_bytes() on the device.
class TestingKernelFamily : public KernelFamily {
 public:
  explicit TestingKernelFamily(std::string name, TestingKernelSteps steps = {},
                               int64_t min_size = 0, int64_t max_size = 1000);

  static Workload MakeWorkload(int64_t n);
  static constexpr int64_t candidate_bytes() { return 1000; }

  absl::string_view name() const override { return name_; }
  absl::string_view operator_name() const override { return "testing_op"; }
  const ParameterSpace& space() const override { return space_; }
  std::string fingerprint() const override { return "testing"; }
  // Unimplemented for n below min_size or above max_size.
  absl::Status Supports(const Workload& workload, const DeviceInfo& device) const override;
  absl::StatusOr<Variables> Model(const Workload& workload, const Configuration& configuration,
                                  const DeviceInfo& device) const override;
  absl::StatusOr<std::unique_ptr<Experiment>> Open(const Workload& workload, Device& device,
                                                   uint64_t seed) const override;

 private:
  std::string name_;
  TestingKernelSteps steps_;
  int64_t min_size_;
  int64_t max_size_;
  ParameterSpace space_;
};

}  // namespace attune

#endif  // ATTUNE_AUTOTUNE_FAMILY_TESTING_KERNEL_FAMILY_H_
