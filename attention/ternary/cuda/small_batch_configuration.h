// What a variant of the small-batch kernel is, and the sizes that follow from it. Host and device
// code both include this, so that the host-side model cannot drift from the kernel.
#ifndef ATTUNE_ATTENTION_TERNARY_CUDA_SMALL_BATCH_CONFIGURATION_H_
#define ATTUNE_ATTENTION_TERNARY_CUDA_SMALL_BATCH_CONFIGURATION_H_

#include "attention/ternary/cuda/element_types.h"
#include "attention/ternary/cuda/packed_layout.h"

namespace attune::ternary_cuda {

// Of the problem: what no tuner chooses.
struct SmallBatchTraits {
  Activation activation = Activation::kBfloat16;
  Output output = Output::kBfloat16;
  int group = 0;  // columns per scale: 0 (all of a row), 32, 64 or 128
  // 16 where rows of activations begin at multiples of 16 bytes; otherwise one element's bytes, and
  // copies are not asynchronous.
  int vector_bytes = 16;
};

// Of the algorithm: the parameters of ternary_small_batch.space.textproto, by the same names.
struct SmallBatchConfiguration {
  int row_chunks = 4;     // of 32 weight rows, that a warp takes at once
  int warps = 8;          // each takes every warps-th stage of the block's columns
  int stages = 2;         // of 128 columns of weights and activations in shared memory at once
  int split = 4;          // blocks that share the columns of the same rows
  int cluster = 0;        // 1: they add their sums up through each other's shared memory (sm_90)
  int batch_tiles = 1;    // of eight batch rows, for each block
  int blocks_per_sm = 2;  // what the compiler limits registers for
};

inline constexpr int kLanes = 32;
inline constexpr int kTileBatch = 8;     // batch rows of one matrix product
inline constexpr int kTileRows = 16;     // weight rows of one matrix product
inline constexpr int kRowPadBytes = 16;  // keeps eight rows of activations in different banks
inline constexpr int kPartialPad = 4;    // keeps the columns of accumulators in different banks
// A stage is as many columns as the largest group: no group's sums outlive a stage.
inline constexpr int kStageChunks = 2;
inline constexpr int kStageColumns = kStageChunks * kChunkColumns;

ATTUNE_TERNARY_HOST_DEVICE constexpr int Threads(const SmallBatchConfiguration& c) {
  return c.warps * kLanes;
}
// Scales of a row that one stage of columns needs; 0 where scales are per row.
ATTUNE_TERNARY_HOST_DEVICE constexpr int ScalesPerStage(const SmallBatchTraits& t) {
  return t.group == 0 ? 0 : kStageColumns / t.group;
}

ATTUNE_TERNARY_HOST_DEVICE constexpr int BlockRows(const SmallBatchConfiguration& c) {
  return c.row_chunks * kChunkRows;
}
ATTUNE_TERNARY_HOST_DEVICE constexpr int BlockBatch(const SmallBatchConfiguration& c) {
  return c.batch_tiles * kTileBatch;
}

// Of one warp, one stage: weights, then scales, then activations.
ATTUNE_TERNARY_HOST_DEVICE constexpr int WeightStageBytes(const SmallBatchConfiguration& c) {
  return c.row_chunks * kStageChunks * kChunkBytes;
}
ATTUNE_TERNARY_HOST_DEVICE constexpr int ScaleStageBytes(const SmallBatchTraits& t,
                                                         const SmallBatchConfiguration& c) {
  return c.row_chunks * ScalesPerStage(t) * kChunkRows * 4;
}
ATTUNE_TERNARY_HOST_DEVICE constexpr int ActivationPitch(const SmallBatchTraits& t) {
  return kStageColumns * ActivationBytes(t.activation) + kRowPadBytes;
}
ATTUNE_TERNARY_HOST_DEVICE constexpr int StageBytes(const SmallBatchTraits& t,
                                                    const SmallBatchConfiguration& c) {
  return WeightStageBytes(c) + ScaleStageBytes(t, c) + BlockBatch(c) * ActivationPitch(t);
}

// Partial sums of one warp, which take the stages' place: [batch][rows + pad] floats.
ATTUNE_TERNARY_HOST_DEVICE constexpr int PartialFloats(const SmallBatchConfiguration& c) {
  return BlockBatch(c) * (BlockRows(c) + kPartialPad);
}
// Where the block's terms lie, behind the stages: scales of its rows, then of its batch rows.
ATTUNE_TERNARY_HOST_DEVICE constexpr int TermsOffset(const SmallBatchTraits& t,
                                                     const SmallBatchConfiguration& c) {
  const int stages = c.warps * c.stages * StageBytes(t, c);
  const int partials = c.warps * PartialFloats(c) * 4;
  return stages > partials ? stages : partials;
}
ATTUNE_TERNARY_HOST_DEVICE constexpr int SharedBytes(const SmallBatchTraits& t,
                                                     const SmallBatchConfiguration& c) {
  return TermsOffset(t, c) + (BlockRows(c) + BlockBatch(c)) * 4;
}
// Registers per thread that hold sums, the largest part of its state; with groups, those of the
// group at hand besides.
ATTUNE_TERNARY_HOST_DEVICE constexpr int AccumulatorRegisters(const SmallBatchTraits& t,
                                                              const SmallBatchConfiguration& c) {
  const int one_chunk = c.batch_tiles * kChunkRows / kTileRows * 4;
  return one_chunk * (c.row_chunks + (t.group != 0 ? 1 : 0));
}

ATTUNE_TERNARY_HOST_DEVICE constexpr bool IsValid(const SmallBatchTraits& t,
                                                  const SmallBatchConfiguration& c) {
  return (t.group == 0 || t.group == 32 || t.group == 64 || t.group == 128) &&
         (t.vector_bytes == 16 || t.vector_bytes == ActivationBytes(t.activation)) &&
         c.row_chunks >= 1 && c.warps >= 1 && c.warps <= 32 && c.stages >= 1 && c.stages <= 8 &&
         c.split >= 1 && c.batch_tiles >= 1 && (c.cluster == 0 || (c.split > 1 && c.split <= 8)) &&
         c.blocks_per_sm >= 1;
}

}  // namespace attune::ternary_cuda

#endif  // ATTUNE_ATTENTION_TERNARY_CUDA_SMALL_BATCH_CONFIGURATION_H_
