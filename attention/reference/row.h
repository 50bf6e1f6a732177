// The scores and probabilities of one query row, direct from the definition in attention/problem.h.
#ifndef ATTUNE_ATTENTION_REFERENCE_ROW_H_
#define ATTUNE_ATTENTION_REFERENCE_ROW_H_

#include <cstdint>
#include <vector>

#include "attention/expressions.h"
#include "attention/problem.h"

namespace attune {

// The definition in attention/mask.h, for one pair.
bool RowSeesKey(const Problem& problem, int64_t row, int64_t key);

// Of the keys that the row sees, in ascending order; none if all their scores are minus infinity.
// The others are not read.
struct AttentionRow {
  std::vector<int64_t> keys;
  std::vector<double> probabilities;
  std::vector<double> score_slopes;  // d score / d <query, key>, of scores without an expression
  double log_sum_exp = 0;            // minus infinity if there are no keys
};

// Whose row it is, and what its scores depend on besides queries and keys.
struct RowContext {
  int64_t sequence = 0;
  int64_t q_head = 0;
  double alibi_slope = 0;
  const BufferValues* buffers = nullptr;  // read by the problem's functions
};

// `query` is [qk_dim]; `keys` [kv_len, qk_dim] of the row's head. The problem's functions stand for
// its expressions, and must be there.
AttentionRow ComputeAttentionRow(const Problem& problem, int64_t row, const double* query,
                                 const double* keys, const RowContext& context);

}  // namespace attune

#endif  // ATTUNE_ATTENTION_REFERENCE_ROW_H_
