#include "attention/verification/straightforward.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <vector>

#include "attention/mask.h"
#include "attention/sequences.h"
#include "base/parallel.h"
#include "numerics/dtype.h"

namespace attune {
namespace {

constexpr float kMinusInfinity = -std::numeric_limits<float>::infinity();

float Rounded(Dtype dtype, float value) {
  float storage = 0;
  StoreElement(dtype, &storage, 0, value);
  return LoadElement(dtype, &storage, 0);
}

float Dot(const double* a, const double* b, int64_t count) {
  float sum = 0;
  for (int64_t d = 0; d < count; ++d) sum += static_cast<float>(a[d]) * static_cast<float>(b[d]);
  return sum;
}

// One query row of one head, and where its keys and values begin.
struct Row {
  int64_t index;     // in [batch, q_heads, q_len]
  int64_t first_kv;  // in [batch, kv_heads, kv_len]
  int64_t diagonal;  // the key on it
  float slope;
  KeyRange keys;
  ScorePoint place;  // what is not the key's or the score's
};

// `p` has no unused rows. Visits the rows on all threads; those of `heads_per_task` query heads
// that follow each other are visited in order, on one.
template <typename Visit>
void ForEachRow(const Problem& p, const ReferenceInputs& inputs, int64_t heads_per_task,
                Visit visit) {
  const int64_t group = p.q_heads / p.kv_heads;
  const auto visit_head = [&](int64_t b, const Sequence& s, int64_t head) {
    for (int64_t position = 0; position < s.q_len; ++position) {
      visit(Row{.index = FirstQueryRow(p, s, head) + position,
                .first_kv = FirstKeyRow(p, s, head / group),
                .diagonal = position + DiagonalOffset(p.mask, s.q_len, s.kv_len),
                .slope = p.alibi ? static_cast<float>(inputs.alibi_slopes[head]) : 0.0f,
                .keys = VisibleKeys(p.mask, s.q_len, s.kv_len, position),
                .place = {.score = 0,
                          .b = b,
                          .h = head,
                          .kv_h = head / group,
                          .q = position,
                          .kv = 0,
                          .q_len = s.q_len,
                          .kv_len = s.kv_len,
                          .buffers = inputs.buffers}});
    }
  };
  const int64_t tasks = p.q_heads / heads_per_task;
  ParallelFor(p.batch * tasks, AvailableThreads(), [&](int64_t task, int64_t) {
    const int64_t b = task / tasks;
    const Sequence s = SequenceAt(p, inputs.lengths, b);
    const int64_t first = task % tasks * heads_per_task;
    for (int64_t head = first; head < first + heads_per_task; ++head) visit_head(b, s, head);
  });
}

ScorePoint PointAt(const Row& row, int64_t key, float score) {
  ScorePoint point = row.place;
  point.kv = key;
  point.score = score;
  return point;
}

bool IsMasked(const Problem& p, const Row& row, int64_t key) {
  return p.mask_function && !p.mask_function(PointAt(row, key, 0));
}

struct Score {
  float value;
  float cap_slope;  // d cap(x) / d x
};

Score ScoreOf(const Problem& p, const ReferenceInputs& inputs, const Row& row, int64_t key) {
  const double* query = inputs.query.data() + row.index * p.qk_dim;
  const double* keys = inputs.key.data() + (row.first_kv + key) * p.qk_dim;
  Score score = {static_cast<float>(SoftmaxScale(p)) * Dot(query, keys, p.qk_dim), 1.0f};
  if (p.soft_cap > 0) {
    const float cap = static_cast<float>(p.soft_cap);
    const float tangent = std::tanh(score.value / cap);
    score = {cap * tangent, 1 - tangent * tangent};
  }
  if (p.alibi) {
    score.value -= row.slope * static_cast<float>(std::abs(row.diagonal - key));
  }
  if (p.score_function) {
    score.value = static_cast<float>(p.score_function(PointAt(row, key, score.value)));
  }
  return score;
}

// sums[d] += weight * row[d]
void AddScaled(float weight, const double* row, int64_t count, float* sums) {
  for (int64_t d = 0; d < count; ++d) sums[d] += weight * static_cast<float>(row[d]);
}

std::vector<double> Rounded(Dtype dtype, const std::vector<float>& values) {
  std::vector<double> rounded;
  rounded.reserve(values.size());
  for (const float value : values) rounded.push_back(Rounded(dtype, value));
  return rounded;
}

}  // namespace

ReferenceForward ComputeStraightforward(const Problem& given, const ReferenceInputs& inputs) {
  const Problem problem = WithoutUnusedRows(given, inputs.lengths);
  std::vector<float> out(OutShape(problem).elements(), 0.0f);
  ReferenceForward result;
  result.log_sum_exp.resize(LogSumExpExtent(problem));
  ForEachRow(problem, inputs, /*heads_per_task=*/1, [&](const Row& row) {
    float largest = kMinusInfinity;
    std::vector<float> scores;
    std::vector<int64_t> keys;
    for (int64_t j = row.keys.begin; j < row.keys.end; ++j) {
      if (IsMasked(problem, row, j)) continue;
      keys.push_back(row.first_kv + j);
      scores.push_back(ScoreOf(problem, inputs, row, j).value);
      largest = std::max(largest, scores.back());
    }
    // Scores of minus infinity alone have a sum of zero, as no scores have.
    const float origin = largest == kMinusInfinity ? 0 : largest;
    float sum = 0;
    for (float& score : scores) sum += score = std::exp(score - origin);
    result.log_sum_exp[row.index] = origin + std::log(sum);
    if (sum == 0) return;
    for (size_t n = 0; n < scores.size(); ++n) {
      AddScaled(Rounded(problem.dtype, scores[n] / sum),
                inputs.value.data() + keys[n] * problem.v_dim, problem.v_dim,
                out.data() + row.index * problem.v_dim);
    }
  });
  result.out = Rounded(problem.dtype, out);
  return result;
}

ReferenceBackward ComputeStraightforward(const Problem& given, const ReferenceInputs& inputs,
                                         const ReferenceForward& forward) {
  const Problem problem = WithoutUnusedRows(given, inputs.lengths);
  std::vector<float> d_query(QueryShape(problem).elements(), 0.0f);
  std::vector<float> d_key(KeyShape(problem).elements(), 0.0f);
  std::vector<float> d_value(ValueShape(problem).elements(), 0.0f);
  const float scale = static_cast<float>(SoftmaxScale(problem));
  const int64_t qk_dim = problem.qk_dim;
  const int64_t v_dim = problem.v_dim;
  // Heads that share keys add to the same gradients: in order, on one thread.
  ForEachRow(problem, inputs, problem.q_heads / problem.kv_heads, [&](const Row& row) {
    const double* d_out = inputs.d_out.data() + row.index * v_dim;
    const float delta = Dot(d_out, forward.out.data() + row.index * v_dim, v_dim);
    const float log_sum_exp = static_cast<float>(forward.log_sum_exp[row.index]);
    if (log_sum_exp == kMinusInfinity) return;
    for (int64_t j = row.keys.begin; j < row.keys.end; ++j) {
      const int64_t key = row.first_kv + j;
      const Score score = ScoreOf(problem, inputs, row, j);
      const float probability = std::exp(score.value - log_sum_exp);
      const float d_probability = Dot(d_out, inputs.value.data() + key * v_dim, v_dim);
      const float d_score =
          Rounded(problem.dtype, probability * (d_probability - delta) * score.cap_slope);
      AddScaled(Rounded(problem.dtype, probability), d_out, v_dim, d_value.data() + key * v_dim);
      AddScaled(d_score, inputs.key.data() + key * qk_dim, qk_dim,
                d_query.data() + row.index * qk_dim);
      AddScaled(d_score, inputs.query.data() + row.index * qk_dim, qk_dim,
                d_key.data() + key * qk_dim);
    }
  });
  for (float& element : d_query) element *= scale;
  for (float& element : d_key) element *= scale;
  return {.d_query = Rounded(problem.dtype, d_query),
          .d_key = Rounded(problem.dtype, d_key),
          .d_value = Rounded(problem.dtype, d_value)};
}

}  // namespace attune
