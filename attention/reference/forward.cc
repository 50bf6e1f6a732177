#include "attention/reference/forward.h"

#include "attention/reference/row.h"
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
  const int64_t group = problem.q_heads / problem.kv_heads;
  ReferenceForward result;
  result.out.resize(OutShape(problem).elements(), 0.0);
  result.log_sum_exp.resize(LogSumExpExtent(problem));
  ParallelFor(problem.batch * problem.q_heads, AvailableThreads(), [&](int64_t head, int64_t) {
    const int64_t b = head / problem.q_heads;
    const int64_t h = head % problem.q_heads;
    const int64_t kv_row = (b * problem.kv_heads + h / group) * problem.kv_len;
    for (int64_t i = 0; i < problem.q_len; ++i) {
      const int64_t q_row = head * problem.q_len + i;
      const AttentionRow row = ComputeAttentionRow(
          problem, i, inputs.query.data() + q_row * problem.qk_dim,
          inputs.key.data() + kv_row * problem.qk_dim, AlibiSlope(problem, inputs, h));
      AddOutput(problem, row, inputs.value.data() + kv_row * problem.v_dim,
                result.out.data() + q_row * problem.v_dim);
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
  // One head is loaded, not the tensor: its elements by the tensor's strides, from its first
  // element on.
  const auto load = [&](const void* data, int64_t first, int64_t length, int64_t dim,
                        const Strides& strides) {
    const char* start = static_cast<const char*>(data) + first * DtypeBytes(problem.dtype);
    return LoadContiguous(problem.dtype, start, {1, 1, length, dim}, strides);
  };
  const Strides q = QueryStrides(problem);
  const Strides k = KeyStrides(problem);
  const Strides v = ValueStrides(problem);
  const std::vector<double> query =
      load(tensors.query, batch * q.batch + head * q.head + row * q.length, 1, problem.qk_dim, q);
  const std::vector<double> keys =
      load(tensors.key, batch * k.batch + kv_head * k.head, problem.kv_len, problem.qk_dim, k);
  const std::vector<double> values =
      load(tensors.value, batch * v.batch + kv_head * v.head, problem.kv_len, problem.v_dim, v);
  const AttentionRow attention = ComputeAttentionRow(
      problem, row, query.data(), keys.data(), problem.alibi ? tensors.alibi_slopes[head] : 0);
  ReferenceRow result;
  result.out.resize(problem.v_dim, 0.0);
  AddOutput(problem, attention, values.data(), result.out.data());
  result.log_sum_exp = attention.log_sum_exp;
  return result;
}

}  // namespace attune
