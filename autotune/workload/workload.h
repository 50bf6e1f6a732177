// The part of a problem that decides speed, in terms that the tuner and the cache share with every
// operator.
#ifndef ATTUNE_AUTOTUNE_WORKLOAD_WORKLOAD_H_
#define ATTUNE_AUTOTUNE_WORKLOAD_WORKLOAD_H_

#include <cstdint>
#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace attune {

// Traits must match exactly for a tuned configuration to apply (dtype, mask, head dimension); sizes
// may differ within a bucket (batch, lengths). One text form serves suites, command lines, tables
// and logs:
//   attention_forward[dtype=bf16 mask=causal qk_dim=128] batch=4 kv_heads=8 kv_len=4096 q_heads=32
//   q_len=4096
// Traits stand in the brackets, sizes behind them. Values hold no spaces, brackets or '='.
struct Workload {
  std::string operator_name;
  std::map<std::string, std::string, std::less<>> traits;
  std::map<std::string, int64_t, std::less<>> sizes;

  friend bool operator==(const Workload&, const Workload&) = default;
  friend auto operator<=>(const Workload&, const Workload&) = default;

  std::string ToString() const;
  static absl::StatusOr<Workload> Parse(absl::string_view text);
};

// The workload with each size rounded up to its bucket: powers of two and the points half-way
// between them, so that no size is more than a half larger than another of its bucket. Zero and one
// are buckets of their own.
Workload Bucketed(const Workload& workload);

// How far apart the sizes of two workloads are: the sum of |log2 ratio| over sizes. Infinite when
// operator, traits or the names of the sizes differ.
double Distance(const Workload& a, const Workload& b);

}  // namespace attune

#endif  // ATTUNE_AUTOTUNE_WORKLOAD_WORKLOAD_H_
