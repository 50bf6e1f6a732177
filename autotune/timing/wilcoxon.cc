#include "autotune/timing/wilcoxon.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace attune {
namespace {

constexpr size_t kLargestExact = 200;

struct SignedRanks {
  // Twice the rank of each difference: mean ranks of ties are multiples of one half.
  std::vector<size_t> doubled_ranks;
  size_t doubled_positive_sum = 0;
};

SignedRanks Rank(absl::Span<const double> differences) {
  std::vector<double> sorted;
  for (double difference : differences) {
    if (difference != 0) sorted.push_back(difference);
  }
  std::sort(sorted.begin(), sorted.end(),
            [](double a, double b) { return std::abs(a) < std::abs(b); });
  SignedRanks result;
  for (size_t begin = 0; begin < sorted.size();) {
    size_t end = begin + 1;
    while (end < sorted.size() && std::abs(sorted[end]) == std::abs(sorted[begin])) ++end;
    const size_t doubled = begin + 1 + end;  // ranks begin+1 ... end, their mean doubled
    for (; begin < end; ++begin) {
      result.doubled_ranks.push_back(doubled);
      if (sorted[begin] > 0) result.doubled_positive_sum += doubled;
    }
  }
  return result;
}

// Every assignment of signs is equally likely: adds one rank after another to the distribution of
// the sum.
double ExactTail(const SignedRanks& ranks) {
  const size_t n = ranks.doubled_ranks.size();
  std::vector<double> probability(n * (n + 1) + 1, 0.0);
  probability[0] = 1;
  size_t largest = 0;
  for (size_t rank : ranks.doubled_ranks) {
    largest += rank;
    for (size_t sum = largest + 1; sum-- > 0;) {
      const double with_rank = sum >= rank ? probability[sum - rank] : 0;
      probability[sum] = (probability[sum] + with_rank) / 2;
    }
  }
  double tail = 0;
  for (size_t sum = largest + 1; sum-- > ranks.doubled_positive_sum;) tail += probability[sum];
  return std::min(tail, 1.0);
}

double NormalTail(const SignedRanks& ranks) {
  double mean = 0;
  double variance = 0;
  for (size_t doubled : ranks.doubled_ranks) {
    const double rank = static_cast<double>(doubled) / 2;
    mean += rank / 2;
    variance += rank * rank / 4;  // mean ranks make this the variance corrected for ties
  }
  const double sum = static_cast<double>(ranks.doubled_positive_sum) / 2;
  return 0.5 * std::erfc((sum - mean - 0.5) / std::sqrt(2 * variance));
}

}  // namespace

double WilcoxonSignedRankPValue(absl::Span<const double> differences) {
  const SignedRanks ranks = Rank(differences);
  if (ranks.doubled_ranks.empty()) return 1;
  return ranks.doubled_ranks.size() <= kLargestExact ? ExactTail(ranks) : NormalTail(ranks);
}

}  // namespace attune
