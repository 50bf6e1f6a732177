// The scores and probabilities of one query row, direct from the definition in attention/problem.h.
#ifndef ATTUNE_ATTENTION_REFERENCE_ROW_H_
#define ATTUNE_ATTENTION_REFERENCE_ROW_H_

#include <cstdint>
#include <vector>

#include "attention/problem.h"

namespace attune {

// The definition in attention/mask.h, for one pair.
bool RowSeesKey(const Problem& problem, int64_t row, int64_t key);

// Of the keys that the row sees, in ascending order. The others are not read.
struct AttentionRow {
  std::vector<int64_t> keys;
  std::vector<double> probabilities;
  std::vector<double> score_slopes;  // d score / d <query, key>
  double log_sum_exp = 0;            // minus infinity if there are no keys
};

// `query` is [qk_dim]; `keys` [kv_len, qk_dim] of the row's head; `alibi_slope` is of the query's
// head.
AttentionRow ComputeAttentionRow(const Problem& problem, int64_t row, const double* query,
                                 const double* keys, double alibi_slope);

}  // namespace attune

#endif  // ATTUNE_ATTENTION_REFERENCE_ROW_H_
