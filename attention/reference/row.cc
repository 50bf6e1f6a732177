#include "attention/reference/row.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstdlib>
#include <limits>

namespace attune {
namespace {

int64_t OffsetOfDiagonal(const Problem& problem) {
  return problem.mask.alignment == Alignment::kTopLeft ? 0 : problem.kv_len - problem.q_len;
}

ScorePoint PointAt(const Problem& problem, const RowContext& context, int64_t row, int64_t key,
                   double score) {
  static const BufferValues none;
  return {.score = score,
          .b = context.sequence,
          .h = context.q_head,
          .kv_h = context.q_head / (problem.q_heads / problem.kv_heads),
          .q = row,
          .kv = key,
          .q_len = problem.q_len,
          .kv_len = problem.kv_len,
          .buffers = context.buffers != nullptr ? *context.buffers : none};
}

AttentionRow NothingToAttendTo() {
  AttentionRow row;
  row.log_sum_exp = -std::numeric_limits<double>::infinity();
  return row;
}

double Dot(const double* a, const double* b, int64_t count) {
  double sum = 0;
  for (int64_t d = 0; d < count; ++d) sum += a[d] * b[d];
  return sum;
}

}  // namespace

bool RowSeesKey(const Problem& problem, int64_t row, int64_t key) {
  // The bounds stand alone on their sides: they may be as large as their type, and nothing is added
  // to them.
  const int64_t before_diagonal = row + OffsetOfDiagonal(problem) - key;
  if (problem.mask.left && before_diagonal > *problem.mask.left) return false;
  if (problem.mask.right && -before_diagonal > *problem.mask.right) return false;
  return true;
}

AttentionRow ComputeAttentionRow(const Problem& problem, int64_t row, const double* query,
                                 const double* keys, const RowContext& context) {
  assert(problem.score_expression.empty() || problem.score_function);
  assert(problem.mask_expression.empty() || problem.mask_function);
  const double scale = SoftmaxScale(problem);
  const int64_t diagonal = row + OffsetOfDiagonal(problem);
  AttentionRow result;
  std::vector<double> scores;
  for (int64_t j = 0; j < problem.kv_len; ++j) {
    if (!RowSeesKey(problem, row, j)) continue;
    if (problem.mask_function && !problem.mask_function(PointAt(problem, context, row, j, 0))) {
      continue;
    }
    double score = scale * Dot(query, keys + j * problem.qk_dim, problem.qk_dim);
    double slope = scale;
    if (problem.soft_cap > 0) {
      const double tangent = std::tanh(score / problem.soft_cap);
      score = problem.soft_cap * tangent;
      slope *= 1 - tangent * tangent;
    }
    if (problem.alibi) score -= context.alibi_slope * static_cast<double>(std::abs(diagonal - j));
    if (problem.score_function) {
      score = problem.score_function(PointAt(problem, context, row, j, score));
    }
    result.keys.push_back(j);
    result.score_slopes.push_back(slope);
    scores.push_back(score);
  }
  // A NaN score is no maximum, but reaches the sum, and with it every probability.
  constexpr double kMinusInfinity = -std::numeric_limits<double>::infinity();
  double largest = kMinusInfinity;
  for (const double score : scores) largest = std::max(largest, score);
  const double origin = largest == kMinusInfinity ? 0 : largest;
  double sum = 0;
  for (const double score : scores) {
    result.probabilities.push_back(std::exp(score - origin));
    sum += result.probabilities.back();
  }
  if (sum == 0) return NothingToAttendTo();
  for (double& probability : result.probabilities) probability /= sum;
  result.log_sum_exp = largest + std::log(sum);
  return result;
}

}  // namespace attune
