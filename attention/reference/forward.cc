#include "attention/reference/forward.h"

#include "attention/reference/row.h"
#include "attention/sequences.h"
#include "base/parallel.h"
#include "numerics/dtype.h"

namespace attune {
namespace {

// Adds the row's output to `out`, [v_dim]; `values` is [kv_len, v_dim].
void AddOutput(const Problem& problem, const AttentionRow& row, const double* values, double* out) {
  for (size_t n = 0; n < row.keys.size(); ++n) {
    const double* value = values + row.keys[n] * problem.v_dim;
    for (int64_t d = 0; d < problem.v_dim; ++d) out[d] += row.probabilities[n] * value[d];
  }
}

double AlibiSlope(const Problem& problem, const ReferenceInputs& inputs, int64_t head) {
  return problem.alibi ? inputs.alibi_slopes[head] : 0;
}

}  // namespace

ReferenceForward ComputeReferenceForward(const Problem& problem, const ReferenceInputs& inputs) {
  const Problem used = WithoutUnusedRows(problem, inputs.lengths);
  const int64_t group = used.q_heads / used.kv_heads;
  ReferenceForward result;
  result.out.resize(OutShape(used).elements(), 0.0);
  result.log_sum_exp.resize(LogSumExpExtent(used));
  ParallelFor(used.batch * used.q_heads, AvailableThreads(), [&](int64_t task, int64_t) {
    const int64_t b = task / used.q_heads;
    const int64_t h = task % used.q_heads;
    const Sequence sequence = SequenceAt(used, inputs.lengths, b);
    const Problem one = WithLengthsOf(used, sequence);
    const int64_t kv_row = FirstKeyRow(used, sequence, h / group);
    const int64_t first_row = FirstQueryRow(used, sequence, h);
    const RowContext context = {.sequence = b,
                                .q_head = h,
                                .alibi_slope = AlibiSlope(used, inputs, h),
                                .buffers = &inputs.buffers};
    for (int64_t i = 0; i < sequence.q_len; ++i) {
      const int64_t q_row = first_row + i;
      const AttentionRow row =
          ComputeAttentionRow(one, i, inputs.query.data() + q_row * used.qk_dim,
                              inputs.key.data() + kv_row * used.qk_dim, context);
      AddOutput(one, row, inputs.value.data() + kv_row * used.v_dim,
                result.out.data() + q_row * used.v_dim);
      result.log_sum_exp[q_row] = row.log_sum_exp;
    }
  });
  return result;
}

ReferenceForward ComputeReferenceForward(const Problem& problem, const ForwardTensors& tensors) {
  return ComputeReferenceForward(problem, LoadReferenceInputs(problem, tensors));
}

ReferenceRow ComputeReferenceRow(const Problem& problem, const ForwardTensors& tensors,
                                 int64_t batch, int64_t head, int64_t row) {
  const int64_t kv_head = head / (problem.q_heads / problem.kv_heads);
  const Sequence sequence =
      SequenceAt(problem, tensors.cumulative_query_lengths, tensors.cumulative_key_lengths, batch);
  // One head is loaded, not the tensor: its elements by the tensor's strides, from its first
  // element on.
  const auto load = [&](const void* data, int64_t of_head, int64_t first_row, int64_t rows,
                        int64_t dim, const Strides& strides) {
    const int64_t first =
        sequence.batch * strides.batch + of_head * strides.head + first_row * strides.length;
    const char* start = static_cast<const char*>(data) + first * DtypeBytes(problem.dtype);
    return LoadContiguous(problem.dtype, start, {1, 1, rows, dim}, strides);
  };
  const std::vector<double> query = load(tensors.query, head, sequence.first_query + row, 1,
                                         problem.qk_dim, QueryStrides(problem));
  const std::vector<double> keys = load(tensors.key, kv_head, sequence.first_key, sequence.kv_len,
                                        problem.qk_dim, KeyStrides(problem));
  const std::vector<double> values = load(tensors.value, kv_head, sequence.first_key,
                                          sequence.kv_len, problem.v_dim, ValueStrides(problem));
  BufferValues buffers;
  for (size_t i = 0; i < problem.buffers.size(); ++i) {
    buffers.push_back(LoadBuffer(problem.buffers[i], tensors.buffers[i]));
  }
  const AttentionRow attention =
      ComputeAttentionRow(WithLengthsOf(problem, sequence), row, query.data(), keys.data(),
                          {.sequence = batch,
                           .q_head = head,
                           .alibi_slope = problem.alibi ? tensors.alibi_slopes[head] : 0,
                           .buffers = &buffers});
  ReferenceRow result;
  result.out.resize(problem.v_dim, 0.0);
  AddOutput(problem, attention, values.data(), result.out.data());
  result.log_sum_exp = attention.log_sum_exp;
  return result;
}

}  // namespace attune
