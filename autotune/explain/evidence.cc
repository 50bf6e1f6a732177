#include "autotune/explain/evidence.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "numerics/statistics.h"

namespace attune {
namespace {

constexpr double kConfidence = 0.95;

}  // namespace

EvidenceVerdict CompareEvidence(const CacheEntry& entry, const CacheEntry& other) {
  const bool known = MedianInterval(entry.best_nanoseconds(), kConfidence).has_value();
  const bool other_known = MedianInterval(other.best_nanoseconds(), kConfidence).has_value();
  if (known != other_known) {
    return {other_known,
            absl::StrCat("its rounds give an interval, the ",
                         std::min(entry.best_nanoseconds_size(), other.best_nanoseconds_size()),
                         " of the other do not")};
  }
  const auto decide = [](int64_t mine, int64_t theirs, absl::string_view what) {
    return EvidenceVerdict{theirs > mine, absl::StrCat(std::max(mine, theirs), " ", what,
                                                       ", against ", std::min(mine, theirs))};
  };
  if (entry.evaluations() != other.evaluations()) {
    return decide(entry.evaluations(), other.evaluations(), "configurations tried");
  }
  if (entry.best_nanoseconds_size() != other.best_nanoseconds_size()) {
    return decide(entry.best_nanoseconds_size(), other.best_nanoseconds_size(),
                  "rounds in the final");
  }
  if (entry.measured_unix_seconds() != other.measured_unix_seconds()) {
    return {other.measured_unix_seconds() > entry.measured_unix_seconds(), "measured later"};
  }
  return {false, "as well evidenced"};
}

}  // namespace attune
