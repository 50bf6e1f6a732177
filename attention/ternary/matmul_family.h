// What every kernel family of ternary_matmul gives: what it supports, how a configuration would
// run, and kernels.
#ifndef ATTUNE_ATTENTION_TERNARY_MATMUL_FAMILY_H_
#define ATTUNE_ATTENTION_TERNARY_MATMUL_FAMILY_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "attention/ternary/matmul_problem.h"
#include "attention/ternary/matmul_tensors.h"
#include "attention/ternary/ternary_matrix.h"
#include "autotune/configuration.h"
#include "autotune/kernel_family.h"
#include "autotune/parameter_space.h"
#include "autotune/variables.h"
#include "device/device.h"

namespace attune {

// How a kernel wants planes and scales to lie in memory. Kernels whose layouts are equal for one
// shape read the same weights, so that one copy serves plans of several batches.
struct WeightLayout {
  std::string name;   // "rows", "tiles_of_16_rows"; equal names pack equally
  int64_t bytes = 0;  // TernaryBytes of the shape, and what padding to whole tiles adds

  friend bool operator==(const WeightLayout&, const WeightLayout&) = default;
};

// A variant compiled for one problem. Immutable: one object serves many threads, each with a
// workspace.
class TernaryMatmulKernel {
 public:
  virtual ~TernaryMatmulKernel() = default;

  virtual WeightLayout weight_layout() const = 0;
  // Lays out `weights`, a valid matrix of the problem's shape, in `packed`, host memory of
  // weight_layout().bytes. Who runs the kernel copies it to the device.
  virtual void PackWeights(const TernaryMatrix& weights, absl::Span<uint8_t> packed) const = 0;

  // Device memory that Run needs besides the tensors.
  virtual int64_t workspace_bytes() const = 0;
  virtual Resources resources() const = 0;

  // Writes what the first Run expects to find in `workspace`, of workspace_bytes() on the kernel's
  // device, and waits for it. Once for each workspace, before its first Run; nothing but Run may
  // write there afterwards. Most kernels expect nothing.
  virtual absl::Status PrepareWorkspace(void* /*workspace*/, Device& /*device*/) const {
    return absl::OkStatus();
  }

  // Enqueues the product: no allocation, no synchronisation. `workspace` is 256-byte aligned and
  // prepared.
  virtual absl::Status Run(const TernaryMatmulTensors& tensors, void* workspace,
                           Stream& stream) const = 0;
};

// Stateless; lives as long as the process.
class TernaryMatmulFamily {
 public:
  virtual ~TernaryMatmulFamily() = default;

  virtual absl::string_view name() const = 0;
  virtual const ParameterSpace& space() const = 0;
  virtual std::string fingerprint() const = 0;

  // OK, or why this family cannot compute `problem` (a valid one) on `device`.
  virtual absl::Status Supports(const TernaryMatmulProblem& problem,
                                const DeviceInfo& device) const = 0;

  // What the space's constraints may name besides parameters, device_* attributes and
  // ProblemVariables.
  virtual Variables Model(const TernaryMatmulProblem& problem, const Configuration& configuration,
                          const DeviceInfo& device) const = 0;

  // Compiles or finds the variant. `device` must outlive the kernel.
  virtual absl::StatusOr<std::unique_ptr<TernaryMatmulKernel>> Prepare(
      const TernaryMatmulProblem& problem, const Configuration& configuration,
      Device& device) const = 0;
};

}  // namespace attune

#endif  // ATTUNE_ATTENTION_TERNARY_MATMUL_FAMILY_H_
