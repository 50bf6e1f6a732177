#include "attention/ternary/cuda/small_batch_model.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "attention/ternary/cuda/cuda_ternary_support.h"
#include "attention/ternary/cuda/packed_weights.h"

namespace attune::ternary_cuda {
namespace {

constexpr int64_t kVectorBytes = 16;
constexpr int64_t kWorkspaceAlignment = 256;
constexpr int64_t kRegistersPerMultiprocessor = 65536;
constexpr int64_t kMaxRegisters = 255;
// Addresses, words, operands: what ptxas of CUDA 13.0 needs besides sums lest it spill. For each
// row chunk there is an address.
constexpr int kWorkingRegisters = 48;
constexpr int kRowChunkRegisters = 2;
constexpr int kBatchTileRegisters = 8;
// With groups, scales and their addresses, and where a group is longer than a chunk both operands.
constexpr int kLongGroupRegisters = 16;
constexpr int kShortGroupRegisters = 36;
constexpr int kGroupBatchTileRegisters = 26;

int64_t CeilDivide(int64_t a, int64_t b) { return (a + b - 1) / b; }

int WorkingRegisters(const SmallBatchTraits& t, const SmallBatchConfiguration& c) {
  const int shared = kWorkingRegisters + kRowChunkRegisters * c.row_chunks;
  if (t.group == 0) return shared + kBatchTileRegisters * (c.batch_tiles - 1);
  return shared + (t.group < kChunkColumns ? kShortGroupRegisters : kLongGroupRegisters) +
         kGroupBatchTileRegisters * (c.batch_tiles - 1);
}

int64_t RegisterLimit(const SmallBatchConfiguration& c) {
  const int64_t limit = kRegistersPerMultiprocessor / (Threads(c) * c.blocks_per_sm);
  return std::min(kMaxRegisters, limit / 8 * 8);
}

}  // namespace

SmallBatchTraits SmallBatchTraitsOf(const TernaryMatmulProblem& problem) {
  SmallBatchTraits traits;
  traits.activation = DeviceActivation(problem);
  traits.output = DeviceOutput(problem);
  traits.group = static_cast<int>(problem.weights.group);
  const int element_bytes = ActivationBytes(traits.activation);
  const bool aligned = problem.weights.columns * element_bytes % kVectorBytes == 0;
  traits.vector_bytes = aligned ? static_cast<int>(kVectorBytes) : element_bytes;
  return traits;
}

SmallBatchConfiguration SmallBatchConfigurationOf(const Configuration& configuration) {
  const auto value = [&](const char* name) { return static_cast<int>(configuration.Get(name)); };
  return {.row_chunks = value("row_chunks"),
          .warps = value("warps"),
          .stages = value("stages"),
          .split = value("split"),
          .cluster = value("cluster"),
          .batch_tiles = value("batch_tiles"),
          .blocks_per_sm = value("blocks_per_sm")};
}

SmallBatchLaunch SmallBatchLaunchOf(const TernaryMatmulProblem& problem,
                                    const SmallBatchConfiguration& c) {
  SmallBatchLaunch launch;
  launch.row_blocks = CeilDivide(problem.weights.rows, BlockRows(c));
  launch.batch_blocks = CeilDivide(problem.batch, BlockBatch(c));
  launch.threads = Threads(c);
  launch.shared_bytes = SharedBytes(SmallBatchTraitsOf(problem), c);
  if (c.split == 1 || c.cluster != 0) return launch;
  const int64_t tiles = launch.row_blocks * launch.batch_blocks;
  launch.counter_bytes = tiles * static_cast<int64_t>(sizeof(unsigned));
  launch.partials_offset =
      CeilDivide(launch.counter_bytes, kWorkspaceAlignment) * kWorkspaceAlignment;
  launch.workspace_bytes = launch.partials_offset +
                           tiles * c.split * PartialFloats(c) * static_cast<int64_t>(sizeof(float));
  return launch;
}

SmallBatchParameters SmallBatchParametersOf(const TernaryMatmulProblem& problem,
                                            const SmallBatchLaunch& launch,
                                            const TernaryMatmulTensors& tensors, void* workspace) {
  const TernaryShape& shape = problem.weights;
  const char* const weights = static_cast<const char*>(tensors.weights);
  const bool int8 = DeviceActivation(problem) == Activation::kInt8;
  SmallBatchParameters p = {};
  p.chunks = weights;
  p.packed_scales = reinterpret_cast<const float*>(weights + CudaScalesOffset(shape));
  p.activations = tensors.activations;
  p.activation_scales = int8 ? tensors.activation_scales : nullptr;
  p.bias = problem.bias ? tensors.bias : nullptr;
  p.out = tensors.out;
  if (launch.workspace_bytes > 0) {
    p.counters = static_cast<unsigned*>(workspace);
    p.partials = reinterpret_cast<float*>(static_cast<char*>(workspace) + launch.partials_offset);
  }
  p.batch = static_cast<int>(problem.batch);
  p.rows = static_cast<int>(shape.rows);
  p.columns = static_cast<int>(shape.columns);
  p.row_chunks = static_cast<int>(RowChunks(shape.rows));
  p.column_chunks = static_cast<int>(ColumnChunks(shape.columns));
  p.groups = static_cast<int>(GroupsPerRow(shape));
  p.shares_activations = tensors.shares_activations ? 1 : 0;
  return p;
}

Variables SmallBatchVariables(const TernaryMatmulProblem& problem,
                              const SmallBatchConfiguration& c) {
  const SmallBatchTraits traits = SmallBatchTraitsOf(problem);
  return {
      {"column_stages",
       static_cast<double>(CeilDivide(ColumnChunks(problem.weights.columns), kStageChunks))},
      {"shared_bytes", SharedBytes(traits, c)},
      {"accumulator_registers", AccumulatorRegisters(traits, c)},
      {"working_registers", WorkingRegisters(traits, c)},
      {"register_limit", static_cast<double>(RegisterLimit(c))},
  };
}

std::string SmallBatchExpression(const SmallBatchTraits& t, const SmallBatchConfiguration& c) {
  constexpr char kNamespace[] = "attune::ternary_cuda::";
  return absl::StrCat(kNamespace, "SmallBatch<", kNamespace,
                      "SmallBatchTraits{.activation = ", DeviceActivationName(t.activation),
                      ", .output = ", DeviceOutputName(t.output), ", .group = ", t.group,
                      ", .vector_bytes = ", t.vector_bytes, "}, ", kNamespace,
                      "SmallBatchConfiguration{.row_chunks = ", c.row_chunks,
                      ", .warps = ", c.warps, ", .stages = ", c.stages, ", .split = ", c.split,
                      ", .cluster = ", c.cluster, ", .batch_tiles = ", c.batch_tiles,
                      ", .blocks_per_sm = ", c.blocks_per_sm, "}>");
}

}  // namespace attune::ternary_cuda
