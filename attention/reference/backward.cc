#include "attention/reference/backward.h"

#include "attention/reference/row.h"
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
  const int64_t group = problem.q_heads / problem.kv_heads;
  ReferenceBackward result;
  result.d_query.resize(QueryShape(problem).elements(), 0.0);
  result.d_key.resize(KeyShape(problem).elements(), 0.0);
  result.d_value.resize(ValueShape(problem).elements(), 0.0);
  // The gradients of keys and values sum over the query heads that share them: a task takes all of
  // those, in order, so that the sums do not depend on the threads.
  ParallelFor(problem.batch * problem.kv_heads, AvailableThreads(), [&](int64_t kv_head, int64_t) {
    const int64_t kv_row = kv_head * problem.kv_len;
    const int64_t b = kv_head / problem.kv_heads;
    for (int64_t g = 0; g < group; ++g) {
      const int64_t h = kv_head % problem.kv_heads * group + g;
      for (int64_t i = 0; i < problem.q_len; ++i) {
        const int64_t q_row = (b * problem.q_heads + h) * problem.q_len + i;
        const RowView view = {.query = inputs.query.data() + q_row * problem.qk_dim,
                              .keys = inputs.key.data() + kv_row * problem.qk_dim,
                              .values = inputs.value.data() + kv_row * problem.v_dim,
                              .d_out = inputs.d_out.data() + q_row * problem.v_dim,
                              .d_query = result.d_query.data() + q_row * problem.qk_dim,
                              .d_keys = result.d_key.data() + kv_row * problem.qk_dim,
                              .d_values = result.d_value.data() + kv_row * problem.v_dim};
        const double slope = problem.alibi ? inputs.alibi_slopes[h] : 0;
        AddGradients(problem, ComputeAttentionRow(problem, i, view.query, view.keys, slope), view);
      }
    }
  });
  return result;
}

ReferenceBackward ComputeReferenceBackward(const Problem& problem, const BackwardTensors& tensors) {
  return ComputeReferenceBackward(problem, LoadReferenceInputs(problem, tensors));
}

}  // namespace attune
