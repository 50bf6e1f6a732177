// Attention families as kernel families of the tuner (autotune/family/kernel_family.h).
#ifndef ATTUNE_ATTENTION_TUNING_ATTENTION_KERNEL_FAMILY_H_
#define ATTUNE_ATTENTION_TUNING_ATTENTION_KERNEL_FAMILY_H_

#include <cstdint>
#include <memory>
#include <utility>

#include "attention/family.h"
#include "attention/tuning/verification_case.h"
#include "autotune/family/kernel_family.h"
#include "operators/tuned_family.h"

namespace attune {

// An attention family as the tuner sees it.
class AttentionKernelFamily : public TunedFamily<AttentionFamily> {
 public:
  // `family` must outlive this. Families that share `cases` compute what they have in common once.
  explicit AttentionKernelFamily(
      const AttentionFamily& family,
      std::shared_ptr<VerificationCases> cases = std::make_shared<VerificationCases>())
      : TunedFamily(family), cases_(std::move(cases)) {}

  absl::StatusOr<std::unique_ptr<Experiment>> Open(const Workload& workload, Device& device,
                                                   uint64_t seed) const override;

 private:
  const std::shared_ptr<VerificationCases> cases_;
};

}  // namespace attune

#endif  // ATTUNE_ATTENTION_TUNING_ATTENTION_KERNEL_FAMILY_H_
