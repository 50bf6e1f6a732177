// Attention, planned once and run often:
//
//   const attune::Problem problem = {.q_heads = 8, .kv_heads = 8, .q_len = 512, .kv_len = 512,
//                                    .qk_dim = 64, .v_dim = 64, .mask = attune::Mask::Causal()};
//   const auto plan = attune::Attention::Plan(problem);
//   if (!plan.ok()) return plan.status();
//   return plan->Run(attune::ForwardTensors{.query = q, .key = k, .value = v, .out = o});
#ifndef ATTUNE_ATTENTION_ATTENTION_H_
#define ATTUNE_ATTENTION_ATTENTION_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "attention/family.h"
#include "attention/problem.h"
#include "attention/tensors.h"
#include "autotune/cache/tuning_cache.h"
#include "autotune/space/configuration.h"
#include "device/device.h"

namespace attune {

struct PlanOptions {
  Direction direction = Direction::kForward;
  // Where to run; the CPU if null. Must outlive the plan.
  Device* device = nullptr;
  // Where tuned configurations come from; if null, the machine's own cache
  // (DefaultCacheDirectory), and what is shipped for its device model (autotune/presets).
  const TuningCache* cache = nullptr;
  // Run this family and no other.
  std::string family;
  // Run this configuration, whatever was tuned. It has to be admitted by the family's space.
  std::optional<Configuration> configuration;
  // The families to choose among, in place of AttentionFamilies(). Must outlive the plan.
  absl::Span<const AttentionFamily* const> families;
};

// Device memory in bytes, exactly.
struct MemoryEstimate {
  int64_t tensor_bytes = 0;     // all tensors of a run, the caller's
  int64_t workspace_bytes = 0;  // what the plan holds besides
};

// A problem bound to a device, a family and a configuration, with its workspace. Runs of one plan
// share that workspace: they must follow each other, on one stream or by synchronising. Movable.
class AttentionPlan {
 public:
  // Enqueues the computation on `stream`: no allocation, no synchronisation. FailedPrecondition for
  // tensors of the other direction; InvalidArgument names a tensor that the problem needs and that
  // is null, and, on the CPU, lengths of packed sequences that do not fit the problem.
  absl::Status Run(const AttentionTensors& tensors, Stream& stream) const;

  // Runs on a stream of the plan's own and waits.
  absl::Status Run(const AttentionTensors& tensors) const;

  const Problem& problem() const { return problem_; }
  const AttentionFamily& family() const { return *family_; }
  const Configuration& configuration() const { return configuration_; }
  MemoryEstimate memory() const;

  // Several lines for people: the family and why others were passed over, the configuration and
  // where it comes from, memory.
  const std::string& Explain() const { return explanation_; }

 private:
  friend class Attention;
  AttentionPlan() = default;

  Problem problem_;
  const AttentionFamily* family_ = nullptr;
  Configuration configuration_;
  std::unique_ptr<AttentionKernel> kernel_;
  std::unique_ptr<Stream> stream_;
  Buffer workspace_;
  std::string explanation_;
};

class Attention {
 public:
  // Validates `problem`, chooses a family and a configuration, compiles, allocates the workspace.
  // A family whose variant cannot be made is passed over for the next one, and Explain says why,
  // unless `options` name the family or the configuration.
  // Errors: those of Validate; Unimplemented where no family can, with every family's reason;
  // InvalidArgument with the compiler's words where an expression of the problem does not compile;
  // ResourceExhausted with the bytes needed and those free.
  static absl::StatusOr<AttentionPlan> Plan(const Problem& problem,
                                            const PlanOptions& options = {});

  // What the plan that Plan would make needs, with Plan's errors, but no workspace is allocated.
  // Compiles as Plan does and keeps the code for it: whether a family's variant can be made, and so
  // which family it is whose workspace counts, is known only then.
  static absl::StatusOr<MemoryEstimate> EstimateMemory(const Problem& problem,
                                                       const PlanOptions& options = {});
};

}  // namespace attune

#endif  // ATTUNE_ATTENTION_ATTENTION_H_
