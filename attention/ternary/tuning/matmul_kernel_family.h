#ifndef ATTUNE_ATTENTION_TERNARY_TUNING_MATMUL_KERNEL_FAMILY_H_
#define ATTUNE_ATTENTION_TERNARY_TUNING_MATMUL_KERNEL_FAMILY_H_

#include <cstdint>
#include <memory>

#include "attention/ternary/matmul_family.h"
#include "autotune/family/kernel_family.h"
#include "operators/tuned_family.h"

namespace attune {

// A family of ternary_matmul as the tuner sees it.
class MatmulKernelFamily : public TunedFamily<TernaryMatmulFamily> {
 public:
  using TunedFamily::TunedFamily;

  absl::StatusOr<std::unique_ptr<Experiment>> Open(const Workload& workload, Device& device,
                                                   uint64_t seed) const override;
};

}  // namespace attune

#endif  // ATTUNE_ATTENTION_TERNARY_TUNING_MATMUL_KERNEL_FAMILY_H_
