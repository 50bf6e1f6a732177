// What the kernel families of every operator give. An operator is a problem type (what is asked), a
// tensors type (where the data lie) and families that compute the one over the other.
#ifndef ATTUNE_OPERATORS_OPERATOR_FAMILY_H_
#define ATTUNE_OPERATORS_OPERATOR_FAMILY_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "autotune/family/kernel_family.h"
#include "autotune/space/configuration.h"
#include "autotune/space/parameter_space.h"
#include "autotune/space/variables.h"
#include "autotune/workload/workload.h"
#include "device/device.h"

namespace attune {

// The variable of a family's model that gives OperatorKernel::workspace_bytes before there is a
// kernel.
inline constexpr char kWorkspaceBytesVariable[] = "workspace_bytes";

// A variant compiled for one problem. Immutable: one object serves many threads, each with a
// workspace.
template <typename Tensors>
class OperatorKernel {
 public:
  virtual ~OperatorKernel() = default;

  // Device memory that Run needs besides the tensors.
  virtual int64_t workspace_bytes() const = 0;
  virtual Resources resources() const = 0;

  // Writes what the first Run expects to find in `workspace`, of workspace_bytes() on the kernel's
  // device, and waits for it. Once for each workspace, before its first Run; nothing but Run may
  // write there afterwards. Most kernels expect nothing.
  virtual absl::Status PrepareWorkspace(void* /*workspace*/, Device& /*device*/) const {
    return absl::OkStatus();
  }

  // Enqueues the computation: no allocation, no synchronisation. `workspace` is 256-byte aligned
  // and prepared.
  virtual absl::Status Run(const Tensors& tensors, void* workspace, Stream& stream) const = 0;
};

// Stateless; lives as long as the process. `ProblemT` has ToString, `KernelT` derives from
// OperatorKernel.
template <typename ProblemT, typename KernelT>
class OperatorFamily {
 public:
  using ProblemType = ProblemT;
  using KernelType = KernelT;

  virtual ~OperatorFamily() = default;

  virtual absl::string_view name() const = 0;
  // The operator it computes: "attention_forward".
  virtual absl::string_view operator_name() const = 0;
  virtual const ParameterSpace& space() const = 0;
  virtual std::string fingerprint() const = 0;

  // What of `problem` decides speed, and the valid problem that stands for a workload of that
  // operator. InvalidArgument names what is missing, unknown or malformed, or another operator.
  virtual Workload ToWorkload(const ProblemT& problem) const = 0;
  virtual absl::StatusOr<ProblemT> FromWorkload(const Workload& workload) const = 0;

  // The numbers of `problem` that the constraints of all its families may name.
  virtual Variables ProblemNumbers(const ProblemT& problem) const = 0;

  // OK, or why this family cannot compute `problem` (a valid one) on `device`.
  virtual absl::Status Supports(const ProblemT& problem, const DeviceInfo& device) const = 0;

  // Those of Model's variables that are the same for every configuration
  // (autotune/family/kernel_family.h).
  virtual Variables FixedVariables(const ProblemT& /*problem*/,
                                   const DeviceInfo& /*device*/) const {
    return {};
  }

  // What the space's constraints may name besides parameters, device_* attributes and
  // ProblemNumbers.
  virtual Variables Model(const ProblemT& problem, const Configuration& configuration,
                          const DeviceInfo& device) const = 0;

  // Compiles or finds the variant. `device` must outlive the kernel.
  virtual absl::StatusOr<std::unique_ptr<KernelT>> Prepare(const ProblemT& problem,
                                                           const Configuration& configuration,
                                                           Device& device) const = 0;
};

}  // namespace attune

#endif  // ATTUNE_OPERATORS_OPERATOR_FAMILY_H_
