// From a problem and a configuration to a launch of the large-batch kernel.
#ifndef ATTUNE_ATTENTION_TERNARY_CUDA_LARGE_BATCH_MODEL_H_
#define ATTUNE_ATTENTION_TERNARY_CUDA_LARGE_BATCH_MODEL_H_

#include <cstdint>
#include <string>

#include "attention/ternary/cuda/large_batch_configuration.h"
#include "attention/ternary/cuda/large_batch_parameters.h"
#include "attention/ternary/matmul_problem.h"
#include "autotune/space/configuration.h"
#include "autotune/space/variables.h"

namespace attune::ternary_cuda {

LargeBatchTraits LargeBatchTraitsOf(const TernaryMatmulProblem& problem);
// `configuration` is one of the family's space.
LargeBatchConfiguration LargeBatchConfigurationOf(const Configuration& configuration);

// All of a launch but its addresses and the map of activations.
LargeBatchParameters LargeBatchParametersOf(const TernaryMatmulProblem& problem,
                                            const LargeBatchConfiguration& configuration);

// What runs where nothing has been tuned: the fastest of docs/ternary.md's measurements at batch
// 4096 (NVIDIA H200, 2026-11-23), in smaller blocks for batches that are smaller than such a block.
LargeBatchConfiguration UntunedLargeBatch(const TernaryMatmulProblem& problem);

// What the constraints of ternary_large_batch.space.textproto name: shared_bytes,
// accumulator_registers, operand_registers, working_registers, consumer_registers; and
// "untuned_<parameter>" for every parameter (autotune/space/untuned.h).
Variables LargeBatchVariables(const TernaryMatmulProblem& problem,
                              const LargeBatchConfiguration& configuration);

// The instance of the kernel's template.
std::string LargeBatchExpression(const LargeBatchTraits& traits,
                                 const LargeBatchConfiguration& configuration);

}  // namespace attune::ternary_cuda

#endif  // ATTUNE_ATTENTION_TERNARY_CUDA_LARGE_BATCH_MODEL_H_
