#include "attention/cpu/cpu_forward_kernel.h"

#include <algorithm>
#include <variant>

#include "attention/cpu/workspace_layout.h"
#include "attention/sequences.h"
#include "base/parallel.h"
#include "base/status_macros.h"

namespace attune {
namespace {

constexpr double kLog2OfE = 1.4426950408889634;
// Heads are packed in waves of at least so many tasks a worker, which bounds both what the
// workspace takes and what workers lose waiting for the last of a wave.
constexpr int64_t kTasksPerWorker = 16;

// Of the longest sequence, like all that is laid out.
int64_t StackedRows(const Problem& problem) {
  return problem.q_heads / problem.kv_heads * problem.q_len;
}

// Where one task takes all query rows of a head, packed keys are read once: from the cache, if they
// are packed tile by tile. Decoding (batch 4, 8/2 heads, 2048 keys, dim 128, one thread) took 1.9
// times as long in fp32, 2.2 in bf16 and 1.7 with tile products while whole heads were packed
// before. With fewer heads than threads that is still better: all threads pack.
bool PacksTiles(int64_t tasks_of_head, int64_t heads, int64_t workers) {
  return tasks_of_head == 1 && heads >= workers;
}

}  // namespace

CpuForwardLayout LayOutCpuForward(const Problem& problem, const CpuForwardShape& shape,
                                  int64_t workers) {
  const int64_t stacked = StackedRows(problem);
  const int64_t tasks = CeilDivide(stacked, shape.query_rows);
  const int64_t heads = problem.batch * problem.kv_heads;
  const int64_t rows = RoundUp(std::min<int64_t>(stacked, shape.query_rows), shape.row_step);
  CpuForwardLayout layout;
  if (tasks == 0) return layout;
  layout.kv_rows = RoundUp(problem.kv_len, shape.micro_keys);
  layout.key_words = RoundUp(CeilDivide(problem.qk_dim, shape.elements_per_word), shape.key_step);
  layout.v_columns = RoundUp(problem.v_dim, shape.lanes);

  layout.packs_tiles = PacksTiles(tasks, heads, workers);
  layout.packed_rows =
      layout.packs_tiles ? std::min<int64_t>(layout.kv_rows, shape.key_tile) : layout.kv_rows;

  WorkspaceCursor head;
  head.TakeFloats(layout.packed_rows * layout.key_words);
  layout.value_offset =
      head.TakeFloats(layout.packed_rows / shape.elements_per_word * layout.v_columns);
  layout.flags_offset = head.TakeBytes(layout.packed_rows / shape.micro_keys);
  layout.head_bytes = head.offset();
  layout.wave_heads =
      layout.packs_tiles ? heads : std::min(heads, CeilDivide(kTasksPerWorker * workers, tasks));

  WorkspaceCursor scratch;
  scratch.TakeFloats(rows * shape.query_stride);
  layout.score_offset =
      scratch.TakeFloats(std::min<int64_t>(rows, shape.micro_rows) * shape.score_stride);
  layout.out_offset = scratch.TakeFloats(rows * layout.v_columns);
  if (layout.packs_tiles) layout.packed_offset = scratch.TakeBytes(layout.head_bytes);
  layout.scratch_bytes = scratch.offset();
  layout.scratch_offset = layout.packs_tiles ? 0 : layout.wave_heads * layout.head_bytes;
  layout.total_bytes =
      layout.scratch_offset + std::min(workers, tasks * layout.wave_heads) * layout.scratch_bytes;
  return layout;
}

CpuForwardKernel::CpuForwardKernel(const Problem& problem, const CpuForwardVariant& variant,
                                   int64_t workers)
    : variant_(variant), workers_(workers) {
  arguments_.problem = problem;
  arguments_.query = QueryStrides(problem);
  arguments_.key = KeyStrides(problem);
  arguments_.value = ValueStrides(problem);
  arguments_.out = OutStrides(problem);
  const double scale = SoftmaxScale(problem);
  const bool capped = problem.soft_cap > 0;
  arguments_.query_scale = static_cast<float>(capped ? scale / problem.soft_cap : scale * kLog2OfE);
  arguments_.soft_cap_log2 = static_cast<float>(capped ? problem.soft_cap * kLog2OfE : 0);
  arguments_.layout = LayOutCpuForward(problem, variant.shape, workers);
}

Resources CpuForwardKernel::resources() const {
  return {{"workspace_bytes", workspace_bytes()},
          {"scratch_bytes", arguments_.layout.scratch_bytes}};
}

absl::Status CpuForwardKernel::Run(const AttentionTensors& tensors, void* workspace,
                                   Stream&) const {
  const auto* forward = std::get_if<ForwardTensors>(&tensors);
  if (forward == nullptr) {
    return absl::InvalidArgumentError(
        "cpu_forward was given the tensors of a backward pass; it needs ForwardTensors.");
  }
  const Problem& problem = arguments_.problem;
  if (problem.packed) {
    ATTUNE_RETURN_IF_ERROR(
        CheckLengths(problem, forward->cumulative_query_lengths, forward->cumulative_key_lengths));
  }
  const CpuForwardLayout& layout = arguments_.layout;
  const int64_t tasks = CeilDivide(StackedRows(problem), variant_.shape.query_rows);
  const int64_t pack_tasks =
      CeilDivide(layout.kv_rows / variant_.shape.micro_keys, kPackTilesPerTask);
  const int64_t heads = problem.batch * problem.kv_heads;

  CpuForwardArguments arguments = arguments_;
  arguments.tensors = *forward;
  arguments.workspace = static_cast<char*>(workspace);
  for (int64_t first = 0; tasks > 0 && first < heads; first += layout.wave_heads) {
    const int64_t count = std::min(layout.wave_heads, heads - first);
    arguments.first_head = first;
    ParallelFor(layout.packs_tiles ? 0 : count * pack_tasks, workers_, [&](int64_t task, int64_t) {
      variant_.pack(arguments, first + task / pack_tasks, task % pack_tasks);
    });
    ParallelFor(count * tasks, workers_, [&](int64_t task, int64_t worker) {
      // The last rows first: under a causal mask they have the most keys.
      variant_.attend(arguments, first + task % count, tasks - 1 - task / count,
                      arguments.workspace + layout.scratch_offset + worker * layout.scratch_bytes);
    });
  }
  return absl::OkStatus();
}

}  // namespace attune
