#include "attention/ternary/cuda/large_batch_model.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "attention/ternary/cuda/cuda_ternary_support.h"
#include "attention/ternary/cuda/packed_layout.h"

namespace attune::ternary_cuda {
namespace {

// Addresses, ring and tile, and output's scales: what ptxas of CUDA 13.0 needs besides sums,
// operands and words lest it spill.
constexpr int kWorkingRegisters = 24;
// Besides, for groups of int8 products: sums that become floating-point numbers.
constexpr int kConvertedRegisters = 20;
// Where one warpgroup consumes, its code and the producer's have one number of registers.
constexpr int kOneConsumerRegisters = 8;
// Where parts are many, a stage's operand is the only one, and sums are converted where they are.
constexpr int kManyPartsRegisters = 10;
constexpr int kManyPartsConvertedRegisters = 6;
// For int8, if a stage has several groups: in all, or for each stage that is read ahead.
constexpr int kSeveralGroupsRegisters = 28;
constexpr int kManyPartsSeveralGroupsRegisters = 14;
// A turn of four stages with many parts spills whatever it holds.
constexpr int kLongTurnRegisters = 128;

// What untuned choices depend on.
constexpr int64_t kWideBatch = 512;
constexpr int64_t kLongRow = 8192;

int64_t CeilDivide(int64_t a, int64_t b) { return (a + b - 1) / b; }

// Words and scales of the stages that are read ahead, and of the one at hand where its scales are
// still needed.
int PrefetchRegisters(const LargeBatchTraits& t, const LargeBatchConfiguration& c) {
  const int stage = 2 * c.row_tiles * (StageChunks(t) + GroupsPerStage(t));
  return stage * (c.prefetch + (t.group != 0 ? 1 : 0));
}

int ManyPartsRegisters(const LargeBatchTraits& t, const LargeBatchConfiguration& c) {
  const int read = 2 * c.row_tiles * (StageChunks(t) + GroupsPerStage(t)) * c.prefetch;
  const int scales = 2 * c.row_tiles * (GroupsPerStage(t) + 1);
  const int turn = TurnStages(t, c) > 2 ? kLongTurnRegisters : 0;
  const int shared = kManyPartsRegisters + read + scales + turn;
  if (t.activation != ternary_cuda::Activation::kInt8) return shared;
  return shared + kManyPartsConvertedRegisters +
         (GroupsPerStage(t) > 1 ? kManyPartsSeveralGroupsRegisters * c.prefetch : 0);
}

int WorkingRegisters(const LargeBatchTraits& t, const LargeBatchConfiguration& c) {
  if (HasManyParts(t, c)) return ManyPartsRegisters(t, c);
  const bool converted = t.group != 0 && t.activation == ternary_cuda::Activation::kInt8;
  return kWorkingRegisters + (converted ? kConvertedRegisters : 0) + PrefetchRegisters(t, c) +
         (converted && GroupsPerStage(t) > 1 ? kSeveralGroupsRegisters : 0) +
         (c.consumers == 1 ? kOneConsumerRegisters : 0);
}

}  // namespace

LargeBatchTraits LargeBatchTraitsOf(const TernaryMatmulProblem& problem) {
  return {.activation = DeviceActivation(problem),
          .output = DeviceOutput(problem),
          .group = static_cast<int>(problem.weights.group)};
}

LargeBatchConfiguration LargeBatchConfigurationOf(const Configuration& configuration) {
  const auto value = [&](const char* name) { return static_cast<int>(configuration.Get(name)); };
  return {.consumers = value("consumers"),
          .row_tiles = value("row_tiles"),
          .block_batch = value("block_batch"),
          .stages = value("stages"),
          .prefetch = value("prefetch"),
          .cluster = value("cluster")};
}

LargeBatchParameters LargeBatchParametersOf(const TernaryMatmulProblem& problem,
                                            const LargeBatchConfiguration& c) {
  const TernaryShape& shape = problem.weights;
  LargeBatchParameters p = {};
  p.batch = static_cast<int>(problem.batch);
  p.rows = static_cast<int>(shape.rows);
  p.row_chunks = static_cast<int>(RowChunks(shape.rows));
  p.column_chunks = static_cast<int>(ColumnChunks(shape.columns));
  p.groups = static_cast<int>(GroupsPerRow(shape));
  p.row_blocks = static_cast<int>(CeilDivide(shape.rows, BlockRows(c) * c.cluster) * c.cluster);
  p.batch_blocks = static_cast<int>(CeilDivide(problem.batch, c.block_batch));
  return p;
}

LargeBatchConfiguration UntunedLargeBatch(const TernaryMatmulProblem& problem) {
  const bool int8 = problem.activation == attune::Activation::kInt8;
  LargeBatchConfiguration c;
  c.block_batch = problem.batch <= 32 ? 32 : problem.batch <= 64 ? 64 : 128;
  // Blocks of 256 batch rows are few.
  const bool wide = problem.batch > kWideBatch;
  if (problem.weights.group != 0) {
    c.row_tiles = 1;
    c.stages = 8;
    c.prefetch = 4;
    if (int8 && problem.weights.group < 128) {
      // What registers hold.
      c.block_batch = std::min(c.block_batch, 96);
      c.prefetch = 2;
    } else if (int8 && wide) {
      c.block_batch = 256;
      c.stages = 4;
      c.prefetch = 1;
    }
    return c;
  }
  c.stages = 6;
  c.prefetch = int8 ? 2 : 4;
  if (int8 && wide && problem.weights.columns > kLongRow) {
    c.row_tiles = 1;
    c.block_batch = 256;
    c.stages = 4;
    c.prefetch = 4;
  }
  return c;
}

Variables LargeBatchVariables(const TernaryMatmulProblem& problem,
                              const LargeBatchConfiguration& c) {
  const LargeBatchTraits traits = LargeBatchTraitsOf(problem);
  const LargeBatchConfiguration untuned = UntunedLargeBatch(problem);
  return {
      {"untuned_consumers", untuned.consumers},
      {"untuned_row_tiles", untuned.row_tiles},
      {"untuned_block_batch", untuned.block_batch},
      {"untuned_stages", untuned.stages},
      {"untuned_prefetch", untuned.prefetch},
      {"untuned_cluster", untuned.cluster},
      {"shared_bytes", SharedBytes(c)},
      {"accumulator_registers", AccumulatorRegisters(traits, c)},
      {"operand_registers", OperandRegisters(traits, c)},
      {"working_registers", WorkingRegisters(traits, c)},
      {"consumer_registers", ConsumerRegisters(c)},
  };
}

std::string LargeBatchExpression(const LargeBatchTraits& t, const LargeBatchConfiguration& c) {
  constexpr char kNamespace[] = "attune::ternary_cuda::";
  return absl::StrCat(kNamespace, "LargeBatch<", kNamespace,
                      "LargeBatchTraits{.activation = ", DeviceActivationName(t.activation),
                      ", .output = ", DeviceOutputName(t.output), ", .group = ", t.group, "}, ",
                      kNamespace, "LargeBatchConfiguration{.consumers = ", c.consumers,
                      ", .row_tiles = ", c.row_tiles, ", .block_batch = ", c.block_batch,
                      ", .stages = ", c.stages, ", .prefetch = ", c.prefetch,
                      ", .cluster = ", c.cluster, "}>");
}

}  // namespace attune::ternary_cuda
