#include "attention/ternary/cpu/cpu_ternary_matmul_kernel.h"

#include <algorithm>

#include "attention/cpu/workspace_layout.h"
#include "attention/ternary/cpu/weight_tiles.h"
#include "base/parallel.h"

namespace attune {
namespace {

// Tables of one wave. They take sixteen times the activations, so that a large batch goes in many
// waves, each long beside what it costs to start one.
constexpr int64_t kWaveBytes = int64_t{2} << 20;
// Words of a row whose tables are one task's: a microsecond or two.
constexpr int64_t kBuildWords = 256;

}  // namespace

CpuTernaryMatmulLayout LayOutCpuTernaryMatmul(const TernaryMatmulProblem& problem,
                                              const CpuTernaryMatmulConfiguration& configuration) {
  CpuTernaryMatmulLayout layout;
  layout.words = WordsPerRow(problem.weights);
  layout.tiles = WeightTiles(problem.weights).tiles;
  layout.blocks = CeilDivide(problem.batch, configuration.batch_rows);
  layout.block_floats = layout.words * kTablesPerWord * kTableEntries * configuration.batch_rows;
  const int64_t block_bytes = layout.block_floats * static_cast<int64_t>(sizeof(float));
  layout.wave_blocks = std::clamp<int64_t>(kWaveBytes / block_bytes, 1, layout.blocks);
  layout.total_bytes = layout.wave_blocks * block_bytes;
  return layout;
}

CpuTernaryMatmulKernel::CpuTernaryMatmulKernel(const TernaryMatmulProblem& problem,
                                               const CpuTernaryMatmulVariant& variant,
                                               int64_t workers)
    : variant_(variant), workers_(workers) {
  arguments_.problem = problem;
  arguments_.layout = LayOutCpuTernaryMatmul(problem, variant.configuration);
}

WeightLayout CpuTernaryMatmulKernel::weight_layout() const {
  return TiledLayout(arguments_.problem.weights);
}

void CpuTernaryMatmulKernel::PackWeights(const TernaryMatrix& weights,
                                         absl::Span<uint8_t> packed) const {
  PackTiles(weights, packed);
}

Resources CpuTernaryMatmulKernel::resources() const {
  return {{"workspace_bytes", workspace_bytes()}};
}

absl::Status CpuTernaryMatmulKernel::Run(const TernaryMatmulTensors& tensors, void* workspace,
                                         Stream&) const {
  const CpuTernaryMatmulLayout& layout = arguments_.layout;
  const CpuTernaryMatmulConfiguration& configuration = variant_.configuration;
  const int64_t build_tasks = CeilDivide(layout.words, kBuildWords);
  const int64_t groups = CeilDivide(layout.tiles, configuration.row_tiles);
  CpuTernaryMatmulArguments arguments = arguments_;
  arguments.tensors = tensors;
  arguments.tables = static_cast<float*>(workspace);
  for (int64_t first = 0; first < layout.blocks; first += layout.wave_blocks) {
    const int64_t blocks = std::min(layout.wave_blocks, layout.blocks - first);
    arguments.first_block = first;
    const int64_t rows = blocks * configuration.batch_rows;
    ParallelFor(rows * build_tasks, workers_, [&](int64_t task, int64_t) {
      const int64_t word = task % build_tasks * kBuildWords;
      variant_.build(arguments, task / build_tasks, word,
                     std::min(word + kBuildWords, layout.words));
    });
    // A block's tables, several times the weights of a group, stay in a second-level cache while
    // all groups meet them.
    ParallelFor(groups * blocks, workers_, [&](int64_t task, int64_t) {
      variant_.multiply(arguments, task % groups, task / groups);
    });
  }
  return absl::OkStatus();
}

}  // namespace attune
