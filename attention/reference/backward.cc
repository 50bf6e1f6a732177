#include "attention/reference/backward.h"

#include <cassert>

#include "attention/reference/row.h"
#include "attention/sequences.h"
#include "base/parallel.h"

namespace attune {
namespace {

// What one query row reads and adds to. Keys and values are of its head: [kv_len, dim].
struct RowView {
  const double* query;
  const double* keys;
  const double* values;
  const double* d_out;
  double* d_query;
  double* d_keys;
  double* d_values;
};

// With out = sum_j p_j v_j and p = softmax(s):  d s_j = p_j (d p_j - sum_k p_k d p_k),  d p_j = <d
// out, v_j>.
void AddGradients(const Problem& problem, const AttentionRow& row, const RowView& view) {
  std::vector<double> d_probabilities;
  double mean = 0;
  for (size_t n = 0; n < row.keys.size(); ++n) {
    const double* value = view.values + row.keys[n] * problem.v_dim;
    double* d_value = view.d_values + row.keys[n] * problem.v_dim;
    double d_probability = 0;
    for (int64_t d = 0; d < problem.v_dim; ++d) {
      d_probability += view.d_out[d] * value[d];
      d_value[d] += row.probabilities[n] * view.d_out[d];
    }
    d_probabilities.push_back(d_probability);
    mean += row.probabilities[n] * d_probability;
  }
  for (size_t n = 0; n < row.keys.size(); ++n) {
    const double d_score = row.probabilities[n] * (d_probabilities[n] - mean);
    const double d_product = d_score * row.score_slopes[n];
    const double* key = view.keys + row.keys[n] * problem.qk_dim;
    double* d_key = view.d_keys + row.keys[n] * problem.qk_dim;
    for (int64_t d = 0; d < problem.qk_dim; ++d) {
      view.d_query[d] += d_product * key[d];
      d_key[d] += d_product * view.query[d];
    }
  }
}

}  // namespace

ReferenceBackward ComputeReferenceBackward(const Problem& problem, const ReferenceInputs& inputs) {
  assert(!problem.has_expressions());
  const Problem used = WithoutUnusedRows(problem, inputs.lengths);
  const int64_t group = used.q_heads / used.kv_heads;
  ReferenceBackward result;
  result.d_query.resize(QueryShape(used).elements(), 0.0);
  result.d_key.resize(KeyShape(used).elements(), 0.0);
  result.d_value.resize(ValueShape(used).elements(), 0.0);
  // The gradients of keys and values sum over the query heads that share them: a task takes all of
  // those, in order, so that the sums do not depend on the threads.
  ParallelFor(used.batch * used.kv_heads, AvailableThreads(), [&](int64_t task, int64_t) {
    const int64_t kv_head = task % used.kv_heads;
    const Sequence sequence = SequenceAt(used, inputs.lengths, task / used.kv_heads);
    const Problem one = WithLengthsOf(used, sequence);
    const int64_t kv_row = FirstKeyRow(used, sequence, kv_head);
    for (int64_t h = kv_head * group; h < (kv_head + 1) * group; ++h) {
      for (int64_t i = 0; i < sequence.q_len; ++i) {
        const int64_t q_row = FirstQueryRow(used, sequence, h) + i;
        const RowView view = {.query = inputs.query.data() + q_row * used.qk_dim,
                              .keys = inputs.key.data() + kv_row * used.qk_dim,
                              .values = inputs.value.data() + kv_row * used.v_dim,
                              .d_out = inputs.d_out.data() + q_row * used.v_dim,
                              .d_query = result.d_query.data() + q_row * used.qk_dim,
                              .d_keys = result.d_key.data() + kv_row * used.qk_dim,
                              .d_values = result.d_value.data() + kv_row * used.v_dim};
        const double slope = used.alibi ? inputs.alibi_slopes[h] : 0;
        AddGradients(
            one, ComputeAttentionRow(one, i, view.query, view.keys, {.alibi_slope = slope}), view);
      }
    }
  });
  return result;
}

ReferenceBackward ComputeReferenceBackward(const Problem& problem, const BackwardTensors& tensors) {
  return ComputeReferenceBackward(problem, LoadReferenceInputs(problem, tensors));
}

}  // namespace attune
