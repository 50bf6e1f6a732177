// What a variant of the large-batch kernel for Hopper is, and the sizes that follow from it. Host
// and device code both include this, so that the host-side model cannot drift from the kernel.
#ifndef ATTUNE_ATTENTION_TERNARY_CUDA_LARGE_BATCH_CONFIGURATION_H_
#define ATTUNE_ATTENTION_TERNARY_CUDA_LARGE_BATCH_CONFIGURATION_H_

#include "attention/ternary/cuda/element_types.h"
#include "attention/ternary/cuda/packed_layout.h"

namespace attune::ternary_cuda {

// Of the problem: what no tuner chooses.
struct LargeBatchTraits {
  Activation activation = Activation::kBfloat16;
  Output output = Output::kBfloat16;
  int group = 0;  // columns per scale: 0 (all of a row), 32, 64 or 128
};

// Of the algorithm: the parameters of hopper_ternary.space.textproto, by the same names.
struct LargeBatchConfiguration {
  int consumers = 2;      // warpgroups that multiply
  int row_tiles = 2;      // of 64 weight rows, for each of them
  int block_batch = 128;  // batch rows per block
  int stages = 4;         // of activations in shared memory
  int prefetch = 2;       // stages that weights are read ahead
  int cluster = 1;        // blocks that load activations together, each a part of the batch rows
};

inline constexpr int kWarpgroupThreads = 128;
inline constexpr int kWarpgroupRows = 64;   // weight rows of one wgmma
inline constexpr int kStageRowBytes = 128;  // of activations: one span of the swizzle
inline constexpr int kSteps = 4;            // products along a stage, 32 bytes deep each
inline constexpr int kPartBatch = 64;       // batch rows of a part of many
inline constexpr int kOutputPad = 4;        // keeps batch rows in different banks
inline constexpr int kOutputValues = 16;    // of a warp's output, that a lane stages at once

ATTUNE_TERNARY_HOST_DEVICE constexpr int Threads(const LargeBatchConfiguration& c) {
  return (1 + c.consumers) * kWarpgroupThreads;
}
ATTUNE_TERNARY_HOST_DEVICE constexpr int StageColumns(const LargeBatchTraits& t) {
  return kStageRowBytes / ActivationBytes(t.activation);
}
ATTUNE_TERNARY_HOST_DEVICE constexpr int StageChunks(const LargeBatchTraits& t) {
  return StageColumns(t) / kChunkColumns;
}
// Groups of columns whose sums are scaled apart; 0 where scales are per row.
ATTUNE_TERNARY_HOST_DEVICE constexpr int GroupsPerStage(const LargeBatchTraits& t) {
  return t.group == 0 ? 0 : t.group < StageColumns(t) ? StageColumns(t) / t.group : 1;
}
ATTUNE_TERNARY_HOST_DEVICE constexpr int BlockRows(const LargeBatchConfiguration& c) {
  return c.consumers * c.row_tiles * kWarpgroupRows;
}
ATTUNE_TERNARY_HOST_DEVICE constexpr int WarpRows(const LargeBatchConfiguration& c) {
  return c.row_tiles * kWarpgroupRows / 4;
}
ATTUNE_TERNARY_HOST_DEVICE constexpr int StageBytes(const LargeBatchConfiguration& c) {
  return c.block_batch * kStageRowBytes;
}
// Batch rows of one warp's output that are on their way from accumulators to memory at once.
ATTUNE_TERNARY_HOST_DEVICE constexpr int OutputBatch(const LargeBatchConfiguration& c) {
  return kOutputValues * 32 / WarpRows(c);
}
ATTUNE_TERNARY_HOST_DEVICE constexpr int OutputFloats(const LargeBatchConfiguration& c) {
  return OutputBatch(c) * (WarpRows(c) + kOutputPad);
}
// Activations, output, two barriers a stage.
ATTUNE_TERNARY_HOST_DEVICE constexpr int SharedBytes(const LargeBatchConfiguration& c) {
  return c.stages * StageBytes(c) + c.consumers * 4 * OutputFloats(c) * 4 + c.stages * 16;
}
// With groups, sums of a group are made part by part (large_batch_groups.cuh): of so many batch
// rows of one row tile each. Groups of two stages have two parts, lest a stage be read again.
ATTUNE_TERNARY_HOST_DEVICE constexpr int PartBatch(const LargeBatchTraits& t,
                                                   const LargeBatchConfiguration& c) {
  const int half = c.row_tiles == 2 ? c.block_batch : c.block_batch / 2;
  const bool many =
      t.group <= StageColumns(t) && half > kPartBatch && c.block_batch % kPartBatch == 0;
  return many ? kPartBatch : half;
}
ATTUNE_TERNARY_HOST_DEVICE constexpr int Parts(const LargeBatchTraits& t,
                                               const LargeBatchConfiguration& c) {
  return c.row_tiles * c.block_batch / PartBatch(t, c);
}
ATTUNE_TERNARY_HOST_DEVICE constexpr bool HasManyParts(const LargeBatchTraits& t,
                                                       const LargeBatchConfiguration& c) {
  return t.group != 0 && Parts(t, c) > 2;
}
// Stages of a turn of the loop over them: with groups, where its products end.
ATTUNE_TERNARY_HOST_DEVICE constexpr int TurnStages(const LargeBatchTraits& t,
                                                    const LargeBatchConfiguration& c) {
  return c.prefetch == 4 || (t.group != 0 && !HasManyParts(t, c)) ? 4 : 2;
}

// Registers per thread that hold sums; with groups, those of two parts besides.
ATTUNE_TERNARY_HOST_DEVICE constexpr int AccumulatorRegisters(const LargeBatchTraits& t,
                                                              const LargeBatchConfiguration& c) {
  return c.row_tiles * c.block_batch / 2 + (t.group != 0 ? PartBatch(t, c) : 0);
}
// Registers per thread that hold expanded weights: a stage's, and but for many parts the next
// one's.
ATTUNE_TERNARY_HOST_DEVICE constexpr int OperandRegisters(const LargeBatchTraits& t,
                                                          const LargeBatchConfiguration& c) {
  return (HasManyParts(t, c) ? 1 : 2) * kSteps * c.row_tiles * 4;
}
// What a thread has at entry, and what consumers get of the producer's (setmaxnreg).
ATTUNE_TERNARY_HOST_DEVICE constexpr int EntryRegisters(const LargeBatchConfiguration& c) {
  return c.consumers == 1 ? 248 : c.consumers == 2 ? 168 : 128;
}
ATTUNE_TERNARY_HOST_DEVICE constexpr int ConsumerRegisters(const LargeBatchConfiguration& c) {
  return c.consumers == 1 ? 248 : c.consumers == 2 ? 240 : 160;
}
ATTUNE_TERNARY_HOST_DEVICE constexpr int ProducerRegisters(const LargeBatchConfiguration& c) {
  return c.consumers == 1 ? 248 : c.consumers == 2 ? 24 : 32;
}

ATTUNE_TERNARY_HOST_DEVICE constexpr bool IsValid(const LargeBatchTraits& t,
                                                  const LargeBatchConfiguration& c) {
  return (t.group == 0 || t.group == 32 || t.group == 64 || t.group == 128) && c.consumers >= 1 &&
         c.consumers <= 3 && (c.row_tiles == 1 || c.row_tiles == 2) &&
         (c.block_batch == 32 || c.block_batch == 64 || c.block_batch == 96 ||
          c.block_batch == 128 || c.block_batch == 192 || c.block_batch == 256) &&
         c.stages >= 2 && (c.prefetch == 1 || c.prefetch == 2 || c.prefetch == 4) &&
         (c.cluster == 1 || c.cluster == 2);
}

}  // namespace attune::ternary_cuda

#endif  // ATTUNE_ATTENTION_TERNARY_CUDA_LARGE_BATCH_CONFIGURATION_H_
