// What every attention kernel family gives: what it supports, how a configuration would run, and
// kernels.
#ifndef ATTUNE_ATTENTION_FAMILY_H_
#define ATTUNE_ATTENTION_FAMILY_H_

#include <cstdint>
#include <memory>
#include <string>
#include <variant>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "attention/problem.h"
#include "attention/tensors.h"
#include "autotune/configuration.h"
#include "autotune/kernel_family.h"
#include "autotune/parameter_space.h"
#include "autotune/variables.h"
#include "device/device.h"

namespace attune {

// The variable of every family's model that gives AttentionKernel::workspace_bytes before there is
// a kernel.
inline constexpr char kWorkspaceBytesVariable[] = "workspace_bytes";

// The tensors of one direction.
using AttentionTensors = std::variant<ForwardTensors, BackwardTensors>;

// A variant compiled for one problem. Immutable: one object serves many threads, each with a
// workspace.
class AttentionKernel {
 public:
  virtual ~AttentionKernel() = default;

  // Device memory that Run needs besides the tensors; linear in the lengths.
  virtual int64_t workspace_bytes() const = 0;
  virtual Resources resources() const = 0;

  // Writes what the first Run expects to find in `workspace`, of workspace_bytes() on the kernel's
  // device, and waits for it. Once for each workspace, before its first Run; nothing but Run may
  // write there afterwards. Most kernels expect nothing.
  virtual absl::Status PrepareWorkspace(void* /*workspace*/, Device& /*device*/) const {
    return absl::OkStatus();
  }

  // Enqueues the computation: no allocation, no synchronisation. `workspace` is 256-byte aligned
  // and prepared. `tensors` holds the direction of the family.
  virtual absl::Status Run(const AttentionTensors& tensors, void* workspace,
                           Stream& stream) const = 0;
};

// Stateless; lives as long as the process.
class AttentionFamily {
 public:
  virtual ~AttentionFamily() = default;

  virtual absl::string_view name() const = 0;
  virtual Direction direction() const = 0;
  virtual const ParameterSpace& space() const = 0;
  virtual std::string fingerprint() const = 0;

  // OK, or why this family cannot compute `problem` (a valid one) on `device`.
  virtual absl::Status Supports(const Problem& problem, const DeviceInfo& device) const = 0;

  // Those of Model's variables that are the same for every configuration
  // (autotune/kernel_family.h).
  virtual Variables FixedVariables(const Problem& /*problem*/, const DeviceInfo& /*device*/) const {
    return {};
  }

  // What the space's constraints may name besides parameters, device_* attributes and the
  // workload's sizes.
  virtual Variables Model(const Problem& problem, const Configuration& configuration,
                          const DeviceInfo& device) const = 0;

  // Compiles or finds the variant. `device` must outlive the kernel.
  virtual absl::StatusOr<std::unique_ptr<AttentionKernel>> Prepare(
      const Problem& problem, const Configuration& configuration, Device& device) const = 0;
};

}  // namespace attune

#endif  // ATTUNE_ATTENTION_FAMILY_H_
