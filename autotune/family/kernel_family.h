// All that the tuner knows of kernels: one small interface, so that any operator tunes with the
// same code.
#ifndef ATTUNE_AUTOTUNE_FAMILY_KERNEL_FAMILY_H_
#define ATTUNE_AUTOTUNE_FAMILY_KERNEL_FAMILY_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "autotune/space/configuration.h"
#include "autotune/space/parameter_space.h"
#include "autotune/space/variables.h"
#include "autotune/workload/workload.h"
#include "device/device.h"

namespace attune {

// What a variant uses, for the log and to break ties: "registers", "shared_bytes",
// "workspace_bytes".
using Resources = std::map<std::string, int64_t, std::less<>>;

// One configuration, compiled and ready to run on one workload.
class Candidate {
 public:
  virtual ~Candidate() = default;
  // Runs once on poisoned outputs with canaries around them and compares with the reference.
  // DataLoss says that the results are wrong, any other error that it did not run.
  virtual absl::Status Verify() = 0;
  // Enqueues one run, on the next of the rotated sets of inputs. Verify must have succeeded.
  virtual absl::Status Launch(Stream& stream) = 0;
  virtual Resources resources() const = 0;
};

// One workload of a family on one device: inputs, outputs, and the reference's answer.
class Experiment {
 public:
  virtual ~Experiment() = default;
  // Compiles `configuration`. Called from several threads at once. DeadlineExceeded says that the
  // compilation took too long, Aborted that the process that compiled died; any other error is the
  // compiler's.
  virtual absl::StatusOr<std::unique_ptr<Candidate>> Prepare(
      const Configuration& configuration) = 0;
};

class KernelFamily {
 public:
  virtual ~KernelFamily() = default;

  // "cpu_forward".
  virtual absl::string_view name() const = 0;
  // The operator it computes: "attention_forward".
  virtual absl::string_view operator_name() const = 0;
  virtual const ParameterSpace& space() const = 0;
  // Changes when the code that configurations stand for changes: generated source, compiler, flags.
  virtual std::string fingerprint() const = 0;

  // OK, or why this family cannot run `workload` on `device`.
  virtual absl::Status Supports(const Workload& workload, const DeviceInfo& device) const = 0;
  // Those of Model's quantities that are the same for every configuration: constraints that name
  // nothing else but parameters are answered without the model, which keeps enumeration short.
  virtual absl::StatusOr<Variables> FixedVariables(const Workload& /*workload*/,
                                                   const DeviceInfo& /*device*/) const {
    return Variables{};
  }
  // The quantities that the host-side model derives from workload and configuration for constraints
  // to name.
  virtual absl::StatusOr<Variables> Model(const Workload& workload,
                                          const Configuration& configuration,
                                          const DeviceInfo& device) const = 0;
  // Draws inputs from `seed`. `device` must outlive the experiment.
  virtual absl::StatusOr<std::unique_ptr<Experiment>> Open(const Workload& workload, Device& device,
                                                           uint64_t seed) const = 0;
};

}  // namespace attune

#endif  // ATTUNE_AUTOTUNE_FAMILY_KERNEL_FAMILY_H_
