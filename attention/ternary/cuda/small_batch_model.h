// From a problem and a configuration to a launch of the small-batch kernel.
#ifndef ATTUNE_ATTENTION_TERNARY_CUDA_SMALL_BATCH_MODEL_H_
#define ATTUNE_ATTENTION_TERNARY_CUDA_SMALL_BATCH_MODEL_H_

#include <cstdint>
#include <string>

#include "attention/ternary/cuda/small_batch_configuration.h"
#include "attention/ternary/cuda/small_batch_parameters.h"
#include "attention/ternary/matmul_problem.h"
#include "attention/ternary/matmul_tensors.h"
#include "autotune/space/configuration.h"
#include "autotune/space/variables.h"

namespace attune::ternary_cuda {

SmallBatchTraits SmallBatchTraitsOf(const TernaryMatmulProblem& problem);
// `configuration` is one of the family's space.
SmallBatchConfiguration SmallBatchConfigurationOf(const Configuration& configuration);

struct SmallBatchLaunch {
  int64_t row_blocks = 0;    // the grid's x
  int64_t batch_blocks = 0;  // its z; y is `split`
  int64_t threads = 0;       // per block
  int64_t shared_bytes = 0;  // dynamic, per block
  // The workspace: a counter for each tile, zeros at first, then at partials_offset the sums of the
  // blocks that share rows. Both are empty where blocks do not add up through memory.
  int64_t counter_bytes = 0;
  int64_t partials_offset = 0;
  int64_t workspace_bytes = 0;
};

SmallBatchLaunch SmallBatchLaunchOf(const TernaryMatmulProblem& problem,
                                    const SmallBatchConfiguration& configuration);

SmallBatchParameters SmallBatchParametersOf(const TernaryMatmulProblem& problem,
                                            const SmallBatchLaunch& launch,
                                            const TernaryMatmulTensors& tensors, void* workspace);

// What the constraints of ternary_small_batch.space.textproto name: column_stages, shared_bytes,
// accumulator_registers, working_registers, register_limit.
Variables SmallBatchVariables(const TernaryMatmulProblem& problem,
                              const SmallBatchConfiguration& configuration);

// The instance of the kernel's template.
std::string SmallBatchExpression(const SmallBatchTraits& traits,
                                 const SmallBatchConfiguration& configuration);

}  // namespace attune::ternary_cuda

#endif  // ATTUNE_ATTENTION_TERNARY_CUDA_SMALL_BATCH_MODEL_H_
