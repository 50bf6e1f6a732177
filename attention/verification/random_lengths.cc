#include "attention/verification/random_lengths.h"

#include <algorithm>
#include <cmath>

#include "numerics/random.h"

namespace attune {
namespace {

std::vector<int32_t> Cumulative(const std::vector<int64_t>& lengths) {
  std::vector<int32_t> cumulative = {0};
  for (const int64_t length : lengths) {
    cumulative.push_back(cumulative.back() + static_cast<int32_t>(length));
  }
  return cumulative;
}

// longest * u^power with u uniform has a mean of longest / (power + 1): the power that makes it
// total / batch. What rounding and chance leave is taken from, or given to, the sequences in turn.
std::vector<int32_t> Draw(int64_t batch, int64_t longest, int64_t total, uint64_t seed) {
  std::vector<int64_t> lengths(batch, 0);
  const int64_t wanted = std::min(total, batch * longest);
  if (wanted == 0) return Cumulative(lengths);
  const double power = static_cast<double>(batch * longest) / static_cast<double>(wanted) - 1;
  const int64_t whole = static_cast<int64_t>(RandomBits(seed, 0) % static_cast<uint64_t>(batch));
  int64_t left = wanted;
  for (int64_t b = 0; b < batch; ++b) {
    const double u = RandomUniform(seed, static_cast<uint64_t>(b + 1));
    lengths[b] = b == whole ? longest
                            : std::min(longest, static_cast<int64_t>(static_cast<double>(longest) *
                                                                     std::pow(u, power)));
    left -= lengths[b];
  }
  for (int64_t b = 0; b < batch; ++b) {
    if (b == whole) continue;
    const int64_t length = std::clamp<int64_t>(lengths[b] + left, 0, longest);
    left -= length - lengths[b];
    lengths[b] = length;
  }
  return Cumulative(lengths);
}

}  // namespace

CumulativeLengths RandomLengths(const Problem& problem, uint64_t seed) {
  if (!problem.packed) return {};
  const auto [total_q_len, total_kv_len] = *problem.packed;
  CumulativeLengths lengths;
  lengths.query = Draw(problem.batch, problem.q_len, total_q_len, RandomBits(seed, 0));
  const bool same = problem.q_len == problem.kv_len && total_q_len == total_kv_len;
  lengths.key =
      same ? lengths.query : Draw(problem.batch, problem.kv_len, total_kv_len, RandomBits(seed, 1));
  return lengths;
}

}  // namespace attune
