// Products with ternary weights, planned once and run often.
#ifndef ATTUNE_ATTENTION_TERNARY_TERNARY_MATMUL_H_
#define ATTUNE_ATTENTION_TERNARY_TERNARY_MATMUL_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "attention/ternary/matmul_family.h"
#include "autotune/cache/tuning_cache.h"
#include "autotune/space/configuration.h"
#include "device/device.h"

namespace attune {

struct TernaryMatmulOptions {
  // Where to run; the CPU if null. Must outlive the plan.
  Device* device = nullptr;
  // Where tuned configurations come from; if null, the machine's own cache
  // (DefaultCacheDirectory), and what is shipped for its device model (autotune/presets).
  const TuningCache* cache = nullptr;
  // Run this family and no other.
  std::string family;
  // Run this configuration, whatever was tuned. It has to be admitted by the family's space.
  std::optional<Configuration> configuration;
  // The families to choose among, in place of TernaryMatmulFamilies(). Must outlive the plan.
  absl::Span<const TernaryMatmulFamily* const> families;
};

// A problem bound to a device, a family and a configuration, with its workspace. Runs of one plan
// share that workspace: they must follow each other. Movable.
class TernaryMatmulPlan {
 public:
  // What `tensors.weights` has to hold, and how `weights`, of the problem's shape, gets there.
  WeightLayout weight_layout() const { return kernel_->weight_layout(); }
  // The weights in device memory. InvalidArgument if they are not valid or of another shape.
  absl::StatusOr<Buffer> PackWeights(const TernaryMatrix& weights) const;

  // Enqueues the product: no allocation, no synchronisation. InvalidArgument names a tensor that
  // the problem needs and that is null.
  absl::Status Run(const TernaryMatmulTensors& tensors, Stream& stream) const;

  const TernaryMatmulProblem& problem() const { return problem_; }
  const TernaryMatmulFamily& family() const { return *family_; }
  const Configuration& configuration() const { return configuration_; }
  int64_t workspace_bytes() const { return workspace_.bytes(); }

  // Several lines for people: the family and why others were passed over, the configuration and
  // where it comes from, memory.
  const std::string& Explain() const { return explanation_; }

 private:
  friend class TernaryMatmul;
  TernaryMatmulPlan() = default;

  TernaryMatmulProblem problem_;
  Device* device_ = nullptr;
  const TernaryMatmulFamily* family_ = nullptr;
  Configuration configuration_;
  std::unique_ptr<TernaryMatmulKernel> kernel_;
  Buffer workspace_;
  std::string explanation_;
};

class TernaryMatmul {
 public:
  // Validates `problem`, chooses a family and a configuration, compiles, allocates the workspace.
  // A family whose variant cannot be made is passed over for the next one, and Explain says why,
  // unless `options` name the family or the configuration.
  // Errors: those of Validate; Unimplemented where no family can,
  // with every family's reason; ResourceExhausted with the bytes needed and those free.
  static absl::StatusOr<TernaryMatmulPlan> Plan(const TernaryMatmulProblem& problem,
                                                const TernaryMatmulOptions& options = {});
};

}  // namespace attune

#endif  // ATTUNE_ATTENTION_TERNARY_TERNARY_MATMUL_H_
