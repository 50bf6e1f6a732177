// One workload of ternary_matmul on one device, set up for tuning.
#ifndef ATTUNE_ATTENTION_TERNARY_TUNING_MATMUL_EXPERIMENT_H_
#define ATTUNE_ATTENTION_TERNARY_TUNING_MATMUL_EXPERIMENT_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "attention/ternary/matmul_family.h"
#include "attention/ternary/tuning/matmul_case.h"
#include "autotune/family/kernel_family.h"
#include "device/device.h"

namespace attune {

// Candidates are verified twice: every output of a small problem of the same traits, and outputs
// drawn at random of the problem itself. Timed runs rotate through two sets of inputs.
class MatmulExperiment : public Experiment {
 public:
  // `family` and `device` must outlive the experiment.
  static absl::StatusOr<std::unique_ptr<MatmulExperiment>> Create(
      const TernaryMatmulFamily& family, const TernaryMatmulProblem& problem, Device& device,
      uint64_t seed);

  absl::StatusOr<std::unique_ptr<Candidate>> Prepare(const Configuration& configuration) override;

 private:
  MatmulExperiment(const TernaryMatmulFamily& family, Device& device, MatmulCase small,
                   std::vector<MatmulCase> sets);

  const TernaryMatmulFamily& family_;
  Device& device_;
  MatmulCase small_;
  std::vector<MatmulCase> sets_;
};

}  // namespace attune

#endif  // ATTUNE_ATTENTION_TERNARY_TUNING_MATMUL_EXPERIMENT_H_
