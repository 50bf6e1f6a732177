// The host's side of portable_forward: from a problem and a configuration to a launch. Needs no
// CUDA.
#ifndef ATTUNE_ATTENTION_CUDA_PORTABLE_PORTABLE_FORWARD_MODEL_H_
#define ATTUNE_ATTENTION_CUDA_PORTABLE_PORTABLE_FORWARD_MODEL_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "attention/cuda/portable/forward_configuration.h"
#include "attention/cuda/portable/forward_parameters.h"
#include "attention/problem.h"
#include "attention/tensors.h"
#include "autotune/space/configuration.h"
#include "autotune/space/variables.h"

namespace attune::portable {

// What of `problem` the kernel is compiled for. vector_bytes follows from the strides, for tensors
// that begin at multiples of 16 bytes.
PortableForwardTraits TraitsOf(const Problem& problem);

// The largest of 16, 8, 4, 2 (or 1) that divides the addresses of all four tensors. A kernel may
// run on them if its vector_bytes divides it.
int AddressAlignment(const ForwardTensors& tensors);

PortableForwardConfiguration ConfigurationOf(const Configuration& configuration);

struct ForwardLaunch {
  int64_t blocks = 0;  // of a one-dimensional grid; 0: nothing to do
  int threads = 0;     // per block
  int shared_bytes = 0;
};

// InvalidArgument where the grid would be longer than 2^31 - 1 blocks.
absl::StatusOr<ForwardLaunch> LaunchOf(const Problem& problem,
                                       const PortableForwardConfiguration& configuration);

// What the kernel is given, for a problem that is valid. `l2_bytes` of the device decides how many
// heads are walked side by side.
PortableForwardParameters ParametersOf(const Problem& problem,
                                       const PortableForwardConfiguration& configuration,
                                       const ForwardTensors& tensors, int64_t l2_bytes);

// The part of them that differs from run to run.
void SetAddresses(const Problem& problem, const ForwardTensors& tensors,
                  PortableForwardParameters& parameters);

// What the space's constraints name besides parameters, the problem's variables and device_*:
//   shared_bytes              dynamic shared memory of a block
//   accumulator_registers     per thread: scores and output
//   query_fragment_registers  per thread: queries that stay
//   working_registers         per thread: what the compiler needs besides, found by compiling
//   register_limit            per thread, what the launch bounds leave
Variables ForwardVariables(const Problem& problem,
                           const PortableForwardConfiguration& configuration);

// What runs untuned, where it is not the space's default (autotune/space/untuned.h).
Variables UntunedVariables(const Problem& problem);

// The C++ type of the mask that `problem` wants, by the names of mask.cuh. The score modifier's is
// functors::ModifierType.
std::string MaskType(const Problem& problem);

// The kernel of a variant, as C++ names it: "attune::portable::PortableForward<...>".
std::string KernelExpression(const PortableForwardTraits& traits,
                             const PortableForwardConfiguration& configuration,
                             const std::string& mask_type, const std::string& modifier_type);

}  // namespace attune::portable

#endif  // ATTUNE_ATTENTION_CUDA_PORTABLE_PORTABLE_FORWARD_MODEL_H_
