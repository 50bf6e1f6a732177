#ifndef ATTUNE_ATTENTION_TERNARY_TUNING_MATMUL_KERNEL_FAMILY_H_
#define ATTUNE_ATTENTION_TERNARY_TUNING_MATMUL_KERNEL_FAMILY_H_

#include <cstdint>
#include <memory>
#include <string>

#include "attention/ternary/matmul_family.h"
#include "autotune/kernel_family.h"

namespace attune {

// A family of ternary_matmul as the tuner sees it.
class MatmulKernelFamily : public KernelFamily {
 public:
  // `family` must outlive this.
  explicit MatmulKernelFamily(const TernaryMatmulFamily& family) : family_(family) {}

  absl::string_view name() const override { return family_.name(); }
  absl::string_view operator_name() const override { return kTernaryMatmul; }
  const ParameterSpace& space() const override { return family_.space(); }
  std::string fingerprint() const override { return family_.fingerprint(); }
  absl::Status Supports(const Workload& workload, const DeviceInfo& device) const override;
  absl::StatusOr<Variables> FixedVariables(const Workload& workload,
                                           const DeviceInfo& device) const override;
  absl::StatusOr<Variables> Model(const Workload& workload, const Configuration& configuration,
                                  const DeviceInfo& device) const override;
  absl::StatusOr<std::unique_ptr<Experiment>> Open(const Workload& workload, Device& device,
                                                   uint64_t seed) const override;

 private:
  const TernaryMatmulFamily& family_;
};

}  // namespace attune

#endif  // ATTUNE_ATTENTION_TERNARY_TUNING_MATMUL_KERNEL_FAMILY_H_
