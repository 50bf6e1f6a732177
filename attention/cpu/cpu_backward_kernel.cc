#include "attention/cpu/cpu_backward_kernel.h"

#include <algorithm>
#include <variant>

#include "attention/cpu/key_window.h"
#include "attention/cpu/workspace_layout.h"
#include "base/parallel.h"

namespace attune {
namespace {

constexpr double kLog2OfE = 1.4426950408889634;
// Heads are packed in waves of at least so many tasks a worker, which bounds both what the
// workspace takes and what workers lose waiting for the last of a wave. Single-pass tasks are whole
// heads, and as long as each other.
constexpr int64_t kTasksPerWorker = 16;
constexpr int64_t kHeadsPerWorker = 1;

int64_t Group(const Problem& problem) { return problem.q_heads / problem.kv_heads; }

void LayOutQueryHead(const Problem& problem, const CpuBackwardVariant& variant,
                     CpuBackwardLayout& layout) {
  WorkspaceCursor head;
  layout.query = head.TakeFloats(layout.q_rows * layout.qk_columns);
  layout.query_transposed = head.TakeFloats(layout.q_rows * problem.qk_dim);
  layout.query_finite = head.TakeBytes(layout.q_rows / variant.shape.micro_step);
  layout.d_out = head.TakeFloats(layout.q_rows * layout.v_columns);
  layout.d_out_transposed = head.TakeFloats(layout.q_rows * problem.v_dim);
  layout.d_out_finite = head.TakeBytes(layout.q_rows / variant.shape.micro_step);
  layout.log_sum_exp = head.TakeFloats(layout.q_rows);
  layout.delta = head.TakeFloats(layout.q_rows);
  const bool sums_queries = variant.configuration.passes == 1;
  layout.d_query = head.TakeFloats(sums_queries ? layout.q_rows * layout.qk_columns : 0);
  layout.q_head_bytes = head.offset();
}

void LayOutKeyHead(const Problem& problem, const CpuBackwardVariant& variant,
                   CpuBackwardLayout& layout) {
  const bool transposed = variant.configuration.passes == 2;
  WorkspaceCursor head;
  layout.key = head.TakeFloats(layout.kv_rows * layout.qk_columns);
  layout.key_finite = head.TakeBytes(layout.kv_rows / variant.shape.micro_step);
  layout.key_transposed = head.TakeFloats(transposed ? layout.kv_rows * problem.qk_dim : 0);
  layout.value_transposed = head.TakeFloats(transposed ? layout.kv_rows * problem.v_dim : 0);
  layout.first_query_head = head.offset();
  layout.kv_head_bytes = head.offset() + Group(problem) * layout.q_head_bytes;
}

void LayOutScratch(const Problem& problem, const CpuBackwardShape& shape,
                   CpuBackwardLayout& layout) {
  const int64_t rows =
      std::min<int64_t>(shape.rows, std::max<int64_t>({problem.q_len, problem.kv_len, 1}));
  WorkspaceCursor scratch;
  layout.first_rows = scratch.TakeFloats(rows * shape.row_stride);
  layout.second_rows = scratch.TakeFloats(rows * shape.row_stride);
  layout.probability =
      scratch.TakeFloats(std::min<int64_t>(rows, shape.micro_rows) * shape.score_stride);
  layout.d_score = scratch.TakeFloats(rows * shape.score_stride);
  layout.first_sum = scratch.TakeFloats(rows * layout.qk_columns);
  layout.second_sum = scratch.TakeFloats(rows * layout.v_columns);
  layout.scratch_bytes = scratch.offset();
}

// Of one key-value head.
int64_t ComputeTasks(const Problem& problem, const CpuBackwardVariant& variant) {
  if (variant.configuration.passes == 1) return 1;
  return CeilDivide(problem.kv_len, variant.shape.rows) +
         Group(problem) * CeilDivide(problem.q_len, variant.shape.rows);
}

}  // namespace

CpuBackwardLayout LayOutCpuBackward(const Problem& problem, const CpuBackwardVariant& variant,
                                    int64_t workers) {
  const CpuBackwardShape& shape = variant.shape;
  CpuBackwardLayout layout;
  layout.q_rows = RoundUp(problem.q_len, shape.micro_step);
  layout.kv_rows = RoundUp(problem.kv_len, shape.micro_step);
  layout.qk_columns = RoundUp(problem.qk_dim, shape.lanes);
  layout.v_columns = RoundUp(problem.v_dim, shape.lanes);
  LayOutQueryHead(problem, variant, layout);
  LayOutKeyHead(problem, variant, layout);
  LayOutScratch(problem, shape, layout);

  const int64_t heads = problem.batch * problem.kv_heads;
  const int64_t tasks = std::max<int64_t>(1, ComputeTasks(problem, variant));
  const int64_t per_worker = variant.configuration.passes == 1 ? kHeadsPerWorker : kTasksPerWorker;
  layout.wave_heads = std::min(heads, CeilDivide(per_worker * workers, tasks));
  layout.scratch_offset = layout.wave_heads * layout.kv_head_bytes;
  layout.total_bytes =
      layout.scratch_offset + std::min(workers, tasks * layout.wave_heads) * layout.scratch_bytes;
  return layout;
}

CpuBackwardKernel::CpuBackwardKernel(const Problem& problem, const CpuBackwardVariant& variant,
                                     int64_t workers)
    : variant_(variant), workers_(workers) {
  arguments_.problem = problem;
  arguments_.query = QueryStrides(problem);
  arguments_.key = KeyStrides(problem);
  arguments_.value = ValueStrides(problem);
  arguments_.out = OutStrides(problem);
  arguments_.window = MakeKeyWindow(problem.mask, problem.q_len, problem.kv_len);
  const double scale = SoftmaxScale(problem);
  const bool capped = problem.soft_cap > 0;
  arguments_.scale = static_cast<float>(scale);
  arguments_.score_scale = static_cast<float>(capped ? scale / problem.soft_cap : scale * kLog2OfE);
  arguments_.soft_cap_log2 = static_cast<float>(capped ? problem.soft_cap * kLog2OfE : 0);
  arguments_.layout = LayOutCpuBackward(problem, variant, workers);
}

Resources CpuBackwardKernel::resources() const {
  return {{"workspace_bytes", workspace_bytes()},
          {"scratch_bytes", arguments_.layout.scratch_bytes}};
}

absl::Status CpuBackwardKernel::Run(const AttentionTensors& tensors, void* workspace,
                                    Stream&) const {
  const auto* backward = std::get_if<BackwardTensors>(&tensors);
  if (backward == nullptr) {
    return absl::InvalidArgumentError(
        "cpu_backward was given the tensors of a forward pass; it needs BackwardTensors.");
  }
  const int64_t heads = arguments_.problem.batch * arguments_.problem.kv_heads;
  CpuBackwardArguments arguments = arguments_;
  arguments.tensors = *backward;
  arguments.workspace = static_cast<char*>(workspace);
  while (arguments.first_head < heads) {
    const int64_t count = std::min(arguments.layout.wave_heads, heads - arguments.first_head);
    PackWave(arguments, count);
    ComputeWave(arguments, count);
    arguments.first_head += count;
  }
  return absl::OkStatus();
}

void CpuBackwardKernel::PackWave(const CpuBackwardArguments& arguments, int64_t heads) const {
  const int64_t group = Group(arguments.problem);
  const int64_t rows_per_task = variant_.shape.micro_step * kBackwardPackTilesPerTask;
  const int64_t key_tasks = CeilDivide(arguments.layout.kv_rows, rows_per_task);
  const int64_t query_tasks = CeilDivide(arguments.layout.q_rows, rows_per_task);
  const int64_t tasks = key_tasks + group * query_tasks;
  ParallelFor(heads * tasks, workers_, [&](int64_t index, int64_t) {
    const int64_t head = arguments.first_head + index / tasks;
    const int64_t task = index % tasks;
    if (task < key_tasks) {
      variant_.pack_keys(arguments, head, task);
    } else {
      variant_.pack_queries(arguments, head, (task - key_tasks) / query_tasks,
                            (task - key_tasks) % query_tasks);
    }
  });
}

void CpuBackwardKernel::ComputeWave(const CpuBackwardArguments& arguments, int64_t heads) const {
  const Problem& problem = arguments.problem;
  const CpuBackwardLayout& layout = arguments.layout;
  const int64_t tasks = ComputeTasks(problem, variant_);
  const int64_t key_tasks = CeilDivide(problem.kv_len, variant_.shape.rows);
  const int64_t query_tasks = CeilDivide(problem.q_len, variant_.shape.rows);
  ParallelFor(heads * tasks, workers_, [&](int64_t index, int64_t worker) {
    const int64_t head = arguments.first_head + index % heads;
    const int64_t task = index / heads;
    char* scratch = arguments.workspace + layout.scratch_offset + worker * layout.scratch_bytes;
    if (variant_.configuration.passes == 1) {
      variant_.single_pass(arguments, head, scratch);
    } else if (task < key_tasks) {
      // Key tasks come first, as they have more to do; under a causal mask the first keys have the
      // most queries.
      variant_.key_pass(arguments, head, task, scratch);
    } else {
      const int64_t query_task = task - key_tasks;
      variant_.query_pass(arguments, head, query_task / query_tasks,
                          query_tasks - 1 - query_task % query_tasks, scratch);
    }
  });
}

}  // namespace attune
