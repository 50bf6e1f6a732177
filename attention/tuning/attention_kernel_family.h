#ifndef ATTUNE_ATTENTION_TUNING_ATTENTION_KERNEL_FAMILY_H_
#define ATTUNE_ATTENTION_TUNING_ATTENTION_KERNEL_FAMILY_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "attention/family.h"
#include "attention/tuning/verification_case.h"
#include "autotune/kernel_family.h"

namespace attune {

// An attention family as the tuner sees it.
class AttentionKernelFamily : public KernelFamily {
 public:
  // `family` must outlive this. Families that share `cases` compute what they have in common once.
  explicit AttentionKernelFamily(
      const AttentionFamily& family,
      std::shared_ptr<VerificationCases> cases = std::make_shared<VerificationCases>())
      : family_(family), cases_(std::move(cases)) {}

  absl::string_view name() const override { return family_.name(); }
  absl::string_view operator_name() const override { return OperatorName(family_.direction()); }
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
  // The problem that `workload` stands for. InvalidArgument if it is of another operator.
  absl::StatusOr<Problem> ParseProblem(const Workload& workload) const;

  const AttentionFamily& family_;
  const std::shared_ptr<VerificationCases> cases_;
};

}  // namespace attune

#endif  // ATTUNE_ATTENTION_TUNING_ATTENTION_KERNEL_FAMILY_H_
