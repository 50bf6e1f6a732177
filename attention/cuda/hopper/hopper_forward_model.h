// The host's side of hopper_forward: from a problem and a configuration to a launch. Needs no CUDA.
#ifndef ATTUNE_ATTENTION_CUDA_HOPPER_HOPPER_FORWARD_MODEL_H_
#define ATTUNE_ATTENTION_CUDA_HOPPER_HOPPER_FORWARD_MODEL_H_

#include <cstdint>
#include <string>

#include "attention/cuda/hopper/forward_arguments.cuh"
#include "attention/cuda/hopper/forward_configuration.cuh"
#include "attention/problem.h"
#include "autotune/space/configuration.h"
#include "autotune/space/variables.h"

namespace attune::hopper {

// What of `problem` the kernel is compiled for, everything else at its default.
HopperForwardConfiguration TraitsOf(const Problem& problem);

// TraitsOf, with the algorithm that `configuration` names.
HopperForwardConfiguration VariantOf(const Problem& problem, const Configuration& configuration);

// The part of `configuration` that is given to a launch and not compiled.
struct LaunchChoice {
  // MiB of keys and values of the heads that are walked together; 0: all heads.
  int64_t section_mib = 0;
};
LaunchChoice LaunchChoiceOf(const Configuration& configuration);

// Query heads whose rows pack_heads puts beside each other (tile_rows.cuh), of the same key-value
// head: their largest power of two up to 64, or, where scores are not the same function of every
// head, up to 8. 1: there is nothing to pack.
int PackableHeads(const Problem& problem);

// Tiles of a launch, those without rows that fill a cluster included; of packed sequences, whose
// lengths only the device knows, at most.
int64_t TileBound(const Problem& problem, const HopperForwardConfiguration& variant);

struct ForwardLaunch {
  int64_t blocks = 0;  // of a one-dimensional grid; 0: nothing to do
  int cluster = 1;     // blocks to a cluster
  int threads = 0;     // per block
  int shared_bytes = 0;
  int64_t workspace_bytes =
      0;  // TileCounters, where tiles are drawn; zeros before the first launch
};

// As many blocks as `multiprocessors` hold at once: each walks through tiles.
ForwardLaunch LaunchOf(const Problem& problem, const HopperForwardConfiguration& variant,
                       int64_t multiprocessors);

// What the kernel is given, but for tensor maps and addresses.
ForwardArguments ArgumentsOf(const Problem& problem, const HopperForwardConfiguration& variant,
                             const LaunchChoice& choice);

// Bytes of the keys and values of all heads that may be walked together: of packed sequences those
// of the longest sequence, otherwise all.
int64_t KeyValueBytes(const Problem& problem);

// Per thread of a consumer warpgroup: scores, probabilities where they have registers of their own,
// output, and queries as far as they are in registers.
int AccumulatorRegisters(const HopperForwardConfiguration& variant);
// Per thread: what the compiler needs besides, found by compiling, where functors take
// `functor_registers` (FunctorRegisters).
int WorkingRegisters(const HopperForwardConfiguration& variant, int functor_registers = 0);

// The widest block of keys, among the values of block_n, with which `variant` fits registers and
// shared memory; 0 if there is none.
inline constexpr int kBlockWidths[] = {64, 80, 96, 112, 128, 144, 160, 176, 192};
int WidestBlock(HopperForwardConfiguration variant, int functor_registers = 0);

// What the space's constraints name besides parameters, the problem's variables and device_*:
//   shared_bytes            dynamic shared memory of a block
//   accumulator_registers, working_registers
//   register_limit          per thread of a consumer, after the block's registers are split
//   widest_block_n          WidestBlock
//   two_query_stages_fit    whether shared memory has room for two stages of queries
// and FixedVariables.
Variables ForwardVariables(const Problem& problem, const HopperForwardConfiguration& variant);

// Those of them that are the same for all variants:
//   score_code              ScoreCode
//   modest_cap              HasModestCap
//   user_mask               whether there is a mask_expression
//   mask_shape              0: full, 1: bounded on the right, 2: banded
//   key_value_bytes         KeyValueBytes
//   packable_heads          PackableHeads
Variables FixedVariables(const Problem& problem);

// The kernel of a variant, as C++ names it: "attune::hopper::HopperForwardKernel<...>".
std::string KernelExpression(const HopperForwardConfiguration& variant,
                             const std::string& modifier_type, const std::string& predicate_type);

}  // namespace attune::hopper

#endif  // ATTUNE_ATTENTION_CUDA_HOPPER_HOPPER_FORWARD_MODEL_H_
